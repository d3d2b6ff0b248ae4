#pragma once
#include <string>

#include "records.h"

namespace adora {

/// How an instruction is put to a model.
class PromptTemplate {
 public:
  /// The sections ### Instruction:, ### Input: (where there is one) and ### Response:.
  PromptTemplate() = default;
  /// A file with {instruction} and {input} in it; an error where {instruction} is missing or the text is not UTF-8.
  static PromptTemplate from_file(const std::string& path);

  /// The text before the response.
  std::string prompt(const InstructionRecord& record) const;

 private:
  std::string text_;  ///< empty: the usual sections
  std::string path_;
};

}  // namespace adora
