#include "../../../core/error.h"
#include "value.h"

namespace adora::jinja {
namespace {

/// Builds a value from a JSON text, from the inside out.
class Builder final : public JsonEvents {
 public:
  explicit Builder(const std::string& where) : where_(where) {}

  void null() override { add({}); }
  void boolean(bool value) override { add(value); }
  void negative_integer(std::int64_t value) override { add(value); }
  void unsigned_integer(std::uint64_t value) override {
    if (value <= static_cast<std::uint64_t>(INT64_MAX)) add(static_cast<std::int64_t>(value));
    else add(static_cast<double>(value));
  }
  void number(double value) override { add(value); }
  void text(std::string& value) override { add(std::move(value)); }
  void start_object() override { open_.push_back({.object = true, .key = {}, .mapping = {}, .elements = {}}); }
  void start_array() override { open_.push_back({.object = false, .key = {}, .mapping = {}, .elements = {}}); }
  void key(std::string& name) override {
    check(!open_.back().mapping.named(name), "{}: the name \"{}\" stands twice in one object", where_, shortened(name));
    open_.back().key = std::move(name);
  }
  void end_object() override { close(Value(std::move(open_.back().mapping))); }
  void end_array() override { close(Value(Sequence{std::move(open_.back().elements)})); }

  Value root;

 private:
  struct Open {
    bool object;
    std::string key;
    Mapping mapping;
    std::vector<Value> elements;
  };

  void close(Value value) {
    open_.pop_back();
    add(std::move(value));
  }
  void add(Value value) {
    if (open_.empty()) root = std::move(value);
    else if (open_.back().object) open_.back().mapping.set(std::move(open_.back().key), std::move(value));
    else open_.back().elements.push_back(std::move(value));
  }

  const std::string& where_;
  std::vector<Open> open_;
};

}  // namespace

Value value_of(const Json& json) {
  if (const auto* boolean = json.get<bool>()) return *boolean;
  if (const auto* integer = json.get<std::int64_t>()) return *integer;
  if (const auto* number = json.get<double>()) return *number;
  if (const auto* text = json.get<std::string>()) return *text;
  if (const auto* array = json.get<Json::Array>()) {
    Sequence list;
    for (const Json& one : *array) list.elements.push_back(value_of(one));
    return list;
  }
  if (const auto* object = json.get<Json::Object>()) {
    Mapping mapping;
    for (const auto& [name, one] : *object) mapping.set(name, value_of(one));
    return mapping;
  }
  return {};
}

Value parse_value(std::string_view text, const std::string& where) {
  Builder builder(where);
  parse_json(text, where, builder);
  return std::move(builder.root);
}

}  // namespace adora::jinja
