// The loss of texts in windows, against the logits of each window written out.
#include "../../../../nn/train/perplexity.h"

#include <cmath>

#include "../../../../autograd/grad_mode.h"
#include "../../../../ops/view.h"
#include "../models/small_llama.h"

using namespace adora;

namespace {

using Ids = std::vector<std::int64_t>;

/// -log p of the token behind `before`.
double loss_of(const CausalLm& model, const Ids& before, std::int64_t token) {
  NoGrad no_grad;
  const auto count = static_cast<std::int64_t>(before.size());
  const auto logits = to_vector<double>(select(select(model.logits(tensor(before, {1, count})), 0, 0), 0, count - 1));
  double sum = 0;
  for (const double logit : logits) sum += std::exp(logit);
  return std::log(sum) - logits[static_cast<std::size_t>(token)];
}

const Ids text{1, 5, 3, 2, 9, 4, 8, 7, 7, 10, 3};

}  // namespace

TEST_CASE("perplexity: each token of a text is predicted once, from what its window has before it") {
  Llama model(small_llama_config(), {.dtype = float64});
  set_small_llama_weights(model);
  for (const auto& [context, stride] : {std::pair<std::int64_t, std::int64_t>{4, 2}, {4, 3}, {4, 1}, {50, 25}}) {
    double wanted = 0;
    std::int64_t window = 0;
    for (std::int64_t at = 1; at < static_cast<std::int64_t>(text.size()); ++at) {
      while (at >= window + context) window += stride;
      wanted += loss_of(model, Ids(text.begin() + window, text.begin() + at), text[static_cast<std::size_t>(at)]);
    }
    INFO(context << ", " << stride);
    const PredictionLoss found = windowed_loss(model, text, context, stride);
    CHECK(found.tokens == 10);
    CHECK(std::abs(found.sum - wanted) < 1e-9);
    CHECK(std::abs(found.perplexity() - std::exp(wanted / 10)) < 1e-9 * std::exp(wanted / 10));
  }
  CHECK_THROWS_AS(windowed_loss(model, text, 4, 4), Error);
  CHECK_THROWS_AS(windowed_loss(model, text, 4, 0), Error);
}
