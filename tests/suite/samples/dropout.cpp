#include "ops/dropout.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples dropout_samples{"dropout", [](Generator& g) {
                                auto run = [](const Tensors& in) {
                                  Generator generator(3);
                                  return dropout(in[0], 0.4, generator);
                                };
                                return std::vector<Sample>{{"drawn sizes", {sample_tensor(g, sample_shape(g))}, run},
                                                           {"a matrix", {sample_tensor(g, {5, 7})}, run},
                                                           {"nothing", {sample_tensor(g, {0, 7})}, run}};
                              }};

}  // namespace
}  // namespace adora::suite
