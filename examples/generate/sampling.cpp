#include "sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace adora::generate {

std::int64_t sample(const Tensor& logits, const Sampling& sampling, Generator& generator) {
  const std::vector<float> scores = to_vector<float>(logits);
  if (sampling.temperature == 0) return std::max_element(scores.begin(), scores.end()) - scores.begin();

  std::vector<std::int64_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  auto score = [&](std::int64_t token) { return scores[static_cast<std::size_t>(token)]; };
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return score(a) > score(b); });
  if (sampling.top_k) order.resize(std::min(order.size(), static_cast<std::size_t>(*sampling.top_k)));

  std::vector<double> weights;
  double total = 0;
  for (const std::int64_t token : order) {
    weights.push_back(std::exp((score(token) - double{score(order[0])}) / sampling.temperature));
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

}  // namespace adora::generate
