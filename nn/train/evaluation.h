#pragma once
#include <functional>
#include <string>
#include <vector>

#include "../data/records/evaluation_tasks.h"
#include "../models/causal_lm.h"
#include "../text/tokenizer.h"

namespace adora {

/// A prompt's tokens: as prompt_tokens gives them, or of a text that has its BOS itself.
std::vector<std::int64_t> tokens_of(const Prompt& prompt, const Tokenizer& tokenizer);

/// The share of right answers in a task, 0 to 1.
struct TaskAccuracy {
  std::string task;
  double value = 0;
};

inline constexpr std::int64_t longest_response = 32;

/// The model's continuation of each prompt (tokens_of), decoded greedily up to an EOS or `longest_response` tokens.
/// Prompts are worked off in batches; `done` is called with the number finished so far.
std::vector<std::string> greedy_responses(const CausalLm& model, const Tokenizer& tokenizer,
                                          const std::vector<Prompt>& prompts,
                                          const std::function<void(std::size_t)>& done = {});

/// The share of questions of each task whose response's first answer word is the right one. Shows a progress bar.
/// `between` is called after each batch, and may throw.
std::vector<TaskAccuracy> evaluate(CausalLm& model, const Tokenizer& tokenizer, const Wording& wording,
                                   const std::vector<EvaluationTask>& tasks, const std::string& title,
                                   const std::function<void()>& between = {});

}  // namespace adora
