#include "ops/creation.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples to_samples{
    "to", [](Generator& generator) {
      return std::vector<Sample>{
          {"no change (rounding has no numeric derivative: unit tests have the gradient of a conversion)",
           {sample_tensor(generator, {2, 3})},
           [](const Tensors& in) { return to(to(in[0], float64), float64); }}};
    }};

// As a function of what is copied.
const Samples copy_samples{"copy_", [](Generator& g) {
                             auto copied = [](const Tensors& in) {
                               Tensor y = empty_like(in[0]);
                               copy_(y, in[0]);
                               return y;
                             };
                             return std::vector<Sample>{{"a matrix", {sample_tensor(g, {2, 3})}, copied},
                                                        {"drawn sizes", {sample_tensor(g, sample_shape(g))}, copied}};
                           }};

}  // namespace
}  // namespace adora::suite
