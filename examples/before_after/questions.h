#pragma once
#include <string>
#include <vector>

#include "../../nn/data/documents.h"
#include "../../nn/models/causal_lm.h"

namespace adora::before_after {

/// What is asked, and the answer that is right.
struct Question {
  std::string asked;  ///< for people
  Prompt prompt;
  std::string answer;
  Document document;  ///< the last answer is what is to be predicted
};

/// The last answer of each record, as a question. Throws `Error` naming the record that has none.
std::vector<Question> questions_of(const Records& records, const Wording& wording, const Tokenizer& tokenizer,
                                   const DocumentOptions& options);

/// What a model says to them, and how surprised it is by the right answers.
struct Outcome {
  std::vector<std::string> answers;
  double loss = 0;   ///< mean over the tokens of the right answers, in nats
  double right = 0;  ///< share of answers that are the right ones, but for space around them
};
Outcome ask(CausalLm& model, const Tokenizer& tokenizer, const std::vector<Question>& questions);

}  // namespace adora::before_after
