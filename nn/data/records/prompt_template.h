#pragma once
#include <string>

namespace adora {

struct InstructionRecord;

/// How an instruction is put to a model.
class PromptTemplate {
 public:
  /// The sections ### Instruction:, ### Input: (where there is one) and ### Response:.
  PromptTemplate() = default;
  /// A file with {instruction} and {input} in it, which an exercise without an input gets too, with nothing in its
  /// place; or a .json file with `prompt_input` and `prompt_no_input`, one text for each of the two sorts, as
  /// Alpaca-LoRA's templates are. Throws `Error` where {instruction} is missing or a text is not UTF-8.
  static PromptTemplate from_file(const std::string& path);

  /// The text before the response.
  std::string prompt(const InstructionRecord& record) const;
  /// Whether exercises without an input get a text that has room for one, and no other.
  bool leaves_gaps() const;

 private:
  std::string with_input_, without_input_;  ///< empty: the usual sections
  std::string path_;
};

}  // namespace adora
