#include "causal_lm_gradients.h"

#include <algorithm>

#include "../../autograd/grad_mode.h"
#include "../../ops/creation.h"

namespace adora {
namespace {

BatchOrder order_of(const std::vector<Document>& documents, const DocumentTraining& options) {
  check(!options.group_by_length || options.shuffle,
        "CausalLmGradients: documents are grouped by length where they are shuffled");
  check(!options.packed || !options.cuda_graphs,
        "CausalLmGradients: packed documents make a graph of each step, since their lengths do; leave one of them out");
  for (std::size_t i = 0; i < documents.size(); ++i)
    check(count_targets(documents[i]) > 0, "CausalLmGradients: document {} has no token to predict", i);
  const auto size = static_cast<std::size_t>(options.batch_size);
  if (!options.group_by_length) return {documents.size(), size, options.shuffle, options.seed};
  std::vector<std::size_t> lengths;
  for (const Document& document : documents) lengths.push_back(document.tokens.size());
  return {std::move(lengths), size, options.seed};
}

}  // namespace

CausalLmGradients::CausalLmGradients(CausalLm& model, Optimizer& optimizer, const std::vector<Document>& documents,
                                     DocumentTraining options, Generator* dropout)
    : model_(model),
      documents_(documents),
      options_(options),
      dropout_(dropout),
      passes_(options.cuda_graphs ? recorded_passes(model, optimizer, dropout) : direct_passes(model, optimizer)),
      order_(order_of(documents, options)) {}

std::pair<TokenBatch, Generator::Part> CausalLmGradients::part_of(const std::vector<std::size_t>& chosen,
                                                                  const std::vector<std::size_t>& part,
                                                                  std::size_t begin, const TokenCount& count) const {
  // Each document gets the masks of dropout that it would have had in the whole batch. In rows every part is as long as
  // the whole for that; in a single one they go by tokens.
  if (!options_.packed)
    return {make_batch(documents_, part, dropout_ ? count.longest : 0),
            {.begin = begin, .count = part.size(), .whole = chosen.size()}};
  auto tokens_of = [&](auto from, auto to) {
    std::uint64_t tokens = 0;
    for (; from != to; ++from) tokens += documents_[*from].tokens.size() - 1;
    return tokens;
  };
  const auto first = chosen.begin() + static_cast<std::ptrdiff_t>(begin);
  return {make_packed_batch(documents_, part),
          {.begin = tokens_of(chosen.begin(), first),
           .count = tokens_of(part.begin(), part.end()),
           .whole = tokens_of(chosen.begin(), chosen.end())}};
}

StepGradients::Result CausalLmGradients::compute(std::int64_t step) {
  const std::vector<std::size_t> chosen = order_.batch(step, options_.epochs);
  const TokenCount count = count_tokens(documents_, chosen);
  const auto micro = static_cast<std::size_t>(options_.micro_batch_size.value_or(options_.batch_size));
  passes_->begin_step();
  const std::uint64_t masks = dropout_ ? dropout_->offset() : 0;
  for (std::size_t at = 0; at < chosen.size(); at += micro) {
    const std::vector<std::size_t> part(
        chosen.begin() + static_cast<std::ptrdiff_t>(at),
        chosen.begin() + static_cast<std::ptrdiff_t>(std::min(at + micro, chosen.size())));
    const auto [batch, place] = part_of(chosen, part, at, count);
    if (dropout_) {
      dropout_->set_offset(masks);
      dropout_->set_part(place);
    }
    // Shares of the whole batch's targets: the gradient is that of the batch, however it is cut.
    passes_->add(batch, 1.0 / static_cast<double>(count.targets), place);
  }
  if (dropout_) dropout_->set_part({});
  return {passes_->loss(), count.tokens};
}

double CausalLmGradients::try_out(std::int64_t step) {
  std::vector<std::size_t> chosen = order_.batch(step, options_.epochs);
  const auto micro = static_cast<std::size_t>(options_.micro_batch_size.value_or(options_.batch_size));
  chosen.resize(std::min(chosen.size(), micro));
  const TokenBatch batch = make_batch(documents_, chosen);
  NoGrad no_grad;
  return item(model_.loss(batch.tokens, batch.targets, {.reduction = Reduction::sum}));
}

std::int64_t steps_of_epochs(std::size_t documents, std::int64_t batch_size, std::int64_t epochs) {
  return BatchOrder(documents, static_cast<std::size_t>(batch_size), false, 0).steps(epochs);
}

}  // namespace adora
