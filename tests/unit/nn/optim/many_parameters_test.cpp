#include <cmath>

#include "../../../catch.h"
#include "../../../devices.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

/// The expected values of one parameter and its moments, computed by plain loops in double.
struct Plain {
  std::vector<double> param, m, v;
  int steps = 0;
};

/// More parameters than a launch holds, of sizes around those that are read four at a time, one empty, one of several
/// blocks; some in float64, some of a half type.
std::vector<NamedTensor> many(Device device) {
  Generator generator(1);
  std::vector<NamedTensor> parameters;
  for (int i = 0; i < 1300; ++i) {
    const std::int64_t size = i == 7 ? 9001 : i == 8 ? 8192 : i % 9;
    const DType dtype = i % 5 == 0 ? float64 : i % 3 == 0 ? bfloat16 : float32;
    const Tensor x = to(uniform({size}, -1, 1, generator, dtype), device);
    parameters.push_back({"p" + std::to_string(i), requires_grad(x.detach())});
  }
  return parameters;
}

/// Gradients for all but those whose turn it is to be left out.
void set_gradients(const std::vector<NamedTensor>& parameters, Generator& generator, int round) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor& x = parameters[i].tensor;
    clear_grad(x);
    if (static_cast<int>(i % 7) < round) continue;
    set_grad(x, to(uniform(x.shape(), -1, 1, generator, x.dtype()), x.device()));
  }
}

template <class Step> void check_steps(Device device, Optimizer& optimizer, const Step& step) {
  const std::vector<NamedTensor>& parameters = optimizer.parameters();
  std::vector<Plain> plain;
  for (const NamedTensor& one : parameters) {
    std::vector<double> values = to_vector<double>(one.tensor), nothing(values.size());
    plain.push_back({values, nothing, nothing});
  }
  Generator generator(2);
  for (int round = 0; round < 3; ++round) {
    set_gradients(parameters, generator, round);
    double squares = 0;
    for (std::size_t i = 0; i < plain.size(); ++i) {
      const Tensor gradient = grad(parameters[i].tensor);
      if (!gradient.defined()) continue;
      ++plain[i].steps;
      const std::vector<double> g = to_vector<double>(gradient);
      for (std::size_t k = 0; k < g.size(); ++k) {
        step(plain[i], k, g[k]);
        squares += g[k] * g[k];
      }
    }
    CHECK(grad_norm(parameters) == Approx(std::sqrt(squares)).epsilon(1e-12));
    optimizer.step();
  }
  double worst = 0;
  const StateDict state = optimizer.state_dict();
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const auto twin = state.find("float32." + parameters[i].name);
    const std::vector<double> got = to_vector<double>(twin == state.end() ? parameters[i].tensor : twin->second);
    for (std::size_t k = 0; k < got.size(); ++k) worst = std::max(worst, std::abs(got[k] - plain[i].param[k]));
  }
  INFO(to_string(device));
  CHECK(worst < 2e-6);
}

}  // namespace

TEST_CASE("AdamW steps more than a thousand parameters as it would each by itself") {
  const AdamWOptions o{.lr = 0.02, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-4, .weight_decay = 0.1};
  for (Device device : test_devices()) {
    AdamW optimizer(many(device), o);
    check_steps(device, optimizer, [&](Plain& p, std::size_t k, double g) {
      p.m[k] = o.beta1 * p.m[k] + (1 - o.beta1) * g;
      p.v[k] = o.beta2 * p.v[k] + (1 - o.beta2) * g * g;
      const double m = p.m[k] / (1 - std::pow(o.beta1, p.steps)), v = p.v[k] / (1 - std::pow(o.beta2, p.steps));
      p.param[k] -= o.lr * o.weight_decay * p.param[k] + o.lr * m / (std::sqrt(v) + o.eps);
    });
  }
}

TEST_CASE("SGD steps more than a thousand parameters as it would each by itself") {
  for (Device device : test_devices()) {
    for (double momentum : {0.0, 0.9}) {
      SGD optimizer(many(device), {.lr = 0.02, .momentum = momentum, .weight_decay = 0.1});
      check_steps(device, optimizer, [&](Plain& p, std::size_t k, double g) {
        p.v[k] = momentum * p.v[k] + g + 0.1 * p.param[k];
        p.param[k] -= 0.02 * p.v[k];
      });
    }
  }
}

TEST_CASE("an optimizer asks for parameters of one device") {
  if (cuda::device_count() == 0) return;
  const Tensor here = requires_grad(zeros({2}, float32, cpu)), there = requires_grad(zeros({2}, float32, cuda_device));
  set_grad(here, ones({2}, float32, cpu));
  set_grad(there, ones({2}, float32, cuda_device));
  SGD optimizer({{"here", here}, {"there", there}});
  CHECK_THROWS_WITH(optimizer.step(), ContainsSubstring("cuda:0"));
}
