#include "ops/classification_loss.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples binary_cross_entropy_samples{
    "binary_cross_entropy", [](Generator& g) {
      auto of = [&](const char* what, const Shape& shape, const Shape* weights, Reduction reduction) {
        Tensors inputs{sample_tensor(g, shape, 0.1, 0.9), sample_tensor(g, shape, 0, 1)};
        if (weights) inputs.push_back(sample_tensor(g, *weights, 0.5, 2));
        return Sample{what, inputs, [=](const Tensors& in) {
                        return binary_cross_entropy(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), reduction);
                      }};
      };
      const Shape row{3}, whole = sample_shape(g), part = sample_broadcastable(g, whole);
      return std::vector<Sample>{
          of("the mean", {2, 3}, nullptr, Reduction::mean), of("the sum, weighted", {2, 3}, &row, Reduction::sum),
          of("one number", {}, nullptr, Reduction::none), of("nothing", {0, 3}, &row, Reduction::sum),
          of("drawn shapes", whole, &part, Reduction::none)};
    }};

const Samples binary_cross_entropy_with_logits_samples{
    "binary_cross_entropy_with_logits", [](Generator& g) {
      // Input, target, pos_weight, weight.
      auto of = [&](const char* what, const Shape& shape, bool positive, bool weighted, Reduction reduction) {
        Tensors inputs{sample_tensor(g, shape, -3, 3), sample_tensor(g, shape, 0, 1)};
        for (bool wanted : {positive, weighted}) {
          inputs.push_back(wanted ? sample_tensor(g, sample_broadcastable(g, shape), 0.5, 2) : Tensor());
        }
        return Sample{what, inputs, [=](const Tensors& in) {
                        return binary_cross_entropy_with_logits(
                            in[0], in[1], {.weight = in[3], .reduction = reduction, .pos_weight = in[2]});
                      }};
      };
      return std::vector<Sample>{of("the mean", {2, 3}, false, false, Reduction::mean),
                                 of("positives count more", {2, 3}, true, false, Reduction::sum),
                                 of("weighted", {4}, false, true, Reduction::mean),
                                 of("both", {2, 1, 3}, true, true, Reduction::none),
                                 of("nothing", {0, 3}, true, true, Reduction::sum),
                                 of("a drawn shape", sample_shape(g), true, true, Reduction::none)};
    }};

const Samples nll_loss_samples{
    "nll_loss", [](Generator& g) {
      auto of = [&](const char* what, const Shape& shape, bool weighted, Reduction reduction, bool ignored) {
        const int dim = shape.size() == 1 ? 0 : 1;
        Shape places = shape;
        places.erase(dim);
        Tensor targets = to(sample_indices(g, places, shape[dim]), cpu);
        if (ignored) targets.data<std::int64_t>()[0] = -100;
        Tensors inputs{sample_tensor(g, shape, -3, 0), to(targets, default_device())};
        if (weighted) inputs.push_back(sample_tensor(g, {shape[dim]}, 0.5, 2));
        // By a weight: how far its class's losses lie from the mean, which are differences of numbers up to 3.
        return Sample{what,
                      inputs,
                      [=](const Tensors& in) {
                        return nll_loss(in[0], in[1],
                                        {.weight = in.size() > 2 ? in[2] : Tensor(), .reduction = reduction});
                      },
                      {},
                      3};
      };
      return std::vector<Sample>{
          of("the mean", {4, 3}, false, Reduction::mean, true),
          of("the weighted mean", {4, 3}, true, Reduction::mean, true),
          of("the sum", {4, 3}, true, Reduction::sum, false),
          of("one by one", {4, 3}, true, Reduction::none, true),
          of("one row", {5}, true, Reduction::mean, false),
          of("pixels", {2, 3, 2, 2}, true, Reduction::mean, true),
          of("nothing", {0, 3}, true, Reduction::mean, false),
          of("drawn sizes", {sample_size(g), sample_size(g), sample_size(g)}, false, Reduction::none, true)};
    }};

const Samples kl_div_samples{
    "kl_div", [](Generator& g) {
      auto of = [&](const char* what, const Shape& shape, Reduction reduction, bool log_target) {
        return Sample{what,
                      {sample_tensor(g, shape, -3, 0),
                       log_target ? sample_tensor(g, shape, -3, 0) : sample_tensor(g, shape, 0.1, 1)},
                      [=](const Tensors& in) { return kl_div(in[0], in[1], reduction, log_target); }};
      };
      return std::vector<Sample>{of("over the rows", {2, 3}, Reduction::batchmean, false),
                                 of("logarithms over the rows", {2, 3}, Reduction::batchmean, true),
                                 of("the mean", {4}, Reduction::mean, false),
                                 of("the sum", {2, 2}, Reduction::sum, true),
                                 of("one number", {}, Reduction::batchmean, false),
                                 of("nothing", {0, 3}, Reduction::sum, false),
                                 of("a drawn shape", sample_shape(g), Reduction::none, false)};
    }};

/// Targets of 1 and -1, off them by a little, for a loss of pairs that takes any.
auto with_signs(Tensor (*loss)(const Tensor&, const Tensor&, Reduction)) {
  return [=](Generator& g) {
    auto of = [&](const char* what, const Shape& shape, Reduction reduction) {
      return Sample{what, {sample_tensor(g, shape), sample_tensor(g, shape, -1, 1)}, [=](const Tensors& in) {
                      return loss(in[0], in[1], reduction);
                    }};
    };
    return std::vector<Sample>{of("the mean", {2, 3}, Reduction::mean), of("the sum", {4}, Reduction::sum),
                               of("nothing", {0, 2}, Reduction::sum),
                               of("a drawn shape", sample_shape(g), Reduction::none)};
  };
}
const Samples soft_margin_loss_samples{"soft_margin_loss", with_signs(soft_margin_loss)};

const Samples multilabel_soft_margin_loss_samples{
    "multilabel_soft_margin_loss", [](Generator& g) {
      auto of = [&](const char* what, const Shape& shape, bool weighted, Reduction reduction) {
        Tensors inputs{sample_tensor(g, shape), sample_tensor(g, shape, 0, 1)};
        if (weighted) inputs.push_back(sample_tensor(g, {shape.back()}, 0.5, 2));
        return Sample{what, inputs, [=](const Tensors& in) {
                        return multilabel_soft_margin_loss(in[0], in[1], in.size() > 2 ? in[2] : Tensor(), reduction);
                      }};
      };
      return std::vector<Sample>{of("the mean", {2, 3}, false, Reduction::mean),
                                 of("weighted", {2, 3}, true, Reduction::sum),
                                 of("one row", {4}, true, Reduction::none), of("nothing", {0, 3}, true, Reduction::sum),
                                 of("a drawn shape", sample_shape(g, 1, 3), true, Reduction::none)};
    }};

const Samples multi_margin_loss_samples{
    "multi_margin_loss", [](Generator& g) {
      auto of = [&](const char* what, const Shape& shape, int p, bool weighted, Reduction reduction) {
        Shape rows = shape;
        rows.erase(shape.size() - 1);
        // Scores farther apart than the margin's edge: two on a grid of halves, and a margin of a quarter beyond.
        std::vector<double> scores = to_vector<double>(sample_tensor(g, shape));
        for (double& score : scores) score = static_cast<double>(static_cast<int>(score * 2)) / 2;
        Tensors inputs{to(tensor(scores, shape, cpu), default_device()), sample_indices(g, rows, shape.back())};
        if (weighted) inputs.push_back(sample_tensor(g, {shape.back()}, 0.5, 2));
        return Sample{
            what, inputs, [=](const Tensors& in) {
              return multi_margin_loss(
                  in[0], in[1],
                  {.p = p, .margin = 0.75, .weight = in.size() > 2 ? in[2] : Tensor(), .reduction = reduction});
            }};
      };
      return std::vector<Sample>{
          of("the mean", {3, 4}, 1, false, Reduction::mean), of("squares, weighted", {3, 4}, 2, true, Reduction::sum),
          of("one row", {4}, 1, true, Reduction::none), of("nothing", {0, 3}, 1, true, Reduction::sum),
          of("drawn sizes", {sample_size(g), sample_size(g)}, 2, true, Reduction::none)};
    }};

}  // namespace
}  // namespace adora::suite
