#include "documents.h"

#include <algorithm>

#include "../../core/error.h"

namespace adora {

namespace {

Document make_document(const InstructionRecord& record, const PromptTemplate& prompt, const Tokenizer& tokenizer,
                       const DocumentOptions& options) {
  const std::string before = record.plain ? "" : prompt.prompt(record);
  const std::vector<std::int64_t> words = tokenizer.encode(before + record.output);
  Document document;
  if (const auto bos = tokenizer.bos()) document.tokens.push_back(*bos);
  const std::size_t in_front = document.tokens.size();
  document.tokens.insert(document.tokens.end(), words.begin(), words.end());
  if (const auto eos = tokenizer.eos()) document.tokens.push_back(*eos);
  if (document.tokens.size() > options.cutoff_len) document.tokens.resize(options.cutoff_len);
  if (!record.plain && !options.train_on_inputs) {
    // A tokenizer may join the prompt's end with the response's start; such a token counts as response.
    const std::vector<std::int64_t> prompt_words = tokenizer.encode(before);
    const auto apart = std::mismatch(prompt_words.begin(), prompt_words.end(), words.begin(), words.end());
    document.first_target = std::max<std::size_t>(1, in_front + static_cast<std::size_t>(apart.second - words.begin()));
  }
  return document;
}

}  // namespace

Documents make_documents(const std::vector<InstructionRecord>& records, const Tokenizer& tokenizer,
                         const PromptTemplate& prompt, const DocumentOptions& options) {
  Documents documents;
  for (const InstructionRecord& record : records) {
    Document document;
    try {
      document = make_document(record, prompt, tokenizer, options);
    } catch (const Error& error) {
      fail("{}: {}: {}", options.source, record.place, error.what());
    }
    if (document.first_target < document.tokens.size()) documents.list.push_back(std::move(document));
    else ++documents.left_out;
  }
  return documents;
}

}  // namespace adora
