#include "matmul.h"

#include "../autograd/record.h"
#include "../backends/gemm.h"
#include "arithmetic.h"
#include "broadcast.h"
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

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  check(a.ndim() >= 2 && b.ndim() >= 2 && a.size(-1) == b.size(-2),
        "matmul: {} times {} does not fit: the last size of the first must be the last but one of the second",
        describe(a), describe(b));
  check(a.dtype() == b.dtype(), "matmul: {} times {}: the dtypes differ; convert one with to(x, dtype)", describe(a),
        describe(b));
  // A batch of matrices times one matrix is one tall matrix times it.
  if (a.ndim() > 2 && b.ndim() == 2 && a.is_contiguous()) {
    Shape shape = a.shape();
    shape[shape.size() - 1] = b.size(-1);
    return reshape(matmul(reshape(a, {numel(batch_of(a)) * a.size(-2), a.size(-1)}), b), shape);
  }
  Shape batch = broadcast("matmul", batch_of(a), batch_of(b));
  Tensor y = empty_like(a, with_matrix(batch, a.size(-2), b.size(-1)));
  auto stretched = [&](const Tensor& x) {
    return x.with_layout(x.layout().expanded(with_matrix(batch, x.size(-2), x.size(-1))));
  };
  backends::gemm(stretched(a), stretched(b), y, 1, 0);
  return record("matmul", y,
                input(a, [s = a.shape(), b = save(b)](const Tensor& g) { return sum_to(matmul(g, transpose(*b)), s); }),
                input(b, [s = b.shape(), a = save(a)](const Tensor& g) { return sum_to(matmul(transpose(*a), g), s); }));
}
const Op matmul_op{"matmul", [](Generator& g) {
                     auto run = [](const Tensors& in) { return matmul(in[0], in[1]); };
                     auto two = [&](const char* what, Shape a, Shape b) {
                       return Sample{what, {sample_tensor(g, a), sample_tensor(g, b)}, run};
                     };
                     return std::vector<Sample>{two("matrices", {3, 4}, {4, 5}),
                                                two("batches", {2, 3, 4}, {2, 4, 5}),
                                                two("a batch and a matrix", {2, 3, 4}, {4, 5}),
                                                two("a matrix and a batch", {3, 4}, {2, 4, 5}),
                                                two("batches that broadcast", {2, 1, 3, 4}, {3, 4, 2}),
                                                two("an inner size of nothing", {3, 0}, {0, 2}),
                                                two("no rows", {0, 4}, {4, 2}),
                                                two("a dot product", {1, 6}, {6, 1})};
                   }};

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check(x.ndim() >= 1 && weight.ndim() == 2 && x.size(-1) == weight.size(1),
        "linear: {} does not fit the weight {}: the last size must be the weight's second", describe(x), describe(weight));
  if (x.ndim() == 1) return reshape(linear(unsqueeze(x, 0), weight, bias), {weight.size(0)});
  Tensor y = matmul(x, transpose(weight));
  return bias.defined() ? add(y, bias) : y;
}

}  // namespace adora
