#include "json_object.h"

#include <algorithm>
#include <unordered_map>

#include "../../core/error.h"
#include "json.h"

namespace adora {

/// By views of the fields' own names, which don't move.
struct JsonObject::Index : std::unordered_map<std::string_view, iterator> {};

JsonObject::JsonObject() = default;
JsonObject::JsonObject(std::initializer_list<value_type> fields) : JsonObject(fields.begin(), fields.end()) {}
JsonObject::JsonObject(const JsonObject& other) : fields_(other.fields_) {
  if (!other.index_) return;
  index_ = std::make_unique<Index>();
  for (auto at = fields_.begin(); at != fields_.end(); ++at) index_->emplace(at->first, at);
}
JsonObject::JsonObject(JsonObject&& other) noexcept
    : fields_(std::move(other.fields_)), index_(std::move(other.index_)) {
  other.fields_.clear();
}
JsonObject& JsonObject::operator=(const JsonObject& other) { return *this = JsonObject(other); }
JsonObject& JsonObject::operator=(JsonObject&& other) noexcept {
  if (this == &other) return *this;
  // What is assigned may be one of these fields' own.
  std::list<value_type> fields = std::move(other.fields_);
  std::unique_ptr<Index> index = std::move(other.index_);
  other.fields_.clear();
  fields_.swap(fields);
  index_.swap(index);
  return *this;
}
JsonObject::~JsonObject() = default;

JsonObject::iterator JsonObject::find(std::string_view name) {
  if (!index_)
    return std::find_if(fields_.begin(), fields_.end(), [&](const value_type& field) { return field.first == name; });
  const auto found = index_->find(name);
  return found == index_->end() ? fields_.end() : found->second;
}
JsonObject::const_iterator JsonObject::find(std::string_view name) const {
  return const_cast<JsonObject*>(this)->find(name);
}
bool JsonObject::contains(std::string_view name) const { return find(name) != end(); }

const Json& JsonObject::at(std::string_view name) const {
  const auto found = find(name);
  if (found == end()) fail("a JSON object has no field \"{}\"", shortened(name));
  return found->second;
}
Json& JsonObject::at(std::string_view name) { return const_cast<Json&>(std::as_const(*this).at(name)); }

Json& JsonObject::operator[](std::string_view name) { return try_emplace(std::string(name)).first->second; }

std::pair<JsonObject::iterator, bool> JsonObject::try_emplace(std::string name) {
  if (const auto found = find(name); found != fields_.end()) return {found, false};
  fields_.emplace_back(std::move(name), nullptr);
  const auto added = std::prev(fields_.end());
  note(added);
  return {added, true};
}

void JsonObject::note(iterator added) {
  constexpr std::size_t few = 8;
  if (index_) {
    index_->emplace(added->first, added);
  } else if (fields_.size() > few) {
    index_ = std::make_unique<Index>();
    for (auto at = fields_.begin(); at != fields_.end(); ++at) index_->emplace(at->first, at);
  }
}

std::size_t JsonObject::erase(std::string_view name) {
  const auto found = find(name);
  if (found == fields_.end()) return 0;
  if (index_) index_->erase(found->first);
  fields_.erase(found);
  return 1;
}

bool operator==(const JsonObject& a, const JsonObject& b) {
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const JsonObject::value_type& field) {
           const auto other = b.find(field.first);
           return other != b.end() && other->second == field.second;
         });
}

}  // namespace adora
