#include "evaluation.h"

#include <algorithm>
#include <numeric>

#include "../data/answers.h"
#include "../models/generation.h"
#include "eval_mode.h"
#include "progress.h"

namespace adora {

namespace {

// Bounds what a batch keeps: keys and values of so many tokens.
constexpr std::size_t most_rows = 64, most_tokens = 16384;

using Ids = std::vector<std::int64_t>;

}  // namespace

std::vector<std::int64_t> tokens_of(const Prompt& prompt, const Tokenizer& tokenizer) {
  return prompt.framed ? tokenizer.encode(prompt.text) : prompt_tokens(tokenizer, prompt.text);
}

std::vector<std::string> greedy_responses(const CausalLm& model, const Tokenizer& tokenizer,
                                          const std::vector<Prompt>& prompts,
                                          const std::function<void(std::size_t)>& done) {
  std::vector<Ids> ids;
  for (const Prompt& prompt : prompts) ids.push_back(tokens_of(prompt, tokenizer));
  // Prompts of like length go together, so that little is padded.
  std::vector<std::size_t> order(prompts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return ids[a].size() < ids[b].size(); });

  const Ids ends = end_of_text(tokenizer);
  Generator unused(0);
  std::vector<std::string> responses(prompts.size());
  for (std::size_t at = 0; at < order.size();) {
    std::size_t end = at + 1;
    while (end < order.size() && end - at < most_rows && (end - at + 1) * ids[order[end]].size() <= most_tokens) ++end;
    std::vector<Ids> chosen;
    for (std::size_t i = at; i < end; ++i) chosen.push_back(ids[order[i]]);
    const auto texts = generate(model, chosen, {.max_new_tokens = longest_response, .ends = ends}, unused);
    for (std::size_t i = at; i < end; ++i) {
      Ids response(texts[i - at].begin() + static_cast<std::ptrdiff_t>(chosen[i - at].size()), texts[i - at].end());
      if (!response.empty() && ends_text(model, ends, response.back())) response.pop_back();
      responses[order[i]] = decode_known(tokenizer, std::move(response));
    }
    at = end;
    if (done) done(at);
  }
  return responses;
}

std::vector<TaskAccuracy> evaluate(CausalLm& model, const Tokenizer& tokenizer, const Wording& wording,
                                   const std::vector<EvaluationTask>& tasks, const std::string& title,
                                   const std::function<void()>& between) {
  const detail::EvalMode evaluating(model);
  std::size_t total = 0;
  for (const EvaluationTask& task : tasks) total += task.questions.size();
  Progress progress(title, static_cast<std::int64_t>(total));
  std::vector<TaskAccuracy> result;
  std::size_t before = 0;
  for (const EvaluationTask& task : tasks) {
    std::vector<Prompt> prompts;
    for (const InstructionRecord& question : task.questions) prompts.push_back(wording.prompt(question));
    const auto responses = greedy_responses(model, tokenizer, prompts, [&](std::size_t done) {
      progress.update(static_cast<std::int64_t>(before + done), task.name);
      if (between) between();
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
  return result;
}

}  // namespace adora
