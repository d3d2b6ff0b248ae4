#include "questions.h"

#include "../../core/error.h"
#include "../../nn/train/document_loss.h"
#include "../../nn/train/evaluation.h"

namespace adora::before_after {
namespace {

constexpr std::int64_t batch_size = 16;

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n"), last = text.find_last_not_of(" \t\r\n");
  return first == text.npos ? "" : text.substr(first, last - first + 1);
}

}  // namespace

std::vector<Question> questions_of(const Records& records, const Wording& wording, const Tokenizer& tokenizer,
                                   const DocumentOptions& options) {
  std::vector<Question> questions;
  for (const auto& record : records) {
    Passage passage = record->passage(wording);
    check(!passage.answers.empty() && !passage.question.empty(), "{}: {}: asks nothing", options.source, record->place);
    const auto [first, last] = passage.answers.back();
    Question question{.asked = trimmed(passage.question),
                      .prompt = {passage.text.substr(0, first), passage.framed},
                      .answer = {},
                      .document = {}};
    // What ends an answer is written as tokens that aren't shown.
    const std::string answer = passage.text.substr(first, last - first);
    question.answer = trimmed(tokenizer.decode(tokenizer.encode(answer)));
    passage.text.resize(last);
    passage.answers = {{first, last}};
    question.document = make_document(passage, tokenizer, options);
    check(!question.document.targets.empty(), "{}: {}: its answer begins after {} tokens", options.source,
          record->place, options.cutoff_len);
    questions.push_back(std::move(question));
  }
  return questions;
}

Outcome ask(CausalLm& model, const Tokenizer& tokenizer, const std::vector<Question>& questions) {
  std::vector<Prompt> prompts;
  std::vector<Document> documents;
  for (const Question& question : questions) prompts.push_back(question.prompt), documents.push_back(question.document);
  model.eval();
  Outcome outcome{.answers = greedy_responses(model, tokenizer, prompts)};
  std::size_t right = 0;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    outcome.answers[i] = trimmed(outcome.answers[i]);
    right += outcome.answers[i] == questions[i].answer;
  }
  outcome.right = static_cast<double>(right) / static_cast<double>(questions.size());
  outcome.loss = document_loss(model, documents, batch_size);
  return outcome;
}

}  // namespace adora::before_after
