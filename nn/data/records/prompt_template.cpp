#include "prompt_template.h"

#include <filesystem>
#include <string_view>

#include "../../../core/error.h"
#include "../../../core/utf8.h"
#include "../../io/file.h"
#include "../../io/json_fields.h"
#include "../../io/json_file.h"
#include "instruction.h"

namespace adora {
namespace {

constexpr std::string_view instruction_gap = "{instruction}", input_gap = "{input}";
constexpr std::uint64_t largest_file = 1 << 20;

bool has(const std::string& text, std::string_view gap) { return text.find(gap) != text.npos; }

}  // namespace

PromptTemplate PromptTemplate::from_file(const std::string& path) {
  PromptTemplate result;
  result.path_ = path;
  if (std::filesystem::path(path).extension() == ".json") {
    const Json json = read_json_file(path, largest_file);
    JsonFields fields(json, path);
    result.with_input_ = fields.text("prompt_input");
    result.without_input_ = fields.text("prompt_no_input");
    check(!has(result.without_input_, input_gap), "{}: prompt_no_input: there is {{input}} in it", path);
    // What it is for, and where a response begins in a generated text: not about the prompt.
    for (const char* name : {"description", "response_split"}) fields.text(name, "");
    for (const std::string& name : fields.unread()) fail("{}: {} is not known", path, shortened(name));
  } else {
    result.with_input_ = result.without_input_ = read_file(path, largest_file);
    const std::size_t invalid = find_invalid_utf8(result.with_input_);
    check(invalid == std::string::npos, "{}: is not UTF-8 at byte {}", path, invalid);
  }
  for (const std::string* text : {&result.with_input_, &result.without_input_})
    check(has(*text, instruction_gap), "{}: there is no {{instruction}} in it", path);
  return result;
}

bool PromptTemplate::leaves_gaps() const { return has(without_input_, input_gap); }

std::string PromptTemplate::prompt(const InstructionRecord& record) const {
  const std::string& form = record.input.empty() ? without_input_ : with_input_;
  if (form.empty()) {
    std::string text = fmt::format("### Instruction:\n{}\n\n", record.instruction);
    if (!record.input.empty()) text += fmt::format("### Input:\n{}\n\n", record.input);
    return text + "### Response:\n";
  }
  // Gaps are not searched for in the text put in: an instruction may speak of {input}.
  check(record.input.empty() || has(form, input_gap),
        "{}: has no {{input}}, but there are exercises with one, such as \"{}\"", path_,
        shortened(record.instruction, 60));
  std::string text;
  for (std::string_view rest = form; !rest.empty();) {
    if (rest.starts_with(instruction_gap)) text += record.instruction, rest.remove_prefix(instruction_gap.size());
    else if (rest.starts_with(input_gap)) text += record.input, rest.remove_prefix(input_gap.size());
    else text += rest.front(), rest.remove_prefix(1);
  }
  return text;
}

}  // namespace adora
