#include "embedding.h"

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "../backends/embedding.h"
#include "op.h"
#include "view.h"

namespace adora {
namespace {

/// The gradient of an embedding: the rows of g [N, D] added where ids [N] point, [V, D]. Recorded.
Tensor embedding_gradient(const Tensor& g, const Tensor& ids, std::int64_t vocabulary) {
  Tensor y = empty_like(g, {vocabulary, g.size(1)});
  backends::embedding_gradient(g, ids, y);
  return record("embedding_gradient", y,
                input(g, {{"ids", ids}}, [](const Tensor& gg, const Tensor& ids) { return embedding(gg, ids); }));
}

}  // namespace

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
const Op embedding_op{"embedding", [](Generator& g) {
                        auto run = [](const Tensors& in) { return embedding(in[0], in[1]); };
                        const Shape drawn = sample_shape(g, 0, 3);
                        return std::vector<Sample>{
                            {"drawn sizes", {sample_tensor(g, {4, sample_size(g)}), sample_indices(g, drawn, 4)}, run},
                            {"a row of ids", {sample_tensor(g, {5, 3}), sample_indices(g, {7}, 5)}, run},
                            {"a batch of ids", {sample_tensor(g, {4, 3}), sample_indices(g, {2, 3}, 4)}, run},
                            {"one id", {sample_tensor(g, {4, 3}), sample_indices(g, {}, 4)}, run},
                            {"no ids", {sample_tensor(g, {4, 3}), sample_indices(g, {0}, 4)}, run}};
                      }};
const Op embedding_gradient_op{
    "embedding_gradient", [](Generator& g) {
      return std::vector<Sample>{{"ids that repeat",
                                  {sample_tensor(g, {6, 3}), sample_indices(g, {6}, 4)},
                                  [](const Tensors& in) { return embedding_gradient(in[0], in[1], 4); }}};
    }};

}  // namespace adora
