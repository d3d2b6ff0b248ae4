#include "ops/loss.h"
#include "sample.h"

namespace adora::suite {
namespace {

/// Samples of cross_entropy that its kernel takes only in parts: weights, smoothing, other shapes and probabilities.
std::vector<Sample> cross_entropy_of_classes(Generator& g) {
  auto of = [&](const char* what, const Shape& shape, bool weighted, double smoothing, Reduction reduction) {
    const int dim = shape.size() == 1 ? 0 : 1;
    Shape places = shape;
    places.erase(dim);
    Tensor targets = to(sample_indices(g, places, shape[dim]), cpu);
    if (places.size() > 0 && targets.numel() > 0) targets.data<std::int64_t>()[0] = -1;
    Tensors inputs{sample_tensor(g, shape), to(targets, default_device())};
    if (weighted) inputs.push_back(sample_tensor(g, {shape[dim]}, 0.5, 2));
    return Sample{what,
                  inputs,
                  [=](const Tensors& in) {
                    return cross_entropy(in[0], in[1],
                                         {.ignore_index = -1,
                                          .reduction = reduction,
                                          .weight = in.size() > 2 ? in[2] : Tensor(),
                                          .label_smoothing = smoothing});
                  },
                  {},
                  weighted ? 4. : 1.};  // by a weight: differences of losses from their mean
  };
  auto probable = [&](const char* what, const Shape& shape, bool weighted, double smoothing, Reduction reduction) {
    Sample sample = of(what, shape, weighted, smoothing, reduction);
    sample.inputs[1] = sample_tensor(g, shape, 0, 1);
    return sample;
  };
  return {of("weighted", {4, 3}, true, 0, Reduction::mean),
          of("smoothed", {4, 3}, false, 0.1, Reduction::mean),
          of("weighted and smoothed", {4, 3}, true, 0.2, Reduction::sum),
          of("weighted and smoothed, one by one", {3, 4}, true, 0.2, Reduction::none),
          of("pixels", {2, 3, 2, 2}, false, 0, Reduction::mean),
          of("pixels, one by one", {2, 3, 2}, false, 0, Reduction::none),
          of("pixels, weighted and smoothed", {2, 3, 2}, true, 0.1, Reduction::mean),
          of("one row", {5}, true, 0.1, Reduction::mean),
          of("weights of nothing", {0, 3}, true, 0.1, Reduction::mean),
          probable("probabilities", {3, 4}, false, 0, Reduction::mean),
          probable("probabilities, weighted and smoothed", {2, 3, 2}, true, 0.1, Reduction::mean),
          probable("probabilities of one row", {4}, true, 0, Reduction::none)};
}

const Samples cross_entropy_samples{
    "cross_entropy", [](Generator& g) {
      auto of = [&](const char* what, std::int64_t n, Reduction reduction, std::int64_t ignored) {
        Tensor targets = sample_indices(g, {n}, 5);
        for (std::int64_t i = 0; i < ignored; ++i) targets.data<std::int64_t>()[i] = -1;
        return Sample{what, {sample_tensor(g, {n, 5}), targets}, [=](const Tensors& in) {
                        return cross_entropy(in[0], in[1], {.ignore_index = -1, .reduction = reduction});
                      }};
      };
      std::vector<Sample> samples{of("the mean", 4, Reduction::mean, 0),
                                  of("the mean, some ignored", 4, Reduction::mean, 2),
                                  of("all ignored", 3, Reduction::mean, 3),
                                  of("the sum", 4, Reduction::sum, 1),
                                  of("one by one", 4, Reduction::none, 1),
                                  of("nothing", 0, Reduction::mean, 0),
                                  of("a drawn number", sample_size(g, 2, 7), Reduction::mean, 1)};
      for (Sample& sample : cross_entropy_of_classes(g)) samples.push_back(std::move(sample));
      return samples;
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
