#include "sampling.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "../../ops/creation.h"
#include "../../ops/reduce.h"

namespace adora {
namespace {

constexpr float never = -std::numeric_limits<float>::infinity();

std::int64_t draw(std::span<const float> logits, Generator& generator) {
  const float most = *std::max_element(logits.begin(), logits.end());
  std::vector<double> weights;
  weights.reserve(logits.size());
  for (const float logit : logits) weights.push_back(std::exp(double{logit} - most));
  double place = generator.uniform() * std::accumulate(weights.begin(), weights.end(), 0.0);
  std::size_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    last = i;
    if ((place -= weights[i]) < 0) break;
  }
  return static_cast<std::int64_t>(last);
}

}  // namespace

void penalize_repetition(std::span<float> logits, std::span<const std::int64_t> text, double penalty) {
  std::vector<std::int64_t> once(text.begin(), text.end());
  std::sort(once.begin(), once.end());
  once.erase(std::unique(once.begin(), once.end()), once.end());
  for (const std::int64_t token : once) {
    if (token < 0 || static_cast<std::size_t>(token) >= logits.size()) continue;
    float& logit = logits[static_cast<std::size_t>(token)];
    logit = static_cast<float>(logit < 0 ? logit * penalty : logit / penalty);
  }
}

void keep_top_k(std::span<float> logits, std::int64_t k) {
  if (static_cast<std::size_t>(k) >= logits.size()) return;
  std::vector<float> sorted(logits.begin(), logits.end());
  std::nth_element(sorted.begin(), sorted.begin() + (k - 1), sorted.end(), std::greater<>());
  const float least = sorted[static_cast<std::size_t>(k - 1)];
  for (float& logit : logits)
    if (logit < least) logit = never;
}

void keep_top_p(std::span<float> logits, double p) {
  std::vector<std::size_t> order(logits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
  std::vector<double> weights;
  for (const std::size_t token : order) weights.push_back(std::exp(double{logits[token]} - logits[order[0]]));
  const double wanted = p * std::accumulate(weights.begin(), weights.end(), 0.0);
  double before = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && before >= wanted) logits[order[i]] = never;
    before += weights[i];
  }
}

void keep_min_p(std::span<float> logits, double p) {
  const float most = *std::max_element(logits.begin(), logits.end());
  for (float& logit : logits)
    if (logit < most && std::exp(double{logit} - most) < p) logit = never;
}

void warp_logits(std::span<float> logits, const Sampling& s) {
  for (float& logit : logits) logit = static_cast<float>(logit / s.temperature);
  if (s.top_k) keep_top_k(logits, *s.top_k);
  if (s.top_p && *s.top_p < 1) keep_top_p(logits, *s.top_p);
  if (s.min_p) keep_min_p(logits, *s.min_p);
}

void check_sampling(const Sampling& s) {
  check(s.repetition_penalty > 0 && std::isfinite(s.repetition_penalty),
        "sample: the repetition penalty must be above 0, not {}", s.repetition_penalty);
  check(s.temperature >= 0 && std::isfinite(s.temperature), "sample: the temperature must be 0 or more, not {}",
        s.temperature);
  check(s.top_k.value_or(1) >= 1, "sample: top_k must be 1 or more, not {}", s.top_k.value_or(1));
  check(s.top_p.value_or(1) > 0 && s.top_p.value_or(1) <= 1, "sample: top_p must lie in (0, 1], not {}",
        s.top_p.value_or(1));
  check(s.min_p.value_or(0) >= 0 && s.min_p.value_or(0) <= 1, "sample: min_p must lie in [0, 1], not {}",
        s.min_p.value_or(0));
}

std::vector<std::int64_t> sample(const Tensor& logits, const Sampling& sampling, Generator& generator,
                                 const std::vector<std::span<const std::int64_t>>& texts) {
  check_inputs("sample", {&logits});
  check_sampling(sampling);
  check(is_floating(logits.dtype()) && logits.ndim() == 2 && logits.size(1) > 0,
        "sample: {} are not the logits of rows, [rows, vocabulary]", describe(logits));
  const bool penalizes = sampling.repetition_penalty != 1;
  check(!penalizes || static_cast<std::int64_t>(texts.size()) == logits.size(0),
        "sample: a repetition penalty needs the text of each of {} rows, and there are {}", logits.size(0),
        texts.size());
  if (logits.numel() == 0) return {};
  check(item(max(logits)) < std::numeric_limits<double>::infinity(),  // NaN where one is
        "sample: the logits {} have NaN or infinite numbers; the weights may be damaged, or a training had failed",
        describe(logits));
  if (sampling.temperature == 0 && !penalizes) return to_vector<std::int64_t>(argmax(logits, 1));
  std::vector<float> all = to_vector<float>(logits);
  const auto width = static_cast<std::size_t>(logits.size(1));
  std::vector<std::int64_t> tokens;
  for (std::size_t row = 0; row * width < all.size(); ++row) {
    const std::span<float> own(all.data() + row * width, width);
    if (penalizes) penalize_repetition(own, texts[row], sampling.repetition_penalty);
    if (sampling.temperature == 0) {
      tokens.push_back(std::max_element(own.begin(), own.end()) - own.begin());
    } else {
      warp_logits(own, sampling);
      tokens.push_back(draw(own, generator));
    }
  }
  return tokens;
}

}  // namespace adora
