// Samples of the elementwise ops that take more than their function's one tensor or two.
#include "but_elementwise.h"
#include "ops/elementwise/clamp_tensors.h"
#include "ops/elementwise/glu.h"
#include "ops/elementwise/lerp.h"
#include "ops/elementwise/prelu.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples prelu_samples{
    "prelu", [](Generator& g) {
      auto made = [&](const char* what, const Shape& x, const Shape& weight) {
        return Sample{what, {sample_tensor(g, x), sample_tensor(g, weight)}, [](const Tensors& in) {
                        return prelu(in[0], in[1]);
                      }};
      };
      return std::vector<Sample>{made("one weight", {2, 3}, {1}), made("a weight for each channel", {2, 3, 2}, {3}),
                                 made("rows of channels", {2, 4}, {4}), made("one number", {}, {}),
                                 made("nothing", {0, 3}, {3})};
    }};

const Samples glu_samples{
    "glu", [](Generator& g) {
      auto made = [&](const char* what, const Shape& shape, std::int64_t dim) {
        return Sample{what, {sample_tensor(g, shape)}, [=](const Tensors& in) { return glu(in[0], dim); }};
      };
      return std::vector<Sample>{made("the last dimension", {2, 4}, -1), made("the first", {4, 3}, 0),
                                 made("a vector", {6}, -1), made("nothing", {2, 0}, 1)};
    }};

/// Weights on either side of 1/2, where the formula changes and the function does not.
const Samples lerp_samples{
    "lerp", [](Generator& g) {
      auto made = [&](const char* what, const Shape& a, const Shape& b, const Shape& weight) {
        return Sample{what,
                      {sample_tensor(g, a), sample_tensor(g, b), sample_tensor(g, weight, -1.5, 1.5)},
                      [](const Tensors& in) { return lerp(in[0], in[1], in[2]); }};
      };
      return std::vector<Sample>{
          made("one shape", {2, 3}, {2, 3}, {2, 3}), made("broadcast", {3, 1}, {2}, {}), made("nothing", {0}, {0}, {}),
          Sample{"one weight", {sample_tensor(g, {4}), sample_tensor(g, {4})}, [](const Tensors& in) {
                   return lerp(in[0], in[1], 0.25);
                 }}};
    }};

/// Bounds and numbers that are at no tie: whole numbers, and others a quarter beside.
const Samples clamp_tensors_samples{
    "clamp_tensors", [](Generator&) {
      auto run = [](const Tensors& in) { return clamp(in[0], in[1], in[2]); };
      const Tensor x = tensor<double>({-2.25, -0.75, 0.25, 1.25, 2.75, -3.25}, {2, 3});
      return std::vector<Sample>{
          {"one shape",
           {x, tensor<double>({-1, -2, 0, 2, -1, -1}, {2, 3}), tensor<double>({1, 0, 2, -3, 1, 1}, {2, 3})},
           run},
          {"broadcast", {x, tensor<double>({-1, -2, 1}), full({}, 2, float64, cpu)}, run},
          {"from below", {x, tensor<double>({-1, -2, 1}), Tensor()}, run},
          {"from above", {x, Tensor(), full({2, 1}, 1, float64, cpu)}, run},
          {"nothing", {empty({0}, float64, cpu), empty({0}, float64, cpu), full({}, 2, float64, cpu)}, run}};
    }};

}  // namespace
}  // namespace adora::suite
