#include "json_fields.h"

#include <cmath>

#include "../../core/error.h"

namespace adora {

std::string brief(const Json& json) {
  constexpr std::size_t longest = 60;
  if (auto* array = json.get<Json::Array>(); array && array->size() > 16) {
    return fmt::format("a list of {} values", array->size());
  }
  if (auto* object = json.get<Json::Object>(); object && object->size() > 16) {
    return fmt::format("an object of {} fields", object->size());
  }
  return shortened(json.dump(-1), longest);
}

JsonFields::JsonFields(const Json& object, std::string where)
    : object_(object.get<Json::Object>()), where_(std::move(where)) {
  check(object_ != nullptr, "{}: must be a JSON object, not {}", where_, brief(object));
}

const Json* JsonFields::find(const std::string& name) {
  read_.insert(name);
  auto at = object_->find(name);
  return at == object_->end() || at->second.is_null() ? nullptr : &at->second;
}

bool JsonFields::has(const std::string& name) { return find(name) != nullptr; }

void JsonFields::refuse(const std::string& name, const std::string& must) const {
  auto at = object_->find(name);
  fail("{}: {} must be {}{}", where_, shortened(name), must,
       at == object_->end() ? ", and it is missing" : ", not " + brief(at->second));
}

const Json& JsonFields::require(const std::string& name, const std::string& must) {
  const Json* found = find(name);
  if (!found) refuse(name, must);
  return *found;
}

std::int64_t JsonFields::integer(const std::string& name, std::int64_t low, std::int64_t high,
                                 std::optional<std::int64_t> fallback) {
  if (fallback && !has(name)) return *fallback;
  std::string must = fmt::format("an integer from {} to {}", low, high);
  auto* value = require(name, must).get<std::int64_t>();
  if (!value || *value < low || *value > high) refuse(name, must);
  return *value;
}

double JsonFields::number(const std::string& name, double low, double high, std::optional<double> fallback) {
  if (fallback && !has(name)) return *fallback;
  std::string must = fmt::format("a number from {:g} to {:g}", low, high);
  const Json& json = require(name, must);
  double value = NAN;
  if (auto* real = json.get<double>()) value = *real;
  if (auto* whole = json.get<std::int64_t>()) value = static_cast<double>(*whole);
  if (!(value >= low && value <= high)) refuse(name, must);
  return value;
}

bool JsonFields::boolean(const std::string& name, std::optional<bool> fallback) {
  if (fallback && !has(name)) return *fallback;
  auto* value = require(name, "true or false").get<bool>();
  if (!value) refuse(name, "true or false");
  return *value;
}

std::string JsonFields::text(const std::string& name, std::optional<std::string> fallback) {
  if (fallback && !has(name)) return *fallback;
  auto* value = require(name, "a text").get<std::string>();
  if (!value) refuse(name, "a text");
  return *value;
}

std::vector<std::string> JsonFields::strings(const std::string& name) {
  std::vector<std::string> result;
  const Json* json = find(name);
  if (!json) return result;
  auto* array = json->get<Json::Array>();
  if (!array) refuse(name, "a list of texts");
  for (const Json& item : *array) {
    auto* text = item.get<std::string>();
    if (!text) refuse(name, "a list of texts");
    result.push_back(*text);
  }
  return result;
}

std::vector<std::string> JsonFields::unread() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : *object_) {
    if (!read_.contains(name)) names.push_back(name);
  }
  return names;
}

}  // namespace adora
