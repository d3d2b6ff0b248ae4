#include "matmul.h"

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "../backends/gemm.h"
#include "arithmetic.h"
#include "broadcast.h"
#include "multiply_adds.h"
#include "op.h"
#include "view.h"

namespace adora {
namespace {

/// The leading dimensions, all but the last two.
Shape batch_of(const Tensor& x) {
  Shape shape = x.shape();
  shape.erase(shape.size() - 1), shape.erase(shape.size() - 1);
  return shape;
}

Shape with_matrix(Shape batch, std::int64_t rows, std::int64_t columns) {
  batch.push_back(rows), batch.push_back(columns);
  return batch;
}

/// Whether the batch dimensions broadcast.
bool batches_fit(const Shape& a, const Shape& b) {
  bool fits = true;
  for (int i = 1; i <= std::min(a.size(), b.size()) - 2; ++i) {
    const std::int64_t one = a[a.size() - 2 - i], other = b[b.size() - 2 - i];
    fits = fits && (one == other || one == 1 || other == 1);
  }
  return fits;
}

/// reshape, without a view where x has the shape.
Tensor in_shape(const Tensor& x, const Shape& shape) { return x.shape() == shape ? x : reshape(x, shape); }

void check_matmul(const Tensor& a, const Tensor& b) {
  check_inputs("matmul", {&a, &b});
  check(a.ndim() >= 1 && b.ndim() >= 1 && a.size(-1) == b.size(b.ndim() == 1 ? -1 : -2),
        "matmul: {} times {} does not fit: the last size of the first must be the last but one of the second, or of a "
        "vector the only one",
        describe(a), describe(b));
  check(batches_fit(a.shape(), b.shape()),
        "matmul: {} times {} does not fit: the dimensions before the last two must broadcast", describe(a),
        describe(b));
  check(is_floating(a.dtype()) && a.dtype() == b.dtype(),
        "matmul: {} times {}: both must have one floating dtype; convert with to(x, dtype)", describe(a), describe(b));
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  check_matmul(a, b);
  // A vector is a row on the left and a column on the right, which the result has not.
  if (b.ndim() == 1) return squeeze(matmul(a, unsqueeze(b, 1)), -1);
  if (a.ndim() == 1) return squeeze(matmul(unsqueeze(a, 0), b), -2);
  // A batch of matrices times one matrix is one tall matrix times it.
  if (a.ndim() > 2 && b.ndim() == 2 && a.is_contiguous()) {
    Shape shape = a.shape();
    shape[shape.size() - 1] = b.size(-1);
    return reshape(matmul(reshape(a, {numel(batch_of(a)) * a.size(-2), a.size(-1)}), b), shape);
  }
  Shape batch = broadcast("matmul", batch_of(a), batch_of(b));
  Tensor y = empty_like(a, with_matrix(batch, a.size(-2), b.size(-1)));
  auto stretched = [&](const Tensor& x) {
    const Shape wanted = with_matrix(batch, x.size(-2), x.size(-1));
    return x.shape() == wanted ? x : x.with_layout(x.layout().expanded(wanted));
  };
  detail::MultiplyAdds::add(y.numel(), a.size(-1));
  backends::gemm(stretched(a), stretched(b), y, 1, 0);
  return record("matmul", y,
                input(a, {{"b", b}},
                      [s = a.shape()](const Tensor& g, const Tensor& b) { return sum_to(matmul(g, transpose(b)), s); }),
                input(b, {{"a", a}}, [s = b.shape()](const Tensor& g, const Tensor& a) {
                  return sum_to(matmul(transpose(a), g), s);
                }));
}
const Op matmul_op{"matmul"};

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check_inputs("linear", {&x, &weight}, {&bias});
  check(x.ndim() >= 1 && weight.ndim() == 2 && x.size(-1) == weight.size(1),
        "linear: {} does not fit the weight {}: the last size must be the weight's second", describe(x),
        describe(weight));
  check(!bias.defined() || bias.shape() == Shape{weight.size(0)},
        "linear: the bias {} must have one number for each row of the weight {}", describe(bias), describe(weight));
  check(is_floating(x.dtype()) && x.dtype() == weight.dtype() && (!bias.defined() || bias.dtype() == x.dtype()),
        "linear: x is {}, the weight {}, the bias {}; all must have one floating dtype: convert with to(x, dtype)",
        describe(x), describe(weight), describe(bias));
  std::int64_t in = weight.size(1), out = weight.size(0), rows = 1;
  for (int d = 0; d + 1 < x.ndim(); ++d) rows *= x.shape()[d];
  Shape shape = x.shape();
  shape[shape.size() - 1] = out;
  Tensor tall = x;
  if (x.ndim() != 2) {
    // The view of x as one tall matrix needs a copy where its rows do not lie evenly.
    const std::optional<Layout> flat = x.layout().reshaped({rows, in});
    tall = flat ? x.with_layout(*flat) : backends::contiguous(x.detach()).with_layout(Layout::contiguous({rows, in}));
  }
  Tensor y = empty_like(x, {rows, out});
  Tensor flipped = weight.with_layout(weight.layout().transposed(0, 1));
  detail::MultiplyAdds::add(rows, in, out);
  if (bias.defined()) backends::gemm_bias(tall, flipped, bias, y);
  else backends::gemm(tall, flipped, y, 1, 0);
  return record("linear", x.ndim() == 2 ? y : y.with_layout(Layout::contiguous(shape)),
                input(x, {{"weight", weight}},
                      [=, from = x.shape()](const Tensor& g, const Tensor& weight) {
                        return in_shape(matmul(in_shape(g, {rows, out}), weight), from);
                      }),
                input(weight, {{"x", x}},
                      [=](const Tensor& g, const Tensor& x) {
                        return matmul(transpose(in_shape(g, {rows, out})), in_shape(x, {rows, in}));
                      }),
                input(bias, [=](const Tensor& g) {
                  return sum_to(in_shape(g, {rows, out}), {out});
                }));
}
const Op linear_op{"linear"};

}  // namespace adora
