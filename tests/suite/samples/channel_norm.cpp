#include "ops/channel_norm.h"
#include "ops/arithmetic.h"
#include "ops/elementwise/square.h"
#include "ops/reduce.h"
#include "ops/view.h"
#include "sample.h"

namespace adora::suite {
namespace {

constexpr double eps = 1e-2;

/// How large the terms are in the gradients: over the least of the variances that numbers are normalized by.
double terms_of(const Tensor& x, std::int64_t groups) {
  if (x.numel() == 0) return 1;
  std::int64_t places = 1;
  for (int d = 2; d < x.ndim(); ++d) places *= x.shape()[d];
  const Tensor rows = groups > 0 ? reshape(x, {x.size(0), groups, x.size(1) / groups * places})
                                 : reshape(x, {x.size(0), x.size(1), places});
  const Shape shared = groups > 0 ? Shape{2} : Shape{0, 2};
  const Tensor centred = rows - mean(rows, shared, true);
  return std::max(1.0, 4 / (item(min(mean(square(centred), shared))) + eps));
}

using Norm = std::function<Tensor(const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& weight,
                                  const Tensor& bias)>;

/// Samples of x, running values and parameters. The running values are copied, since the op changes them.
Sample sample_of(Generator& g, const char* what, const Shape& shape, bool running, bool weight, bool bias,
                 std::int64_t groups, const Norm& norm) {
  const std::int64_t channels = shape[1];
  Tensor x = sample_tensor(g, shape), none;
  Tensors inputs{x, running ? sample_tensor(g, {channels}) : none,
                 running ? sample_tensor(g, {channels}, 0.5, 2) : none, weight ? sample_tensor(g, {channels}) : none,
                 bias ? sample_tensor(g, {channels}) : none};
  while (!inputs.back().defined()) inputs.pop_back();
  auto run = [=](const Tensors& in) {
    auto at = [&](std::size_t i) { return i < in.size() ? in[i] : Tensor(); };
    auto copied = [](const Tensor& t) { return t.defined() ? clone(t) : t; };
    return norm(in[0], copied(at(1)), copied(at(2)), at(3), at(4));
  };
  std::vector<bool> differentiable{true, false, false, weight, bias};
  differentiable.resize(inputs.size());
  return {what, inputs, run, differentiable, terms_of(x, groups)};
}

Shape drawn_shape(Generator& g, std::int64_t least_places) {
  return {sample_size(g, 2, 3), sample_size(g, 1, 3), sample_size(g, least_places, 3)};
}

auto batch_samples(Tensor (*f)(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                               const BatchNormOptions&)) {
  return [=](Generator& g) {
    auto of = [&](const char* what, const Shape& shape, bool running, bool weight, bool bias, bool training) {
      return sample_of(g, what, shape, running, weight, bias, 0,
                       [=](const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& w, const Tensor& b) {
                         return f(x, mean, var, w, b, {.training = training, .momentum = 0.2, .eps = eps});
                       });
    };
    return std::vector<Sample>{of("rows in training", {5, 3}, true, true, true, true),
                               of("places in training", {2, 3, 2, 2}, true, true, true, true),
                               of("many places in training", {2, 2, 17}, false, true, true, true),
                               of("without parameters", {3, 2, 2}, false, false, false, true),
                               of("without a weight", {4, 2}, false, false, true, true),
                               of("running values, rows", {3, 4}, true, true, true, false),
                               of("running values, places", {2, 2, 3}, true, true, false, false),
                               of("running values, many places", {1, 2, 17}, true, true, true, false),
                               of("nothing in training", {0, 3}, true, true, true, true),
                               of("nothing for running values", {2, 2, 0}, true, true, true, false),
                               of("drawn sizes", drawn_shape(g, 1), true, true, true, true)};
  };
}

auto group_samples(Tensor (*f)(const Tensor&, std::int64_t, const Tensor&, const Tensor&, double)) {
  return [=](Generator& g) {
    auto of = [&](const char* what, const Shape& shape, std::int64_t groups, bool weight, bool bias) {
      return sample_of(g, what, shape, false, weight, bias, groups,
                       [=](const Tensor& x, const Tensor&, const Tensor&, const Tensor& w, const Tensor& b) {
                         return f(x, groups, w, b, eps);
                       });
    };
    return std::vector<Sample>{
        of("groups of rows", {2, 6}, 2, true, true),          of("groups of places", {2, 4, 3}, 2, true, true),
        of("one group", {2, 3, 2, 2}, 1, true, false),        of("many places", {1, 4, 17}, 2, true, true),
        of("without parameters", {2, 2, 3}, 2, false, false), of("nothing", {0, 4}, 2, true, true),
        of("drawn sizes", drawn_shape(g, 2), 1, true, true)};
  };
}

auto instance_samples(Tensor (*f)(const Tensor&, const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                                  const InstanceNormOptions&)) {
  return [=](Generator& g) {
    auto of = [&](const char* what, const Shape& shape, bool running, bool parameters, bool use_input_stats) {
      return sample_of(g, what, shape, running, parameters, parameters, shape[1],
                       [=](const Tensor& x, const Tensor& mean, const Tensor& var, const Tensor& w, const Tensor& b) {
                         return f(x, mean, var, w, b, {.use_input_stats = use_input_stats, .eps = eps});
                       });
    };
    return std::vector<Sample>{of("places", {2, 3, 4}, false, true, true),
                               of("many places", {1, 2, 18}, true, true, true),
                               of("without parameters", {2, 2, 2, 2}, true, false, true),
                               of("running values", {2, 3, 2}, true, true, false),
                               of("nothing", {0, 3, 2}, true, true, true),
                               of("drawn sizes", drawn_shape(g, 2), false, true, true)};
  };
}

const Samples batch_norm_samples{"batch_norm", batch_samples(batch_norm)};
const Samples batch_norm_composed_samples{"batch_norm_composed", batch_samples(batch_norm_composed)};
const Samples group_norm_samples{"group_norm", group_samples(group_norm)};
const Samples group_norm_composed_samples{"group_norm_composed", group_samples(group_norm_composed)};
const Samples instance_norm_samples{"instance_norm", instance_samples(instance_norm)};
const Samples instance_norm_composed_samples{"instance_norm_composed", instance_samples(instance_norm_composed)};

}  // namespace
}  // namespace adora::suite
