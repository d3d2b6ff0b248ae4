#include "ops/regression_loss.h"

#include <cmath>

#include "sample.h"

namespace adora::suite {
namespace {

using Loss = std::function<Tensor(const Tensor& input, const Tensor& target, Reduction reduction)>;

/// Samples of a loss with all its reductions. Differences keep away from the loss's kinks, at 0, ½ and 1, by being
/// an odd multiple of a 256th.
auto samples_of(const Loss& loss) {
  return [=](Generator& g) {
    auto numbers = [&](const Shape& shape, double offset) {
      std::vector<double> values = to_vector<double>(sample_tensor(g, shape));
      for (double& value : values) value = std::floor(value * 128) / 128 + offset;
      return to(tensor(values, shape, cpu), default_device());
    };
    auto of = [&](const char* what, const Shape& shape, Reduction reduction) {
      return Sample{what, {numbers(shape, 0), numbers(shape, 1. / 256)}, [=](const Tensors& in) {
                      return loss(in[0], in[1], reduction);
                    }};
    };
    return std::vector<Sample>{
        of("the mean", {2, 3}, Reduction::mean),      of("the sum", {4}, Reduction::sum),
        of("one by one", {2, 1, 3}, Reduction::none), of("one number", {}, Reduction::mean),
        of("nothing", {0, 3}, Reduction::sum),        of("a drawn shape", sample_shape(g), Reduction::none)};
  };
}

const Samples mse_loss_samples{"mse_loss", samples_of(mse_loss)};
const Samples l1_loss_samples{"l1_loss", samples_of(l1_loss)};
const Samples huber_loss_samples{"huber_loss", samples_of([](const Tensor& x, const Tensor& y, Reduction reduction) {
                                   return huber_loss(x, y, reduction, 0.5);
                                 })};
const Samples smooth_l1_loss_samples{"smooth_l1_loss", [](Generator& g) {
                                       auto with = [&](double beta) {
                                         return samples_of([=](const Tensor& x, const Tensor& y, Reduction reduction) {
                                           return smooth_l1_loss(x, y, reduction, beta);
                                         })(g);
                                       };
                                       std::vector<Sample> all = with(1);
                                       for (double beta : {0.5, 0.0}) all.push_back(with(beta)[5]);
                                       return all;
                                     }};

const Samples gaussian_nll_loss_samples{
    "gaussian_nll_loss", [](Generator& g) {
      auto of = [&](const char* what, const Shape& shape, const Shape& variances, const GaussianNllOptions& options) {
        return Sample{what,
                      {sample_tensor(g, shape), sample_tensor(g, shape), sample_tensor(g, variances, 0.5, 2)},
                      [=](const Tensors& in) { return gaussian_nll_loss(in[0], in[1], in[2], options); }};
      };
      const std::int64_t n = sample_size(g), d = sample_size(g);
      return std::vector<Sample>{
          of("a variance for each", {2, 3}, {2, 3}, {}),
          of("one for a row", {2, 3}, {2}, {.full = true}),
          of("one for a row, kept", {2, 3}, {2, 1}, {.reduction = Reduction::none}),
          of("one for all", {4}, {}, {.reduction = Reduction::sum}),
          of("nothing", {0, 3}, {0, 3}, {.reduction = Reduction::sum}),
          of("drawn sizes", {n, d}, {n, d}, {.full = true, .eps = 1e-3, .reduction = Reduction::none})};
    }};

const Samples poisson_nll_loss_samples{
    "poisson_nll_loss", [](Generator& g) {
      // Counts away from 1, from where on Stirling's term is added.
      auto of = [&](const char* what, const Shape& shape, double low, double high, const PoissonNllOptions& options) {
        return Sample{what,
                      {sample_tensor(g, shape, 0.5, 2), sample_tensor(g, shape, low, high)},
                      [=](const Tensors& in) { return poisson_nll_loss(in[0], in[1], options); }};
      };
      return std::vector<Sample>{
          of("logarithms", {2, 3}, 0, 3, {}),
          of("rates", {4}, 0, 3, {.log_input = false, .reduction = Reduction::sum}),
          of("rates, with Stirling's term", {5}, 1.5, 4, {.log_input = false, .full = true}),
          of("small counts", {2, 2}, 0, 0.9, {.full = true, .reduction = Reduction::none}),
          of("nothing", {0}, 0, 1, {.full = true, .reduction = Reduction::sum}),
          of("a drawn shape", sample_shape(g), 1.5, 4, {.full = true, .reduction = Reduction::none})};
    }};

}  // namespace
}  // namespace adora::suite
