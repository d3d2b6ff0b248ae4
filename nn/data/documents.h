#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "../text/tokenizer.h"
#include "prompt_template.h"
#include "records.h"

namespace adora {

/// A text to train on: BOS, the tokens, EOS, cut at the length asked for; BOS and EOS where the tokenizer has them.
struct Document {
  std::vector<std::int64_t> tokens;
  std::size_t first_target =
      1;  ///< tokens before this one are not to be predicted; 1 at least: nothing predicts the first
};

struct DocumentOptions {
  std::size_t cutoff_len = 256;
  bool train_on_inputs = true;
  std::string source = "the records";  ///< what errors name: the file of the records
};

/// The documents of the records; those without a token to predict within the length are left out and counted. Throws
/// `Error` naming the record in its file where the prompt or the tokenizer can't take it.
struct Documents {
  std::vector<Document> list;
  std::size_t left_out = 0;
};
Documents make_documents(const std::vector<InstructionRecord>& records, const Tokenizer& tokenizer,
                         const PromptTemplate& prompt, const DocumentOptions& options);

}  // namespace adora
