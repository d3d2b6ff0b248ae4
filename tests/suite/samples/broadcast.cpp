#include "ops/broadcast.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples sum_to_samples{
    "sum_to", [](Generator& g) {
      auto to = [&](const char* what, Shape from, Shape shape) {
        return Sample{what, {sample_tensor(g, from)}, [=](const Tensors& in) { return sum_to(in[0], shape); }};
      };
      const Shape drawn = sample_shape(g);
      return std::vector<Sample>{to("drawn sizes", drawn, sample_broadcastable(g, drawn)),
                                 to("added dimensions", {2, 3, 4}, {4}),
                                 to("stretched ones", {2, 3, 4}, {2, 1, 4}),
                                 to("both", {2, 3, 4}, {3, 1}),
                                 to("a number", {2, 3}, {}),
                                 to("nothing", {0, 3}, {3})};
    }};

const Samples broadcast_to_samples{
    "broadcast_to", [](Generator& g) {
      auto to = [&](const char* what, Shape from, Shape shape) {
        return Sample{what, {sample_tensor(g, from)}, [=](const Tensors& in) { return broadcast_to(in[0], shape); }};
      };
      const Shape drawn = sample_shape(g);
      return std::vector<Sample>{to("drawn sizes", sample_broadcastable(g, drawn), drawn),
                                 to("added dimensions", {4}, {2, 3, 4}), to("stretched ones", {2, 1, 4}, {2, 3, 4}),
                                 to("a number", {}, {2, 3}), to("to nothing", {1, 3}, {0, 3})};
    }};

const Samples expand_samples{
    "expand", [](Generator& g) {
      return std::vector<Sample>{{"a size kept", {sample_tensor(g, {1, 3})}, [](const Tensors& in) {
                                    return expand(in[0], {2, 4, -1});
                                  }}};
    }};

}  // namespace
}  // namespace adora::suite
