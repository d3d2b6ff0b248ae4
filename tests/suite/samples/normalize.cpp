#include "ops/normalize.h"
#include "ops/arithmetic.h"
#include "ops/elementwise/square.h"
#include "ops/reduce.h"
#include "sample.h"

namespace adora::suite {
namespace {

constexpr double samples_eps = 1e-3;

/// How large the terms are in the gradients of samples' rows: over the least of their mean squares.
double terms_of(const Tensor& x, bool centred) {
  if (x.numel() == 0) return 1;
  const Tensor from = centred ? x - mean(x, {-1}, true) : x;
  return std::max(1.0, 4 / (item(min(mean(square(from), {-1}))) + samples_eps));
}

std::vector<Sample> samples_of(Generator& g, std::size_t parameters, Tensor (*run)(const Tensors&)) {
  std::vector<Sample> samples;
  auto rows = [&](const char* what, Shape shape) {
    Tensors inputs = {sample_tensor(g, shape)};
    for (std::size_t i = 0; i < parameters; ++i) inputs.push_back(sample_tensor(g, {shape.back()}));
    samples.push_back({what, inputs, run, {}, terms_of(inputs[0], parameters == 2)});
  };
  rows("rows", {3, 5}), rows("one row", {7}), rows("rows of rows", {2, 3, 4}), rows("longer than a vector", {2, 37});
  rows("rows of one", {3, 1}), rows("no rows", {0, 4});
  Shape drawn = sample_shape(g, 1);
  drawn[drawn.size() - 1] = sample_size(g, 2, 5);
  rows("drawn sizes", drawn);
  return samples;
}

const Samples rms_norm_samples{"rms_norm", [](Generator& g) {
                                 return samples_of(
                                     g, 1, [](const Tensors& in) { return rms_norm(in[0], in[1], samples_eps); });
                               }};

const Samples rms_norm_composed_samples{
    "rms_norm_composed", [](Generator& g) {
      return samples_of(g, 1, [](const Tensors& in) { return rms_norm_composed(in[0], in[1], samples_eps); });
    }};

const Samples add_rms_norm_samples{
    "add_rms_norm", [](Generator& g) {
      std::vector<Sample> samples;
      for (const auto& [what, sum, norm] :
           {std::tuple("both", true, true), {"the sum", true, false}, {"the norm", false, true}}) {
        Shape shape = sample_shape(g, 1);
        shape[shape.size() - 1] = sample_size(g, 2, 9);
        Tensors inputs{sample_tensor(g, shape), sample_tensor(g, shape), sample_tensor(g, {shape.back()})};
        samples.push_back({what,
                           inputs,
                           [sum = sum, norm = norm](const Tensors& in) {
                             SumAndNorm y = add_rms_norm(in[0], in[1], in[2], samples_eps);
                             return !norm ? y.sum : sum ? y.sum * 0.5 + y.norm : y.norm;
                           },
                           {},
                           terms_of(inputs[0] + inputs[1], false)});
      }
      return samples;
    }};

const Samples layer_norm_samples{
    "layer_norm", [](Generator& g) {
      return samples_of(g, 2, [](const Tensors& in) { return layer_norm(in[0], in[1], in[2], samples_eps); });
    }};

const Samples layer_norm_composed_samples{
    "layer_norm_composed", [](Generator& g) {
      return samples_of(g, 2, [](const Tensors& in) { return layer_norm_composed(in[0], in[1], in[2], samples_eps); });
    }};

}  // namespace
}  // namespace adora::suite
