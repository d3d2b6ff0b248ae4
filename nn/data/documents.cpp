#include "documents.h"

#include <algorithm>

#include "../../core/error.h"

namespace adora {

Document make_document(const Passage& passage, const Tokenizer& tokenizer, const DocumentOptions& options) {
  const std::vector<std::int64_t> words = tokenizer.encode(passage.text);
  Document document;
  std::vector<std::int64_t>& tokens = document.tokens;
  if (const auto bos = tokenizer.bos(); bos && !passage.framed) tokens.push_back(*bos);
  const std::size_t in_front = tokens.size();
  tokens.insert(tokens.end(), words.begin(), words.end());
  const std::size_t end = tokens.size();
  if (const auto eos = tokenizer.eos(); eos && !passage.framed) tokens.push_back(*eos);
  tokens.resize(std::min(tokens.size(), options.cutoff_len));

  const auto add = [&](std::size_t first, std::size_t last) {
    first = std::max<std::size_t>(first, 1);
    last = std::min(last, tokens.size());
    if (first < last) document.targets.push_back({first, last});
  };
  if (options.train_on_inputs.value_or(!passage.answers_alone)) {
    add(0, tokens.size());
    return document;
  }
  const auto token_at = [&](std::size_t byte) {
    return byte == 0
               ? in_front
               : std::min(in_front + tokenizer.encode(std::string_view(passage.text).substr(0, byte)).size(), end);
  };
  for (const auto& [first, last] : passage.answers) {
    const std::size_t after = last == passage.text.size() ? end : token_at(last);
    // The text's end belongs to an answer that the text ends with.
    add(token_at(first), after == end ? end + 1 : after);
  }
  return document;
}

std::int64_t count_targets(const Document& document) {
  std::size_t count = 0;
  for (const auto& [first, last] : document.targets) count += last - first;
  return static_cast<std::int64_t>(count);
}

Document whole_document(std::vector<std::int64_t> tokens) {
  Document document{.tokens = std::move(tokens), .targets = {}};
  if (document.tokens.size() > 1) document.targets = {{1, document.tokens.size()}};
  return document;
}

Documents make_documents(const Records& records, const Tokenizer& tokenizer, const Wording& wording,
                         const DocumentOptions& options) {
  Documents documents;
  for (const auto& record : records) {
    Document document;
    try {
      document = make_document(record->passage(wording), tokenizer, options);
    } catch (const Error& error) {
      fail("{}: {}: {}", options.source, record->place, error.what());
    }
    if (!document.targets.empty()) documents.list.push_back(std::move(document));
    else ++documents.left_out;
  }
  return documents;
}

}  // namespace adora
