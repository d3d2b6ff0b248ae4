#pragma once
#include <cmath>

#include "../../../catch.h"
#include "but_elementwise.h"

// Weights that a line states, and numbers that transformers computes in float64 with the same.

/// Element i of the parameter number p of `names` is 0.3·sin(0.7·i + p), and `of_norms` more in the weights of norms.
inline void set_sine_weights(adora::CausalLm& model, const std::vector<std::string>& names, double of_norms = 1) {
  using namespace adora;
  StateDict state;
  for (std::size_t p = 0; p < names.size(); ++p) {
    const std::string& name = names[p];
    const Tensor like = model.state_dict().at(name);
    const bool norm =
        name.ends_with("weight") && (name.find("norm") != std::string::npos || name.find("ln_") != std::string::npos);
    std::vector<double> values;
    for (std::int64_t i = 0; i < like.numel(); ++i) {
      const double value = 0.3 * std::sin(0.7 * static_cast<double>(i) + static_cast<double>(p));
      values.push_back(norm ? of_norms + value : value);
    }
    state[name] = tensor(values, like.shape());
  }
  model.load_state_dict(state);
}

inline adora::Tensor two_texts() {
  return adora::tensor<std::int64_t>({1, 5, 3, 9, 0, 2, 7, 4, 4, 10, 8, 6, 1, 1}, {2, 7});
}
inline adora::Tensor two_targets() {
  return adora::tensor<std::int64_t>({5, 3, 9, 0, 2, 7, -100, 4, 10, 8, 6, 1, -100, -100}, {2, 7});
}

inline void compare(const adora::Tensor& row, const std::vector<double>& expected, double tolerance) {
  const auto values = adora::to_vector<double>(row);
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(values[i] == Approx(expected[i]).epsilon(tolerance));
}

/// A parameter's gradient: its norm, and its second element.
struct Gradient {
  std::string name;
  double norm, second;
};

/// The loss over the two texts and its gradients in every parameter.
inline void check_loss(adora::CausalLm& model, double loss, const std::vector<Gradient>& gradients) {
  using namespace adora;
  const Tensor y = model.loss(two_texts(), two_targets());
  CHECK(item(y) == Approx(loss).epsilon(1e-12));
  backward(y);
  const StateDict state = model.state_dict();
  CHECK(state.size() == gradients.size());
  for (const Gradient& expected : gradients) {
    INFO(expected.name);
    const auto g = to_vector<double>(grad(state.at(expected.name)));
    double squares = 0;
    for (const double v : g) squares += v * v;
    CHECK(std::sqrt(squares) == Approx(expected.norm).epsilon(1e-10));
    // An element that is nearly nothing beside the others is as wrong as they are.
    CHECK(g[1] == Approx(expected.second).epsilon(1e-10).margin(1e-11 * expected.norm));
  }
}

/// The logits of the two texts' next tokens, decoded with the rows exchanged after a prefill, are those of the whole.
inline void check_cache(const adora::CausalLm& model, std::int64_t capacity) {
  using namespace adora;
  NoGrad no_grad;
  const Tensor whole = model.logits(two_texts());
  KvCache cache = model.make_cache(2, capacity);
  model.prefill(slice(two_texts(), 1, 0, 5), {5, 3}, cache);
  const Tensor both = model.decode(tensor<std::int64_t>({8, 2}), {1, 0}, cache);
  compare(select(both, 0, 0), to_vector<double>(select(select(whole, 0, 1), 0, 3)), 1e-11);
  compare(select(both, 0, 1), to_vector<double>(select(select(whole, 0, 0), 0, 5)), 1e-11);
}
