#include "ops/pad.h"

#include "sample.h"

namespace adora::suite {
namespace {

const Samples pad_samples{
    "pad", [](Generator& g) {
      auto by = [&](const char* what, const Shape& shape, const std::vector<std::int64_t>& pads, PadMode mode) {
        return Sample{what, {sample_tensor(g, shape)}, [=](const Tensors& in) { return pad(in[0], pads, mode, 0.5); }};
      };
      const Shape drawn = sample_shape(g, 1);
      const std::int64_t last = drawn.back(), before = sample_size(g, -last, 3),
                         rest = last + std::min<std::int64_t>(before, 0);
      return std::vector<Sample>{by("drawn sizes", drawn, {before, sample_size(g, -rest, 3)}, PadMode::constant),
                                 by("two dimensions", {2, 3, 2}, {1, 2, 0, 1}, PadMode::constant),
                                 by("some taken away", {3, 4}, {-1, 2, 1, -2}, PadMode::constant),
                                 by("of nothing", {0, 2}, {0, 0, 2, 1}, PadMode::constant),
                                 by("no pads", {2, 3}, {}, PadMode::constant),
                                 by("reflected", {2, 3, 4}, {3, 1, 2, 0}, PadMode::reflect),
                                 by("reflected, some taken away", {1, 5}, {-2, 4}, PadMode::reflect),
                                 by("replicated", {2, 3}, {4, 1, 0, 2}, PadMode::replicate),
                                 by("replicated, none", {2, 3}, {0, 0}, PadMode::replicate),
                                 by("circular", {2, 3}, {3, 2, 1, 1}, PadMode::circular),
                                 by("circular, some taken away", {5}, {-1, 2}, PadMode::circular)};
    }};

}  // namespace
}  // namespace adora::suite
