#include "end_note.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace adora::finetune {

std::string end_note(const ModelSource& source) {
  const auto& ends = source.config().eos_token_id;
  const auto eos = source.tokenizer().eos();
  if (!eos || std::find(ends.begin(), ends.end(), *eos) != ends.end()) return "";
  return fmt::format(
      "note: documents end with the tokenizer's EOS, {}, and eos_token_id of the model's configuration is {}; "
      "generated texts end at either",
      *eos, ends.empty() ? "not there" : fmt::format("{}", fmt::join(ends, ", ")));
}

}  // namespace adora::finetune
