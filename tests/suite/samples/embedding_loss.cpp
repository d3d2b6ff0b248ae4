#include "ops/embedding_loss.h"

#include <cmath>
#include <limits>

#include "sample.h"

namespace adora::suite {
namespace {

const Samples cosine_similarity_samples{
    "cosine_similarity", [](Generator& g) {
      auto of = [&](const char* what, const Shape& a, const Shape& b, std::int64_t dim) {
        return Sample{what, {sample_tensor(g, a, 0.5, 2), sample_tensor(g, b, 0.5, 2)}, [=](const Tensors& in) {
                        return cosine_similarity(in[0], in[1], dim);
                      }};
      };
      return std::vector<Sample>{
          of("rows", {2, 3}, {2, 3}, 1),        of("columns", {3, 2}, {3, 2}, 0),
          of("one with many", {2, 3}, {3}, -1), of("each with each", {2, 1, 3}, {4, 3}, 2),
          of("no rows", {0, 3}, {0, 3}, 1),     of("drawn sizes", {sample_size(g), 4, sample_size(g)}, {4, 1}, 1)};
    }};

/// Two tensors whose differences keep away from 0.
Tensors apart(Generator& g, const Shape& a, const Shape& b) {
  return {sample_tensor(g, a, 0.5, 2), sample_tensor(g, b, -2, -0.5)};
}

const Samples pairwise_distance_samples{
    "pairwise_distance", [](Generator& g) {
      auto of = [&](const char* what, const Shape& a, const Shape& b, double p, bool keepdim) {
        return Sample{what, apart(g, a, b),
                      [=](const Tensors& in) { return pairwise_distance(in[0], in[1], p, 1e-6, keepdim); }};
      };
      constexpr double infinity = std::numeric_limits<double>::infinity();
      return std::vector<Sample>{of("Euclid's", {2, 3}, {2, 3}, 2, false),
                                 of("along the axes", {2, 3}, {3}, 1, true),
                                 of("the largest", {2, 3}, {2, 3}, infinity, false),
                                 of("of another power", {2, 3}, {2, 3}, 3, false),
                                 of("of a root", {4}, {4}, 0.5, false),
                                 of("how many", {3}, {2, 3}, 0, false),
                                 of("no rows", {0, 3}, {0, 3}, 2, false),
                                 of("drawn sizes", {sample_size(g), 1, 2}, {sample_size(g), 2}, 1.5, false)};
    }};

/// 1 and -1 in turn, for pairs.
Tensor signs(const Shape& shape) {
  std::vector<double> values(static_cast<std::size_t>(numel(shape)));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 2 == 0 ? 1 : -1;
  return to(tensor(values, shape, cpu), default_device());
}

const Samples cosine_embedding_loss_samples{
    "cosine_embedding_loss", [](Generator& g) {
      auto of = [&](const char* what, const Shape& shape, Reduction reduction) {
        Shape rows = shape;
        rows.erase(rows.size() - 1);
        return Sample{what,
                      {sample_tensor(g, shape, 0.5, 2), sample_tensor(g, shape, 0.5, 2), signs(rows)},
                      [=](const Tensors& in) { return cosine_embedding_loss(in[0], in[1], in[2], 0.1, reduction); },
                      {true, true, false}};
      };
      return std::vector<Sample>{of("the mean", {4, 3}, Reduction::mean), of("one pair", {3}, Reduction::sum),
                                 of("nothing", {0, 3}, Reduction::sum),
                                 of("drawn sizes", {sample_size(g), sample_size(g, 2, 4)}, Reduction::none)};
    }};

const Samples margin_ranking_loss_samples{
    "margin_ranking_loss", [](Generator& g) {
      auto of = [&](const char* what, const Shape& shape, Reduction reduction) {
        Tensors inputs = apart(g, shape, shape);
        inputs.push_back(signs(shape));
        return Sample{what, inputs,
                      [=](const Tensors& in) { return margin_ranking_loss(in[0], in[1], in[2], 0.5, reduction); }};
      };
      return std::vector<Sample>{of("the mean", {2, 3}, Reduction::mean), of("the sum", {3}, Reduction::sum),
                                 of("nothing", {0}, Reduction::sum),
                                 of("a drawn shape", sample_shape(g), Reduction::none)};
    }};

const Samples hinge_embedding_loss_samples{
    "hinge_embedding_loss", [](Generator& g) {
      auto of = [&](const char* what, const Shape& shape, double low, double high, Reduction reduction) {
        return Sample{what,
                      {sample_tensor(g, shape, low, high), signs(shape)},
                      [=](const Tensors& in) { return hinge_embedding_loss(in[0], in[1], 1, reduction); },
                      {true, false}};
      };
      return std::vector<Sample>{of("within the margin", {2, 3}, 0, 0.9, Reduction::mean),
                                 of("beyond it", {3}, 1.1, 2, Reduction::sum), of("nothing", {0}, 0, 1, Reduction::sum),
                                 of("a drawn shape", sample_shape(g), -2, 0.9, Reduction::none)};
    }};

const Samples triplet_margin_loss_samples{
    "triplet_margin_loss", [](Generator& g) {
      auto of = [&](const char* what, const Shape& shape, const TripletMarginOptions& options) {
        return Sample{what,
                      {sample_tensor(g, shape, 0.5, 1), sample_tensor(g, shape, -1, 0), sample_tensor(g, shape, 2, 3)},
                      [=](const Tensors& in) { return triplet_margin_loss(in[0], in[1], in[2], options); }};
      };
      // The margin exceeds every difference of distances; the positives lie farther from the negatives than the
      // anchors.
      return std::vector<Sample>{
          of("the mean", {2, 3}, {.margin = 9}), of("along the axes", {2, 3}, {.margin = 20, .p = 1}),
          of("one triplet", {4}, {.margin = 9, .swap = true}), of("nothing", {0, 3}, {.reduction = Reduction::sum}),
          of("drawn sizes", {sample_size(g), sample_size(g)}, {.margin = 9, .p = 3, .reduction = Reduction::none})};
    }};

}  // namespace
}  // namespace adora::suite
