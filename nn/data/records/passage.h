#pragma once
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace adora {

/// What a record of training data gives a model to read.
struct Passage {
  std::string text;
  /// Bytes [first, second) of the text that answer something, in their order; the rest is what was asked.
  std::vector<std::pair<std::size_t, std::size_t>> answers = {};
  std::string question = {};  ///< what the last of them answers, for people to read; empty where nothing was asked
  /// Whether the answers alone count in the loss where nothing else is asked for.
  bool answers_alone = false;
  /// The text has its BOS and EOS itself, as what a chat template writes does.
  bool framed = false;
};

/// What stands in front of an answer that a model is to give.
struct Prompt {
  std::string text;
  bool framed = false;  ///< has its BOS itself
};

}  // namespace adora
