#include "embedding.h"

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "../backends/embedding.h"
#include "op.h"
#include "view.h"

namespace adora {
using detail::embedding_gradient;

Tensor detail::embedding_gradient(const Tensor& g, const Tensor& ids, std::int64_t vocabulary) {
  Tensor y = empty_like(g, {vocabulary, g.size(1)});
  backends::embedding_gradient(g, ids, y);
  return record("embedding_gradient", y,
                input(g, {{"ids", ids}}, [](const Tensor& gg, const Tensor& ids) { return embedding(gg, ids); }));
}
const Op embedding_gradient_op{"embedding_gradient"};

Tensor embedding(const Tensor& weight, const Tensor& ids) {
  check_inputs("embedding", {&weight, &ids});
  check(ids.ndim() < Shape::max_size, "embedding: the ids {} have as many dimensions as a tensor can have",
        describe(ids));
  check(weight.ndim() == 2, "embedding: the table must have two dimensions, not {}", describe(weight));
  check(ids.dtype() == int64, "embedding: the ids must be int64, not {}; convert with to(ids, int64)", describe(ids));
  std::int64_t n = ids.numel(), width = weight.size(1);
  Tensor flat = reshape(ids, {n});
  Tensor y = empty_like(weight, {n, width});
  backends::embedding(weight, flat, y);
  Shape shape = ids.shape();
  shape.push_back(width);
  return record("embedding", y.with_layout(Layout::contiguous(shape)),
                input(weight, {{"ids", flat}}, [rows = weight.size(0), n, width](const Tensor& g, const Tensor& ids) {
                  return embedding_gradient(reshape(g, {n, width}), ids, rows);
                }));
}
const Op embedding_op{"embedding"};

}  // namespace adora
