#pragma once
#include <string>

namespace adora {

/// The kind of answer word that a response is searched for: "answer" for "answer3", "true" for true or false. An error
/// naming `where` for an answer of no known kind.
std::string answer_kind(const std::string& answer, const std::string& where);

/// The first answer word of a kind ("true", "answer", …) in a response, in lower case; empty where there is none.
std::string first_answer(const std::string& kind, const std::string& response);

}  // namespace adora
