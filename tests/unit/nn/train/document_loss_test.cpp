// The mean loss of held-out documents.
#include "../../../../nn/train/document_loss.h"

#include <cmath>

#include "../../../refused.h"
#include "../models/small_llama.h"

using namespace adora;

namespace {

/// The sum of the targets' losses of one document, from its logits in double.
double plain_loss(const Llama& model, const Document& document) {
  NoGrad no_grad;
  const auto count = static_cast<std::int64_t>(document.tokens.size());
  const auto logits = to_vector<double>(to(model.logits(tensor(document.tokens, {1, count})), float64));
  const std::size_t vocabulary = 11;
  double sum = 0;
  for (const auto& [first, last] : document.targets) {
    for (std::size_t at = first; at < last; ++at) {
      const double* row = logits.data() + (at - 1) * vocabulary;
      double total = 0;
      for (std::size_t i = 0; i < vocabulary; ++i) total += std::exp(row[i]);
      sum += std::log(total) - row[static_cast<std::size_t>(document.tokens[at])];
    }
  }
  return sum;
}

}  // namespace

TEST_CASE("the loss of documents is the mean over their target tokens, however many are taken at a time") {
  Llama model(small_llama_config());
  set_small_llama_weights(model);
  const std::vector<Document> documents{
      {{1, 5, 2}, {{1, 3}}}, {{3, 4, 5, 6, 7, 8, 9, 10}, {{1, 4}, {5, 8}}}, {{1, 2, 3, 4, 5}, {{3, 5}}}, {{7, 7}, {}}};
  double sum = 0;
  for (const Document& document : documents) sum += plain_loss(model, document);
  const double mean = sum / (2 + 6 + 2 + 0);
  model.train();
  for (const std::int64_t rows : {1, 2, 3, 4, 9})
    CHECK(document_loss(model, documents, rows) == Approx(mean).epsilon(1e-5));
  CHECK(model.training());
  check_refused({{"document_loss", [&] { document_loss(model, documents, 0); }},
                 {"document_loss", [&] { document_loss(model, {}, 1); }},
                 {"document_loss", [&] { document_loss(model, {documents[3]}, 1); }}});
}
