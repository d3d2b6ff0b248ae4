#include "evaluation.h"

#include <algorithm>
#include <numeric>

#include "../../autograd/grad_mode.h"
#include "../../ops/reduce.h"
#include "../common/progress.h"

namespace adora::finetune {

namespace {

// Bounds what a batch keeps: keys and values of so many tokens.
constexpr std::size_t most_rows = 64, most_tokens = 16384;

using Ids = std::vector<std::int64_t>;

// The tokens that follow each prompt, EOS not among them.
std::vector<Ids> continue_greedily(const Llama& model, const std::vector<const Ids*>& prompts, const Ids& eos) {
  const auto count = static_cast<std::int64_t>(prompts.size());
  Ids lengths;
  for (const Ids* prompt : prompts) lengths.push_back(static_cast<std::int64_t>(prompt->size()));
  const std::int64_t longest = *std::max_element(lengths.begin(), lengths.end());
  Tensor tokens = empty({count, longest}, int64);
  for (std::int64_t i = 0; i < count; ++i) {
    auto* row = tokens.data<std::int64_t>() + i * longest;
    std::fill(row, row + longest, 0);
    std::copy(prompts[static_cast<std::size_t>(i)]->begin(), prompts[static_cast<std::size_t>(i)]->end(), row);
  }
  KvCache cache = model.make_cache(count, longest + longest_response);
  Ids next = to_vector<std::int64_t>(argmax(model.prefill(tokens, lengths, cache), 1));
  std::vector<Ids> responses(prompts.size());
  Ids rows(prompts.size());
  std::iota(rows.begin(), rows.end(), 0);
  for (std::int64_t step = 0; step < longest_response; ++step) {
    Ids going, last;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (std::find(eos.begin(), eos.end(), next[i]) != eos.end()) continue;
      responses[static_cast<std::size_t>(rows[i])].push_back(next[i]);
      going.push_back(rows[i]);
      last.push_back(next[i]);
    }
    rows = std::move(going);
    if (rows.empty() || step + 1 == longest_response) break;
    const Tensor logits = model.decode(tensor(last, {static_cast<std::int64_t>(last.size())}), rows, cache);
    next = to_vector<std::int64_t>(argmax(logits, 1));
  }
  return responses;
}

}  // namespace

std::vector<std::string> greedy_responses(const Llama& model, const Tokenizer& tokenizer,
                                          const std::vector<std::string>& prompts,
                                          const std::function<void(std::size_t)>& done) {
  NoGrad no_grad;
  std::vector<Ids> ids;
  for (const std::string& prompt : prompts) {
    Ids words = tokenizer.encode(prompt);
    words.insert(words.begin(), tokenizer.bos());
    ids.push_back(std::move(words));
  }
  // Prompts of like length go together, so that little is padded.
  std::vector<std::size_t> order(prompts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return ids[a].size() < ids[b].size(); });

  std::vector<std::string> responses(prompts.size());
  for (std::size_t at = 0; at < order.size();) {
    std::size_t end = at + 1;
    while (end < order.size() && end - at < most_rows && (end - at + 1) * ids[order[end]].size() <= most_tokens) ++end;
    std::vector<const Ids*> chosen;
    for (std::size_t i = at; i < end; ++i) chosen.push_back(&ids[order[i]]);
    const auto tokens = continue_greedily(model, chosen, model.config().eos_token_id);
    for (std::size_t i = at; i < end; ++i) responses[order[i]] = tokenizer.decode(tokens[i - at]);
    at = end;
    if (done) done(at);
  }
  return responses;
}

std::vector<TaskAccuracy> evaluate(Llama& model, const Tokenizer& tokenizer, const PromptTemplate& prompt,
                                   const std::vector<Task>& tasks, const std::string& title) {
  const bool training = model.training();
  model.eval();
  std::size_t total = 0;
  for (const Task& task : tasks) total += task.questions.size();
  programs::Progress progress(title, static_cast<std::int64_t>(total));
  std::vector<TaskAccuracy> result;
  std::size_t before = 0;
  for (const Task& task : tasks) {
    std::vector<std::string> prompts;
    for (const Record& question : task.questions) prompts.push_back(prompt.prompt(question));
    const auto responses = greedy_responses(model, tokenizer, prompts, [&](std::size_t done) {
      progress.update(static_cast<std::int64_t>(before + done), task.name);
    });
    std::size_t right = 0;
    for (std::size_t i = 0; i < responses.size(); ++i) {
      const std::string& answer = task.questions[i].answer;
      right += first_answer(answer_kind(answer, task.name), responses[i]) == answer;
    }
    before += task.questions.size();
    result.push_back({task.name, static_cast<double>(right) / static_cast<double>(task.questions.size())});
  }
  progress.finish();
  model.train(training);
  return result;
}

}  // namespace adora::finetune
