#include "documents.h"

#include <algorithm>
#include <numeric>

namespace adora::finetune {

namespace {

constexpr std::int64_t ignored = -100;
constexpr std::uint64_t shuffle_stream = 0x5348;

Document make_document(const Record& record, const PromptTemplate& prompt, const Tokenizer& tokenizer,
                       const DocumentOptions& options) {
  const std::string before = record.plain ? "" : prompt.prompt(record);
  const std::vector<std::int64_t> words = tokenizer.encode(before + record.output);
  Document document;
  document.tokens.push_back(tokenizer.bos());
  document.tokens.insert(document.tokens.end(), words.begin(), words.end());
  document.tokens.push_back(tokenizer.eos());
  if (document.tokens.size() > options.cutoff_len) document.tokens.resize(options.cutoff_len);
  if (!record.plain && !options.train_on_inputs) {
    // A tokenizer may join the prompt's end with the response's start; such a token counts as response.
    const std::vector<std::int64_t> prompt_words = tokenizer.encode(before);
    const auto apart = std::mismatch(prompt_words.begin(), prompt_words.end(), words.begin(), words.end());
    document.first_target = 1 + static_cast<std::size_t>(apart.second - words.begin());
  }
  return document;
}

}  // namespace

Documents make_documents(const std::vector<Record>& records, const PromptTemplate& prompt, const Tokenizer& tokenizer,
                         const DocumentOptions& options) {
  Documents documents;
  for (const Record& record : records) {
    Document document;
    try {
      document = make_document(record, prompt, tokenizer, options);
    } catch (const Error& error) {
      fail("{}: {}: {}", options.source, record.place, error.what());
    }
    if (document.first_target < document.tokens.size()) documents.list.push_back(std::move(document));
    else ++documents.left_out;
  }
  check(!documents.list.empty(), "--cutoff-len {}: no document has a token to predict within so few",
        options.cutoff_len);
  return documents;
}

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
      order_.resize(documents_);
      std::iota(order_.begin(), order_.end(), std::size_t{0});
      if (shuffle_) {
        Generator generator(seed_, shuffle_stream);
        generator.set_offset(static_cast<std::uint64_t>(epoch_) << 32);
        for (std::size_t left = documents_; left > 1; --left)
          std::swap(order_[left - 1], order_[generator.below(left)]);
      }
    }
    chosen.push_back(order_[static_cast<std::size_t>(at % count)]);
  }
  return chosen;
}

Batch make_batch(const std::vector<Document>& documents, const std::vector<std::size_t>& chosen, std::size_t at_least) {
  std::size_t longest = at_least;
  for (const std::size_t i : chosen) longest = std::max(longest, documents[i].tokens.size());
  const Shape shape = {static_cast<std::int64_t>(chosen.size()), static_cast<std::int64_t>(longest) - 1};
  Batch batch{empty(shape, int64, cpu), empty(shape, int64, cpu)};
  auto* token = batch.tokens.data<std::int64_t>();
  auto* target = batch.targets.data<std::int64_t>();
  for (const std::size_t i : chosen) {
    const Document& document = documents[i];
    for (std::size_t t = 0; t + 1 < longest; ++t) {
      const bool there = t + 1 < document.tokens.size();
      *token++ = there ? document.tokens[t] : 0;
      *target++ = there && t + 1 >= document.first_target ? document.tokens[t + 1] : ignored;
    }
  }
  return batch;
}

TokenCount count_tokens(const std::vector<Document>& documents, const std::vector<std::size_t>& chosen) {
  TokenCount count;
  for (const std::size_t i : chosen) {
    count.longest = std::max(count.longest, documents[i].tokens.size());
    count.tokens += static_cast<std::int64_t>(documents[i].tokens.size());
    count.targets += static_cast<std::int64_t>(documents[i].tokens.size() - documents[i].first_target);
  }
  return count;
}

}  // namespace adora::finetune
