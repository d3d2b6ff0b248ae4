#include "answers.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "../../core/error.h"

namespace adora {

std::string answer_kind(const std::string& answer, const std::string& where) {
  if (answer == "true" || answer == "false") return "true";
  for (const char* kind : {"solution", "answer", "ending", "option"}) {
    const std::string_view word = kind;
    if (answer.size() == word.size() + 1 && answer.starts_with(word) && std::isdigit(answer.back())) return kind;
  }
  fail("{}: the answer must be true, false, or solution, answer, ending or option with a digit, not \"{}\"", where,
       shortened(answer, 40));
}

std::string first_answer(const std::string& kind, const std::string& response) {
  std::string text = response;
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  if (kind == "true") {
    const std::size_t yes = text.find("true"), no = text.find("false");
    return yes == no ? "" : yes < no ? "true" : "false";
  }
  for (std::size_t at = 0; (at = text.find(kind, at)) != std::string::npos; at += kind.size()) {
    const std::size_t digit = at + kind.size();
    if (digit < text.size() && std::isdigit(static_cast<unsigned char>(text[digit])))
      return text.substr(at, kind.size() + 1);
  }
  return "";
}

}  // namespace adora
