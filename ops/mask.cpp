#include "mask.h"

#include "broadcast.h"
#include "compare.h"
#include "creation.h"
#include "filled.h"
#include "index.h"
#include "op.h"
#include "view.h"

namespace adora {
namespace {

void check_mask(const char* op, const Tensor& mask) {
  check(mask.dtype() == boolean, "{}: the mask is {}; it must be boolean, as comparisons give it", op, describe(mask));
}

/// The numbers of the true elements, counted row by row.
std::vector<std::int64_t> true_places(const char* op, const Tensor& mask) {
  check(mask.device() != meta, "{}: the size of the result depends on numbers, which are not there on {}", op, meta);
  const Tensor host = to(contiguous(mask), cpu);
  const bool* values = host.data<bool>();
  std::vector<std::int64_t> places(static_cast<std::size_t>(std::count(values, values + host.numel(), true)));
  std::int64_t* at = places.data();
  for (std::int64_t i = 0; i < host.numel(); ++i) {
    if (values[i]) *at++ = i;
  }
  return places;
}

}  // namespace

Tensor masked_fill(const Tensor& x, const Tensor& mask, double value) {
  check_inputs("masked_fill", {&x, &mask});
  return masked_fill(x, mask, detail::number_like("masked_fill", value, x));
}
const Op masked_fill_op{"masked_fill"};

Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value) {
  check_inputs("masked_fill", {&x, &mask, &value});
  check_mask("masked_fill", mask);
  check(value.ndim() == 0 && value.dtype() == x.dtype(), "masked_fill: the value {} must be one number of {}",
        describe(value), name(x.dtype()));
  broadcast("masked_fill", x.shape(), mask.shape());
  return where(mask, value, x);
}

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  check_inputs("masked_select", {&x, &mask});
  check_mask("masked_select", mask);
  const Shape shape = broadcast("masked_select", x.shape(), mask.shape());
  const std::vector<std::int64_t> places =
      true_places("masked_select", mask.with_layout(mask.layout().expanded(shape)));
  const Tensor index = tensor(places, {static_cast<std::int64_t>(places.size())}, x.device());
  return index_select(reshape(broadcast_to(x, shape), {numel(shape)}), 0, index);
}
const Op masked_select_op{"masked_select"};

Tensor nonzero(const Tensor& x) {
  check_inputs("nonzero", {&x});
  const Tensor plain = x.detach();
  const Tensor zero = eq(plain, zeros({}, x.dtype(), x.device()));
  const std::vector<std::int64_t> places = true_places("nonzero", eq(zero, zeros({}, boolean, x.device())));
  const auto count = static_cast<std::int64_t>(places.size());
  Tensor y = empty({count, x.ndim()}, int64, cpu);
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t rest = places[static_cast<std::size_t>(i)];
    for (int d = x.ndim() - 1; d >= 0; --d) {
      y.data<std::int64_t>()[i * x.ndim() + d] = rest % x.shape()[d];
      rest /= x.shape()[d];
    }
  }
  return to(y, x.device());
}
const Op nonzero_op{"nonzero", {.recorded = false}};  // places have no gradient

}  // namespace adora
