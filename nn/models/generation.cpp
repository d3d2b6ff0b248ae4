#include "generation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "../../autograd/grad_mode.h"
#include "../../ops/creation.h"
#include "../../ops/reduce.h"

namespace adora {

namespace {

using Ids = std::vector<std::int64_t>;

std::int64_t draw(const float* scores, std::int64_t count, const Sampling& sampling, Generator& generator) {
  Ids order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return scores[a] > scores[b]; });
  if (sampling.top_k) order.resize(std::min(order.size(), static_cast<std::size_t>(*sampling.top_k)));

  std::vector<double> weights;
  double total = 0;
  for (const std::int64_t token : order) {
    weights.push_back(std::exp((scores[token] - double{scores[order[0]]}) / sampling.temperature));
    total += weights.back();
  }
  if (sampling.top_p) {
    double sum = 0;
    std::size_t kept = 0;
    while (kept < weights.size() && sum < *sampling.top_p * total) sum += weights[kept++];
    weights.resize(std::max<std::size_t>(kept, 1));
    total = std::accumulate(weights.begin(), weights.end(), 0.0);
  }
  double place = generator.uniform() * total;
  for (std::size_t i = 0; i < weights.size(); ++i)
    if ((place -= weights[i]) < 0) return order[i];
  return order[weights.size() - 1];
}

void check_sampling(const Sampling& s) {
  check(s.temperature >= 0 && std::isfinite(s.temperature), "sample: the temperature must be 0 or more, not {}",
        s.temperature);
  check(s.top_k.value_or(1) >= 1, "sample: top_k must be 1 or more, not {}", s.top_k.value_or(1));
  check(s.top_p.value_or(1) > 0 && s.top_p.value_or(1) <= 1, "sample: top_p must lie in (0, 1], not {}",
        s.top_p.value_or(1));
}

// Prompts one under the other, the shorter ones padded at their end: [rows, longest].
Tensor padded(const std::vector<Ids>& prompts, const Ids& lengths) {
  const auto rows = static_cast<std::int64_t>(prompts.size());
  const std::int64_t longest = *std::max_element(lengths.begin(), lengths.end());
  Tensor tokens = zeros({rows, longest}, int64, cpu);
  for (std::int64_t row = 0; row < rows; ++row) {
    const Ids& prompt = prompts[static_cast<std::size_t>(row)];
    std::copy(prompt.begin(), prompt.end(), tokens.data<std::int64_t>() + row * longest);
  }
  return tokens;
}

}  // namespace

Ids sample(const Tensor& logits, const Sampling& sampling, Generator& generator) {
  check_inputs("sample", {&logits});
  check_sampling(sampling);
  check(is_floating(logits.dtype()) && logits.ndim() == 2 && logits.size(1) > 0,
        "sample: {} are not the logits of rows, [rows, vocabulary]", describe(logits));
  if (logits.numel() == 0) return {};
  check(item(max(logits)) < std::numeric_limits<double>::infinity(),  // NaN where one is
        "sample: the logits {} have NaN or infinite numbers; the weights may be damaged, or a training had failed",
        describe(logits));
  if (sampling.temperature == 0) return to_vector<std::int64_t>(argmax(logits, 1));
  const std::vector<float> scores = to_vector<float>(logits);
  Ids tokens;
  for (std::int64_t row = 0; row < logits.size(0); ++row)
    tokens.push_back(draw(scores.data() + row * logits.size(1), logits.size(1), sampling, generator));
  return tokens;
}

std::vector<Ids> generate(const CausalLm& model, const std::vector<Ids>& prompts, std::int64_t max_new_tokens,
                          const Sampling& sampling, Generator& generator) {
  check(max_new_tokens >= 0 && max_new_tokens <= std::int64_t{1} << 31,
        "generate: max_new_tokens must lie in 0 … 2^31, not {}", max_new_tokens);
  check_sampling(sampling);
  if (prompts.empty() || max_new_tokens == 0) return prompts;
  NoGrad no_grad;
  const Ids& ends = model.config().eos_token_id;
  std::vector<Ids> texts = prompts;
  Ids lengths;
  for (const Ids& prompt : prompts) lengths.push_back(static_cast<std::int64_t>(prompt.size()));
  const Tensor tokens = padded(prompts, lengths);
  KvCache cache = model.make_cache(tokens.size(0), tokens.size(1) + max_new_tokens);
  Tensor logits = model.prefill(tokens, lengths, cache);
  Ids rows(prompts.size());  // those that go on; logits has one row for each
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  for (std::int64_t added = 1;; ++added) {
    const Ids next = sample(logits, sampling, generator);
    Ids going, last;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      texts[static_cast<std::size_t>(rows[i])].push_back(next[i]);
      if (std::find(ends.begin(), ends.end(), next[i]) != ends.end()) continue;
      going.push_back(rows[i]);
      last.push_back(next[i]);
    }
    if (going.empty() || added == max_new_tokens) return texts;
    rows = std::move(going);
    logits = model.decode(tensor(last, {static_cast<std::int64_t>(last.size())}), rows, cache);
  }
}

std::vector<Ids> generate(const CausalLm& model, const std::vector<Ids>& prompts, std::int64_t max_new_tokens) {
  Generator unused(0);
  return generate(model, prompts, max_new_tokens, {}, unused);
}

}  // namespace adora
