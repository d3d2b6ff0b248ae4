#include "ops/rope.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples rope_samples{
    "rope", [](Generator& g) {
      auto of = [&](const char* what, const Shape& shape, const RopeOptions& options) {
        return Sample{what, {sample_tensor(g, shape)}, [=](const Tensors& in) { return rope(in[0], options); }};
      };
      return std::vector<Sample>{
          of("halves", {2, 3, 4}, {}),
          of("interleaved", {2, 3, 6}, {.theta = 100, .layout = RopeLayout::interleaved}),
          of("a part of each row, scaled", {2, 3, 7}, {.frequencies = {1, 0.3}, .amplitude = 1.2}),
          of("interleaved pairs of a part", {1, 3, 6},
             {.layout = RopeLayout::interleaved, .frequencies = {0.5}, .amplitude = 0.8}),
          of("later tokens", {1, 2, 3, 4}, {.start = 7}),
          of("no tokens", {2, 0, 4}, {}),
          of("drawn sizes", {sample_size(g), sample_size(g), 2 * sample_size(g)},
             {.theta = 50, .start = sample_size(g)})};
    }};

}  // namespace
}  // namespace adora::suite
