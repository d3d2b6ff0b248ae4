#include "document_loss.h"

#include <algorithm>
#include <numeric>

#include "../../autograd/grad_mode.h"
#include "../../ops/creation.h"
#include "eval_mode.h"

namespace adora {

double document_loss(CausalLm& model, const std::vector<Document>& documents, std::int64_t rows) {
  check(rows >= 1, "document_loss: {} documents at a time: there must be 1 or more", rows);
  const detail::EvalMode evaluating(model);
  NoGrad no_grad;
  std::vector<std::size_t> order(documents.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // The longest first: where memory doesn't suffice, that shows at once.
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return documents[a].tokens.size() > documents[b].tokens.size();
  });
  const std::int64_t targets = count_tokens(documents, order).targets;
  check(targets > 0, "document_loss: none of {} documents has a token to predict", documents.size());
  double sum = 0;
  for (std::size_t at = 0; at < order.size(); at += static_cast<std::size_t>(rows)) {
    const std::size_t end = std::min(at + static_cast<std::size_t>(rows), order.size());
    const TokenBatch batch = make_batch(
        documents, {order.begin() + static_cast<std::ptrdiff_t>(at), order.begin() + static_cast<std::ptrdiff_t>(end)});
    sum += item(model.loss(batch.tokens, batch.targets, {.reduction = Reduction::sum}));
  }
  return sum / static_cast<double>(targets);
}

}  // namespace adora
