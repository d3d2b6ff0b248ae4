#include "vocabulary.h"

#include <algorithm>

#include "../../core/error.h"

namespace adora {

void Vocabulary::add(std::string text, std::int64_t id) {
  const auto at = ids_.insert_or_assign(std::move(text), id).first;
  texts_[id] = &at->first;
  size_ = std::max(size_, id + 1);
}

std::optional<std::int64_t> Vocabulary::id(std::string_view text) const {
  const auto found = ids_.find(text);
  return found == ids_.end() ? std::nullopt : std::optional<std::int64_t>(found->second);
}

const std::string* Vocabulary::text(std::int64_t id) const {
  const auto found = texts_.find(id);
  return found == texts_.end() ? nullptr : found->second;
}

Vocabulary read_vocabulary(JsonFields& fields) {
  const Json* json = fields.find("vocab");
  const auto* object = json ? json->get<Json::Object>() : nullptr;
  if (!object) fields.refuse("vocab", "an object of tokens and their numbers");
  Vocabulary vocabulary;
  for (const auto& [text, id] : *object) {
    const auto* number = id.get<std::int64_t>();
    check(number && *number >= 0 && *number < Vocabulary::most, "{}: vocab: {} must be an integer from 0 to {}, not {}",
          fields.where(), shortened(text, 40), Vocabulary::most - 1, brief(id));
    check(!vocabulary.text(*number), "{}: vocab: {} has the number {} of another token", fields.where(),
          shortened(text, 40), *number);
    vocabulary.add(text, *number);
  }
  return vocabulary;
}

}  // namespace adora
