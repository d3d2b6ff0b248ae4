#include "name_pattern.h"

#include "../../core/error.h"

namespace adora {

NamePattern::NamePattern(const std::string& expression, const std::string& field)
    : regex_(expression, fmt::format("adapter: {}", field), RegexSyntax::python) {}

NamePattern NamePattern::whole(const std::string& expression, const std::string& field) {
  // Options such as (?i) stand in front.
  std::size_t options = 0;
  if (expression.starts_with("(?")) {
    const std::size_t end = expression.find_first_not_of("aimsLux", 2);
    if (end != expression.npos && end > 2 && expression[end] == ')') options = end + 1;
  }
  return {expression.substr(0, options) + "\\A(?:" + expression.substr(options) + ")\\Z", field};
}

NamePattern NamePattern::start(const std::string& expression, const std::string& field) {
  return {"\\A" + expression, field};
}

std::size_t NamePattern::match_end(const std::string& name) const {
  Regex::Search search(regex_);
  search.start(name);
  Span found;
  return search.next(found) ? found.end : std::string::npos;
}

}  // namespace adora
