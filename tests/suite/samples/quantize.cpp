#include "ops/quantize.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples quantize_samples{
    "quantize", [](Generator& g) {
      auto of = [&](const char* what, std::int64_t rows, std::int64_t columns, QuantizedFormat format) {
        return Sample{what, {sample_tensor(g, {rows, columns})}, [=](const Tensors& in) {
                        return dequantize(quantize(in[0], format));
                      }};
      };
      return std::vector<Sample>{of("nf4", 3, 70, QuantizedFormat::nf4), of("int8", 3, 70, QuantizedFormat::int8),
                                 of("no rows", 0, 5, QuantizedFormat::nf4),
                                 of("drawn sizes", sample_size(g), sample_size(g, 1, 9), QuantizedFormat::nf4)};
    }};

const Samples frozen_linear_samples{
    "frozen_linear", [](Generator& g) {
      auto of = [&](const char* what, const Shape& x, std::int64_t out, std::optional<QuantizedFormat> format) {
        return Sample{what,
                      {sample_tensor(g, x), sample_tensor(g, {out, x.back()}), sample_tensor(g, {out})},
                      [=](const Tensors& in) {
                        return frozen_linear(in[0], format ? quantize(in[1], *format) : FrozenMatrix(in[1]), in[2]);
                      },
                      {true, false}};
      };
      return std::vector<Sample>{of("a plain weight", {3, 4}, 5, {}), of("nf4", {3, 70}, 2, QuantizedFormat::nf4),
                                 of("int8", {2, 3, 5}, 3, QuantizedFormat::int8),
                                 of("no rows", {0, 4}, 3, QuantizedFormat::nf4),
                                 of("drawn sizes", sample_shape(g, 1, 3), sample_size(g), QuantizedFormat::nf4)};
    }};

}  // namespace
}  // namespace adora::suite
