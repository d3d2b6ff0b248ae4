#include "batches.h"

#include <algorithm>
#include <numeric>

#include "../../ops/creation.h"
#include "shuffle.h"

namespace adora {

namespace {

constexpr std::int64_t ignored = -100;
constexpr std::uint64_t batches_stream = 0x5342;  // other random numbers than the documents' order has

}  // namespace

std::int64_t BatchOrder::steps(std::int64_t epochs) const {
  const auto all = static_cast<std::int64_t>(documents_) * epochs, size = static_cast<std::int64_t>(batch_size_);
  return (all + size - 1) / size;
}

std::vector<std::size_t> BatchOrder::batch(std::int64_t step, std::int64_t epochs) {
  const auto count = static_cast<std::int64_t>(documents_), size = static_cast<std::int64_t>(batch_size_);
  const std::int64_t end = epochs == 0 ? (step + 1) * size : std::min((step + 1) * size, count * epochs);
  std::vector<std::size_t> chosen;
  for (std::int64_t at = step * size; at < end; ++at) {
    if (at / count != epoch_) {
      epoch_ = at / count;
      if (shuffle_) {
        order_ = shuffled_order(documents_, seed_, epoch_);
        if (!lengths_.empty()) group_by_length(epoch_);
      } else {
        order_.resize(documents_);
        std::iota(order_.begin(), order_.end(), std::size_t{0});
      }
    }
    chosen.push_back(order_[static_cast<std::size_t>(at % count)]);
  }
  return chosen;
}

void BatchOrder::group_by_length(std::int64_t epoch) {
  // The epoch's first batch may have begun in the one before, and its last may go on in the next.
  const std::size_t behind = static_cast<std::size_t>(epoch) % batch_size_ * (documents_ % batch_size_) % batch_size_;
  const std::size_t head = std::min(documents_, (batch_size_ - behind) % batch_size_);
  const std::size_t batches = (documents_ - head) / batch_size_, together = 50;
  const auto whole = order_.begin() + static_cast<std::ptrdiff_t>(head);
  for (std::size_t at = 0; at < batches; at += together) {
    const auto from = whole + static_cast<std::ptrdiff_t>(at * batch_size_);
    const auto to = whole + static_cast<std::ptrdiff_t>(std::min(at + together, batches) * batch_size_);
    std::stable_sort(from, to, [&](std::size_t a, std::size_t b) { return lengths_[a] < lengths_[b]; });
  }
  const std::vector<std::size_t> sorted(whole, order_.end());
  auto place = whole;
  for (const std::size_t batch : shuffled_order(batches, seed_, epoch, batches_stream))
    place = std::copy_n(sorted.begin() + static_cast<std::ptrdiff_t>(batch * batch_size_), batch_size_, place);
}

TokenBatch make_packed_batch(const std::vector<Document>& documents, const std::vector<std::size_t>& chosen) {
  std::vector<std::int64_t> tokens, targets, texts;
  for (const std::size_t i : chosen) {
    const Document& document = documents[i];
    const std::size_t start = tokens.size();
    tokens.insert(tokens.end(), document.tokens.begin(), document.tokens.end() - 1);
    targets.resize(tokens.size(), ignored);
    for (const auto& [first, last] : document.targets)
      for (std::size_t t = first; t < last; ++t) targets[start + t - 1] = document.tokens[t];
    texts.push_back(static_cast<std::int64_t>(document.tokens.size()) - 1);
  }
  const auto count = static_cast<std::int64_t>(tokens.size());
  return {tensor(tokens, {1, count}, cpu), tensor(targets, {1, count}, cpu), std::move(texts)};
}

TokenBatch make_batch(const std::vector<Document>& documents, const std::vector<std::size_t>& chosen,
                      std::size_t at_least) {
  std::size_t longest = at_least;
  for (const std::size_t i : chosen) longest = std::max(longest, documents[i].tokens.size());
  const Shape shape = {static_cast<std::int64_t>(chosen.size()), static_cast<std::int64_t>(longest) - 1};
  TokenBatch batch{empty(shape, int64, cpu), empty(shape, int64, cpu)};
  auto* token = batch.tokens.data<std::int64_t>();
  auto* target = batch.targets.data<std::int64_t>();
  for (const std::size_t i : chosen) {
    const Document& document = documents[i];
    for (std::size_t t = 0; t + 1 < longest; ++t) {
      const bool there = t + 1 < document.tokens.size();
      *token++ = there ? document.tokens[t] : 0;
      *target++ = ignored;
    }
    std::int64_t* const row = target - (longest - 1);
    for (const auto& [first, last] : document.targets)
      for (std::size_t t = first; t < last; ++t) row[t - 1] = document.tokens[t];
  }
  return batch;
}

TokenCount count_tokens(const std::vector<Document>& documents, const std::vector<std::size_t>& chosen) {
  TokenCount count;
  for (const std::size_t i : chosen) {
    count.longest = std::max(count.longest, documents[i].tokens.size());
    count.tokens += static_cast<std::int64_t>(documents[i].tokens.size());
    count.targets += count_targets(documents[i]);
  }
  return count;
}

}  // namespace adora
