#include "count.h"

#include <cmath>
#include <limits>

#include "../autograd/record.h"
#include "arithmetic.h"
#include "compare.h"
#include "creation.h"
#include "cumulative.h"
#include "index.h"
#include "join.h"
#include "op.h"
#include "reduce.h"
#include "reduced.h"
#include "sort.h"
#include "view.h"

namespace adora {

Tensor count_nonzero(const Tensor& x, const Shape& dims) {
  check_inputs("count_nonzero", {&x});
  const detail::Reduced shapes("count_nonzero", x, dims, false);
  // Without history: a count has no gradient.
  return reshape(sum(to(x.detach(), boolean), dims, true), shapes.result);
}
const Op count_nonzero_op{"count_nonzero", {.recorded = false}};

Tensor bincount(const Tensor& x, const Tensor& weights, std::int64_t minlength) {
  check_inputs("bincount", {&x}, {&weights});
  check(x.ndim() == 1 && !is_floating(x.dtype()), "bincount: counts a row of whole numbers, not {}", describe(x));
  check(!weights.defined() || weights.shape() == x.shape(), "bincount: the weights {} must be of the shape of {}",
        describe(weights.defined() ? weights : x), describe(x));
  check(minlength >= 0, "bincount: the minlength {} must not be negative", minlength);
  const Tensor numbers = to(x, int64);
  std::int64_t length = minlength;
  if (x.numel() > 0 && x.device() != meta) {
    const auto least = to_vector<std::int64_t>(min(numbers))[0], most = to_vector<std::int64_t>(max(numbers))[0];
    check(least >= 0, "bincount: {} is negative; only numbers from 0 on are counted", least);
    check(most < std::numeric_limits<std::int64_t>::max(), "bincount: {} is too large to be counted", most);
    length = std::max(length, most + 1);
  }
  if (!weights.defined()) return scatter_add(zeros({length}, int64, x.device()), 0, numbers, ones_like(numbers));
  const DType dtype = !is_floating(weights.dtype())   ? float64
                      : size_of(weights.dtype()) == 2 ? float32
                                                      : weights.dtype();
  return scatter_add(zeros({length}, dtype, x.device()), 0, numbers, to(weights, dtype));
}
const Op bincount_op{"bincount"};

Tensor histc(const Tensor& x, std::int64_t bins, double min, double max) {
  check_inputs("histc", {&x});
  check(is_floating(x.dtype()), "histc: works on floating tensors, not on {}; convert with to(x, float32)",
        describe(x));
  check(bins > 0, "histc: there can't be {} bins", bins);
  refuse_to_record("histc", {x}, "count under NoGrad, or of x.detach()");
  if (size_of(x.dtype()) == 2) return histc(to(x, float32), bins, min, max);
  const Tensor row = reshape(x, {x.numel()});
  if (min == max && x.numel() > 0 && x.device() != meta) {
    min = item(adora::min(row)), max = item(adora::max(row));
  }
  if (min == max) min -= 1, max += 1;
  check(std::isfinite(min) && std::isfinite(max) && min < max,
        "histc: from {} to {} is no range; min must be below max, and both finite", min, max);
  auto number = [&](double value) { return full({}, value, x.dtype(), x.device()); };
  // Comparisons with NaN are false.
  const Tensor inside = to(less_equal(number(min), row), int64) * to(less_equal(row, number(max)), int64);
  // A true quotient: by way of 1 / (max - min) numbers on an edge would fall into the bin before it.
  const Tensor parts =
      (where(to(inside, boolean), row, number(min)) - min) * static_cast<double>(bins) / number(max - min);
  const Tensor places = to(parts, int64), last = full({}, static_cast<double>(bins - 1), int64, x.device());
  const Tensor counts =
      scatter_add(zeros({bins}, int64, x.device()), 0, where(less(last, places), last, places), inside);
  return to(counts, x.dtype());
}
const Op histc_op{"histc", {.recorded = false}};

UniqueValues unique(const Tensor& x, bool return_inverse, bool return_counts) {
  check_inputs("unique", {&x});
  check(x.device() != meta, "unique: {} has no numbers to compare", describe(x));
  const std::int64_t n = x.numel();
  const Tensor row = reshape(x.detach(), {n});
  if (n == 0) {
    const Tensor none = empty({0}, int64, x.device());
    return {row, return_inverse ? detail::shaped(none, x.shape()) : Tensor(), return_counts ? none : Tensor()};
  }
  const auto [sorted, places] = sort(row, 0);
  // A new value begins where an element is not its neighbor before; its number is how many began up to there.
  const Tensor begins = 1 - to(eq(slice(sorted, 0, 1, n), slice(sorted, 0, 0, n - 1)), int64);
  const Tensor numbers = cat({zeros({1}, int64, x.device()), cumsum(begins, 0)}, 0);
  const std::int64_t different = to_vector<std::int64_t>(slice(numbers, 0, n - 1, n))[0] + 1;
  const Tensor nothing = zeros({different}, int64, x.device());
  const Tensor counts = scatter_add(nothing, 0, numbers, ones_like(numbers));
  UniqueValues result{index_select(sorted, 0, cumsum(counts, 0) - counts), {}, {}};
  if (return_inverse) result.inverse = reshape(scatter_add(zeros_like(numbers), 0, places, numbers), x.shape());
  if (return_counts) result.counts = counts;
  return result;
}

}  // namespace adora
