#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../text/tokenizer.h"
#include "records/record.h"

namespace adora {

/// A text to train on: BOS, the tokens, EOS, cut at the length asked for; BOS and EOS where the tokenizer has them, and
/// the text has not its own.
struct Document {
  std::vector<std::int64_t> tokens;
  /// Tokens [first, second) that are to be predicted, in their order and apart; never the first, which nothing
  /// predicts.
  std::vector<std::pair<std::size_t, std::size_t>> targets;
};

/// How many of the tokens are to be predicted.
std::int64_t count_targets(const Document& document);

/// A document all of whose tokens but the first are to be predicted.
Document whole_document(std::vector<std::int64_t> tokens);

struct DocumentOptions {
  std::size_t cutoff_len = 256;
  /// Whether what is no answer is to be predicted too; none: as the form of each record has it.
  std::optional<bool> train_on_inputs = {};
  std::string source = "the records";  ///< what errors name: the file of the records
};

/// The document of a text, with its targets.
Document make_document(const Passage& passage, const Tokenizer& tokenizer, const DocumentOptions& options);

/// The documents of the records; those without a token to predict within the length are left out and counted. A token
/// that joins the end of what was asked with the start of an answer counts as asked, as where the two are encoded
/// apart. Throws `Error` naming the record in its file where the wording or the tokenizer can't take it.
struct Documents {
  std::vector<Document> list;
  std::size_t left_out = 0;
};
Documents make_documents(const Records& records, const Tokenizer& tokenizer, const Wording& wording,
                         const DocumentOptions& options);

}  // namespace adora
