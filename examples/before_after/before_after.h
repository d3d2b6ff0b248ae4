#pragma once
#include <string>
#include <vector>

#include "../common/machine.h"

namespace adora::before_after {

/// A fine-tuning whose effect is looked at: what a model answers to questions that it isn't trained on, and what after
/// training on examples of the same kind.
struct Comparison {
  std::string model;      ///< a folder or a GGUF file
  std::string data;       ///< records to learn from
  std::string questions;  ///< records whose last answers are asked for; empty: some of the data, which are left out
  std::string chat_template;
  std::vector<std::string> methods = {"lora", "dora"};
  std::int64_t rank = 16, epochs = 3, batch_size = 8, cutoff_len = 512, seed = 0;
  double lr = 1e-3;
  std::int64_t show = 6;  ///< questions whose answers are printed
  std::string output = "before-after";
  bool overwrite = false;
  programs::Machine machine;
};

/// Writes the adapters, the reports and `answers.json` (every question, its right answer, and what was answered) into
/// the output folder; some answers and a table go to standard output. The table has the mean loss of the right answers
/// in nats a token, and the share of answers that are the right ones word by word.
void compare(const Comparison& comparison);

}  // namespace adora::before_after
