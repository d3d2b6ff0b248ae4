#include "prompt_template.h"

#include <string_view>

#include "../../core/error.h"
#include "../../core/utf8.h"
#include "../io/file.h"

namespace adora {
namespace {

constexpr std::string_view instruction_gap = "{instruction}", input_gap = "{input}";

}  // namespace

PromptTemplate PromptTemplate::from_file(const std::string& path) {
  PromptTemplate result;
  result.text_ = read_file(path, 1 << 20);
  result.path_ = path;
  const std::size_t invalid = find_invalid_utf8(result.text_);
  check(invalid == std::string::npos, "{}: is not UTF-8 at byte {}", path, invalid);
  check(result.text_.find(instruction_gap) != std::string::npos, "{}: there is no {{instruction}} in it", path);
  return result;
}

std::string PromptTemplate::prompt(const InstructionRecord& record) const {
  if (text_.empty()) {
    std::string text = fmt::format("### Instruction:\n{}\n\n", record.instruction);
    if (!record.input.empty()) text += fmt::format("### Input:\n{}\n\n", record.input);
    return text + "### Response:\n";
  }
  // Gaps are not searched for in the text put in: an instruction may speak of {input}.
  check(record.input.empty() || text_.find(input_gap) != std::string::npos,
        "{}: has no {{input}}, but there are exercises with one, such as \"{}\"", path_,
        shortened(record.instruction, 60));
  std::string text;
  for (std::string_view rest = text_; !rest.empty();) {
    if (rest.starts_with(instruction_gap)) text += record.instruction, rest.remove_prefix(instruction_gap.size());
    else if (rest.starts_with(input_gap)) text += record.input, rest.remove_prefix(input_gap.size());
    else text += rest.front(), rest.remove_prefix(1);
  }
  return text;
}

}  // namespace adora
