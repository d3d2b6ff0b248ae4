#pragma once
// A small Llama with adapters, and what tests of them share.
#include "../../../catch.h"
#include "../models/small_llama.h"

namespace adora::test {

inline const std::vector<std::string> qkv_up_down{"q_proj", "k_proj", "v_proj", "up_proj", "down_proj"};
inline const std::vector<std::string> all_kinds = adapter_kinds();

inline AdapterConfig config_of(std::string kind) {
  return {.kind = kind, .rank = 2, .alpha = 5, .target_modules = qkv_up_down};
}

inline Tensor tokens() { return tensor<std::int64_t>({1, 5, 3, 9, 0, 2, 7}, {1, 7}); }

inline std::vector<double> logits(const Llama& model) {
  NoGrad no_grad;
  return to_vector<double>(model.logits(tokens()));
}

/// The adapter on a layer, and one of its tensors: "lora_A".
inline Adapter& adapter_on(AdaptableLayer& layer, const std::string& name = "default") {
  Adapter* found = AdaptedModule{"", &layer}.find(name);
  REQUIRE(found);
  return *found;
}
inline Tensor part(const Adapter& adapter, const std::string& name) {
  const StateDict state = adapter.state_dict();
  return state.contains(name) ? state.at(name) : Tensor();
}

struct SmallLlama : Llama {
  explicit SmallLlama(DType dtype = float64) : Llama(small_llama_config(), {.dtype = dtype}) {
    set_small_llama_weights(*this);
  }
};

/// Gives every tensor of an adapter numbers that are neither 0 nor 1.
inline void disturb(Llama& model, const std::string& name, std::uint64_t seed) {
  NoGrad no_grad;
  Generator g(seed, 77);
  for (auto& [key, x] : adapter_state_dict(model, name)) {
    copy_(x, x + uniform(x.shape(), -0.4, 0.4, g, x.dtype()));
  }
}

inline void check_close(const std::vector<double>& a, const std::vector<double>& b, double tolerance = 1e-10) {
  REQUIRE(a.size() == b.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  CHECK(worst < tolerance);
}

inline double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  return worst;
}

/// A plain loop: the weight that DoRA stands for.
inline std::vector<double> dora_weight(const Tensor& weight, const Tensor& A, const Tensor& B, const Tensor& m,
                                       double scale) {
  auto w = to_vector<double>(weight), a = to_vector<double>(A), b = to_vector<double>(B), mag = to_vector<double>(m);
  auto out = static_cast<std::size_t>(weight.size(0)), in = static_cast<std::size_t>(weight.size(1));
  auto rank = static_cast<std::size_t>(A.size(0));
  for (std::size_t j = 0; j < out; ++j) {
    double squares = 0;
    for (std::size_t i = 0; i < in; ++i) {
      for (std::size_t r = 0; r < rank; ++r) w[j * in + i] += scale * b[j * rank + r] * a[r * in + i];
      squares += w[j * in + i] * w[j * in + i];
    }
    for (std::size_t i = 0; i < in; ++i) w[j * in + i] *= mag[j] / std::sqrt(squares);
  }
  return w;
}

}  // namespace adora::test
