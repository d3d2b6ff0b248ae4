#include "pattern.h"

namespace adora {

Pattern::Pattern(JsonFields& fields, const std::string& name) {
  const Json* json = fields.find(name);
  const auto* object = json ? json->get<Json::Object>() : nullptr;
  if (!object || object->size() != 1) fields.refuse(name, R"({"String": …} or {"Regex": …})");
  const auto& [kind, value] = *object->begin();
  const auto* text = value.get<std::string>();
  if (!text || text->empty() || (kind != "String" && kind != "Regex"))
    fields.refuse(name, R"({"String": …} or {"Regex": …} with a text)");
  if (kind == "String") text_ = *text;
  else regex_ = std::make_unique<Regex>(*text, fields.where());
}

Pattern::~Pattern() = default;

Pattern::Search::Search(const Pattern& pattern)
    : pattern_(pattern), regex_(pattern.regex_ ? std::make_unique<Regex::Search>(*pattern.regex_) : nullptr) {}

void Pattern::Search::start(std::string_view text) {
  text_ = text, from_ = 0;
  if (regex_) regex_->start(text);
}

bool Pattern::Search::next(Span& match) {
  if (regex_) return regex_->next(match);
  const std::size_t at = text_.find(pattern_.text_, from_);
  if (at == text_.npos) return false;
  match = {at, at + pattern_.text_.size()};
  from_ = match.end;
  return true;
}

}  // namespace adora
