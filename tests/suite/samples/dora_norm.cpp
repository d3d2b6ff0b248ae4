#include "ops/dora.h"
#include "ops/reduce.h"
#include "sample.h"

namespace adora::suite {
namespace {

auto samples_of(Tensor (*lengths)(const Tensor&, const Tensor&, const Tensor&, NormAxis)) {
  return [=](Generator& g) {
    auto of = [&](const char* what, std::int64_t out, std::int64_t in, std::int64_t rank, NormAxis axis) {
      Tensor w = sample_tensor(g, {out, in});
      const Tensors inputs{w, sample_tensor(g, {rank, in}), sample_tensor(g, {out, rank})};
      // In A's gradient (B∘g/n)ᵀ·W and its like with BA for W cancel where W + scale·BA is small.
      const Tensor n = lengths(inputs[0], inputs[1], inputs[2], axis);
      const double terms = n.numel() == 0 ? 1 : std::max(1.0, 8 / item(min(n)));
      return Sample{what, inputs, [=](const Tensors& x) { return lengths(x[0], x[1], x[2], axis); }, {false}, terms};
    };
    return std::vector<Sample>{
        of("rows", 5, 4, 2, NormAxis::output), of("columns", 5, 4, 2, NormAxis::input),
        of("no rows", 0, 4, 2, NormAxis::output), of("one number", 1, 1, 1, NormAxis::output),
        of("drawn sizes", sample_size(g, 1, 6), sample_size(g, 2), sample_size(g), NormAxis::output)};
  };
}

const Samples dora_weight_norm_samples{"dora_weight_norm",
                                       samples_of([](const Tensor& W, const Tensor& A, const Tensor& B, NormAxis axis) {
                                         return dora_weight_norm(W, A, B, 0.6, axis);
                                       })};

const Samples dora_weight_norm_composed_samples{
    "dora_weight_norm_composed", samples_of([](const Tensor& W, const Tensor& A, const Tensor& B, NormAxis axis) {
      return dora_weight_norm_composed(W, A, B, 0.6, axis);
    })};

}  // namespace
}  // namespace adora::suite
