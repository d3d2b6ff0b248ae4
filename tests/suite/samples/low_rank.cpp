#include "ops/low_rank.h"
#include "ops/quantize.h"
#include "sample.h"

namespace adora::suite {
namespace {

auto samples_of(decltype(lora_linear) call) {
  return [=](Generator& g) {
    auto of = [&](const char* what, const Shape& x, double dropout, bool quantized = false) {
      Tensor w = sample_tensor(g, {5, x.back()});
      Tensors inputs{sample_tensor(g, x), w, sample_tensor(g, {2, x.back()}), sample_tensor(g, {5, 2}),
                     sample_tensor(g, {5})};
      return Sample{what,
                    inputs,
                    [=](const Tensors& in) {
                      Generator drops(5);
                      LoraOptions options{.scale = 0.7, .dropout = dropout, .generator = &drops};
                      const FrozenMatrix weight =
                          quantized ? quantize(in[1], QuantizedFormat::nf4) : FrozenMatrix(in[1]);
                      return call(in[0], weight, in[4], in[2], in[3], options);
                    },
                    {true, false}};
    };
    return std::vector<Sample>{of("rows", {3, 4}, 0),
                               of("a batch", {2, 3, 4}, 0),
                               of("dropout", {3, 5}, 0.4),
                               of("no rows", {0, 4}, 0.4),
                               of("drawn sizes", sample_shape(g, 1, 3), 0),
                               of("a quantized weight", {2, 66}, 0, true)};
  };
}

auto vera_samples_of(decltype(vera_linear) call) {
  return [=](Generator& g) {
    auto of = [&](const char* what, const Shape& x, std::int64_t out, std::int64_t rank) {
      Tensors inputs{sample_tensor(g, x),           sample_tensor(g, {out, x.back()}),
                     sample_tensor(g, {out}),       sample_tensor(g, {rank, x.back()}),
                     sample_tensor(g, {out, rank}), sample_tensor(g, {rank}),
                     sample_tensor(g, {out})};
      return Sample{
          what,
          inputs,
          [=](const Tensors& in) { return call(in[0], in[1], in[2], in[3], in[4], in[5], in[6], {.scale = 0.7}); },
          {true, false, true, true, true, true, true}};
    };
    return std::vector<Sample>{of("rows", {3, 4}, 5, 2),
                               of("drawn sizes", sample_shape(g, 1, 3), sample_size(g), sample_size(g))};
  };
}

const Samples low_rank_matmul_samples{
    "low_rank_matmul", [](Generator& g) {
      auto of = [&](const char* what, const Shape& x, std::int64_t rank) {
        return Sample{what,
                      {sample_tensor(g, x), sample_tensor(g, {rank, x.back()}), sample_tensor(g, {5, rank})},
                      [](const Tensors& in) { return low_rank_matmul(in[0], in[1], in[2], 0.7); }};
      };
      return std::vector<Sample>{of("rows", {3, 4}, 2), of("a batch", {2, 3, 4}, 1), of("no rows", {0, 4}, 2),
                                 of("drawn sizes", sample_shape(g, 1, 3), sample_size(g))};
    }};

const Samples lora_linear_samples{"lora_linear", samples_of(lora_linear)};
const Samples lora_linear_composed_samples{"lora_linear_composed", samples_of(lora_linear_composed)};

const Samples vera_factor_samples{
    "vera_factor", [](Generator& g) {
      auto of = [&](const char* what, std::int64_t out, std::int64_t rank) {
        Tensors inputs{sample_tensor(g, {out, rank}), sample_tensor(g, {rank}), sample_tensor(g, {out})};
        return Sample{what, inputs, [](const Tensors& in) { return vera_factor(in[0], in[1], in[2]); }};
      };
      return std::vector<Sample>{of("a matrix", 3, 2), of("no rows", 0, 2),
                                 of("drawn sizes", sample_size(g), sample_size(g))};
    }};

const Samples vera_linear_samples{"vera_linear", vera_samples_of(vera_linear)};
const Samples vera_linear_composed_samples{"vera_linear_composed", vera_samples_of(vera_linear_composed)};

}  // namespace
}  // namespace adora::suite
