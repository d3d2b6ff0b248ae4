#include "ops/swiglu.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples swiglu_samples{"swiglu", [](Generator& g) {
                               auto of = [&](const char* what, const Shape& shape) {
                                 return Sample{what,
                                               {sample_tensor(g, shape), sample_tensor(g, shape)},
                                               [](const Tensors& in) { return swiglu(in[0], in[1]); }};
                               };
                               return std::vector<Sample>{of("rows", {3, 4}), of("a batch", {2, 3, 5}),
                                                          of("nothing", {0, 4}), of("drawn sizes", sample_shape(g, 1))};
                             }};

}  // namespace
}  // namespace adora::suite
