#include "perplexity.h"

#include <algorithm>
#include <cmath>

#include "../../autograd/grad_mode.h"
#include "../../core/error.h"
#include "../../ops/creation.h"
#include "../data/batches.h"
#include "eval_mode.h"

namespace adora {
double PredictionLoss::perplexity() const { return std::exp(mean()); }

PredictionLoss windowed_loss(CausalLm& model, const std::vector<std::int64_t>& tokens, std::int64_t context,
                             std::int64_t stride, const std::function<void(std::int64_t)>& done) {
  check(stride >= 1 && stride < context, "windowed_loss: the stride must lie in 1 … {}, below the context, not {}",
        context - 1, stride);
  const detail::EvalMode evaluating(model);
  NoGrad no_grad;
  PredictionLoss result;
  const auto count = static_cast<std::int64_t>(tokens.size());
  std::int64_t predicted = 1;  // tokens that are done with; nothing predicts the first
  for (std::int64_t begin = 0; predicted < count; begin += stride) {
    const std::int64_t end = std::min(begin + context, count);
    const Document window{
        .tokens = {tokens.begin() + begin, tokens.begin() + end},
        .targets = {{static_cast<std::size_t>(predicted - begin), static_cast<std::size_t>(end - begin)}}};
    const TokenBatch batch = make_batch({window}, {0});
    result.sum += item(model.loss(batch.tokens, batch.targets, {.reduction = Reduction::sum}));
    result.tokens += end - predicted;
    predicted = end;
    if (done) done(result.tokens);
  }
  return result;
}

}  // namespace adora
