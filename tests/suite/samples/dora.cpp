#include "ops/dora.h"
#include "ops/arithmetic.h"
#include "ops/elementwise/abs.h"
#include "ops/elementwise/sqrt.h"
#include "ops/elementwise/square.h"
#include "ops/matmul.h"
#include "ops/quantize.h"
#include "ops/reduce.h"
#include "sample.h"

namespace adora::suite {
namespace {

/// How large the terms are in a sample's gradients: those by way of the lengths are divided by the lengths' squares,
/// and cancel along V; the magnitude's is of (y - bias) / c.
double terms_of(const Tensor& V, const Tensor& magnitude, NormAxis axis) {
  if (V.numel() == 0) return 1;
  const Tensor squares = sum(square(V), {axis == NormAxis::output ? 1 : 0});
  const double least_c = item(min(abs(magnitude) / sqrt(squares)));
  return std::max({1.0, 8 / item(min(squares)), 4 / least_c});
}

auto samples_of(decltype(dora_linear_composed) call) {
  return [=](Generator& g) {
    auto of = [&](std::string what, const Shape& x, std::int64_t out, std::int64_t rank, DoraOptions options,
                  bool bias = true, bool quantized = false) {
      Tensor w = sample_tensor(g, {out, x.back()});
      std::int64_t magnitudes = options.norm_axis == NormAxis::output ? out : x.back();
      // magnitude, x, weight, A, B, bias
      Tensors inputs{sample_tensor(g, {magnitudes}), sample_tensor(g, x), w};
      if (rank > 0)
        inputs.push_back(sample_tensor(g, {rank, x.back()})), inputs.push_back(sample_tensor(g, {out, rank}));
      if (bias) inputs.push_back(sample_tensor(g, {out}));
      const Tensor V = rank > 0 ? w + matmul(inputs[4], inputs[3]) * options.scale : w;
      // A norm held constant shows in no numeric derivative, so only the whole gradient is sampled where there is
      // one.
      return Sample{what,
                    inputs,
                    [=](const Tensors& in) {
                      Generator drops(5);
                      DoraOptions with_drops = options;
                      with_drops.generator = &drops;
                      const FrozenMatrix weight =
                          quantized ? quantize(in[2], QuantizedFormat::nf4) : FrozenMatrix(in[2]);
                      return call(in[1], weight, bias ? in.back() : Tensor(), rank > 0 ? in[3] : Tensor(),
                                  rank > 0 ? in[4] : Tensor(), in[0], with_drops);
                    },
                    {true, true, false},
                    terms_of(V, inputs[0], options.norm_axis)};
    };
    std::vector<Sample> samples;
    for (DoraRoute route : {DoraRoute::factored, DoraRoute::merged}) {
      DoraOptions options{.scale = 0.7, .detach_norm = false, .route = route};
      samples.push_back(of("rows with a bias", {3, 4}, 5, 2, options));
      samples.push_back(of("a batch without", {2, 3, 4}, 3, 1, options, false));
      samples.push_back(of("no rows", {0, 4}, 3, 2, options));
      samples.push_back(of("magnitude alone", {3, 4}, 5, 0, options));
      options.dropout = 0.4;
      samples.push_back(of("dropout", {3, 4}, 5, 2, options));
      options.reference_dropout = true;
      samples.push_back(of("dropout as the reference has it", {3, 4}, 5, 2, options));
    }
    const DoraOptions columns{.scale = 0.7, .norm_axis = NormAxis::input, .detach_norm = false};
    samples.push_back(of("lengths of columns", {3, 4}, 5, 2, columns));
    samples.push_back(of("drawn sizes", {sample_size(g), sample_size(g), sample_size(g, 2)}, sample_size(g, 1, 5),
                         sample_size(g), {.scale = 0.7, .detach_norm = false}));
    samples.push_back(
        of("columns of drawn sizes", {sample_size(g), sample_size(g)}, sample_size(g, 2, 5), sample_size(g), columns));
    samples.push_back(of("a quantized weight", {3, 7}, 5, 2, {.scale = 0.7, .detach_norm = false}, true, true));
    return samples;
  };
}

const Samples dora_linear_samples{"dora_linear", samples_of(dora_linear)};
const Samples dora_linear_composed_samples{"dora_linear_composed", samples_of(dora_linear_composed)};

const Samples dora_merge_samples{
    "dora_merge", [](Generator& g) {
      auto of = [&](const char* what, std::int64_t out, std::int64_t in, std::int64_t rank, NormAxis axis) {
        Tensors inputs{sample_tensor(g, {out, in}), sample_tensor(g, {axis == NormAxis::output ? out : in})};
        if (rank > 0) inputs.push_back(sample_tensor(g, {rank, in})), inputs.push_back(sample_tensor(g, {out, rank}));
        return Sample{what, inputs, [=](const Tensors& x) {
                        return dora_merge(x[0], rank > 0 ? x[2] : Tensor(), rank > 0 ? x[3] : Tensor(), x[1], 0.7,
                                          axis);
                      }};
      };
      return std::vector<Sample>{
          of("rows", 5, 4, 2, NormAxis::output), of("columns", 3, 4, 2, NormAxis::input),
          of("the magnitude alone", 3, 4, 0, NormAxis::output),
          of("drawn sizes", sample_size(g), sample_size(g, 2), sample_size(g), NormAxis::output)};
    }};

}  // namespace
}  // namespace adora::suite
