#include "ops/loss.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples cross_entropy_samples{
    "cross_entropy", [](Generator& g) {
      auto of = [&](const char* what, std::int64_t n, Reduction reduction, std::int64_t ignored) {
        Tensor targets = sample_indices(g, {n}, 5);
        for (std::int64_t i = 0; i < ignored; ++i) targets.data<std::int64_t>()[i] = -1;
        return Sample{what, {sample_tensor(g, {n, 5}), targets}, [=](const Tensors& in) {
                        return cross_entropy(in[0], in[1], {.ignore_index = -1, .reduction = reduction});
                      }};
      };
      return std::vector<Sample>{of("the mean", 4, Reduction::mean, 0),
                                 of("the mean, some ignored", 4, Reduction::mean, 2),
                                 of("all ignored", 3, Reduction::mean, 3),
                                 of("the sum", 4, Reduction::sum, 1),
                                 of("one by one", 4, Reduction::none, 1),
                                 of("nothing", 0, Reduction::mean, 0),
                                 of("a drawn number", sample_size(g, 2, 7), Reduction::mean, 1)};
    }};

const Samples linear_cross_entropy_samples{
    "linear_cross_entropy", [](Generator& g) {
      auto of = [&](const char* what, std::int64_t n, std::int64_t classes, Reduction reduction, std::int64_t ignored) {
        Tensor targets = sample_indices(g, {n}, classes);
        for (std::int64_t i = 0; i < ignored; ++i) targets.data<std::int64_t>()[i * 2] = -100;
        return Sample{
            what, {sample_tensor(g, {n, 3}), sample_tensor(g, {classes, 3}), targets}, [=](const Tensors& in) {
              return linear_cross_entropy(in[0], in[1], in[2], {.reduction = reduction});
            }};
      };
      return std::vector<Sample>{of("the mean", 5, 4, Reduction::mean, 2),
                                 of("the sum", 3, 7, Reduction::sum, 0),
                                 of("one by one", 4, 5, Reduction::none, 1),
                                 of("all ignored", 1, 5, Reduction::mean, 1),
                                 of("nothing", 0, 5, Reduction::sum, 0),
                                 of("drawn sizes", sample_size(g, 2, 6), sample_size(g), Reduction::mean, 1)};
    }};

}  // namespace
}  // namespace adora::suite
