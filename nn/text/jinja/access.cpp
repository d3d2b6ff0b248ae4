#include "access.h"

#include <algorithm>

#include "../../../core/error.h"
#include "callables.h"
#include "characters.h"
#include "represent.h"
#include "run.h"

namespace adora::jinja {
namespace {

/// An attribute of what is undefined is an error, since it has no meaning.
void check_defined(const Value& value) {
  if (const auto* undefined = value.get<Undefined>()) fail("{}", *undefined->why);
}

std::optional<Value> attribute_of(Run& run, const Value& value, std::string_view name) {
  check(!(name.starts_with("__") && name.ends_with("__")), "the attribute {} is not for templates",
        shortened(name, 40));
  if (const auto* object = value.get<std::shared_ptr<Object>>()) return (*object)->attribute(run, name);
  return find_method(value, name);
}

std::optional<Value> item_of(Run& run, const Value& value, const Value& key) {
  if (const Mapping* mapping = value.mapping()) {
    run.spend(4);
    const Sequence* sequence = key.sequence();
    if (key.mapping() || (sequence && sequence->form != Sequence::tuple)) return {};
    const Value* found = mapping->find(key);
    return found ? std::optional<Value>(*found) : std::nullopt;
  }
  const auto place = key.integer();
  if (!place) return {};
  const Sequence* sequence = value.sequence();
  if (sequence && sequence->indexed()) {
    const auto size = static_cast<std::int64_t>(sequence->elements.size());
    const std::int64_t at = *place < 0 ? *place + size : *place;
    if (at >= 0 && at < size) return sequence->elements[static_cast<std::size_t>(at)];
  }
  if (const std::string* text = value.text()) {
    run.spend_bytes(*text);
    const auto starts = character_starts(*text);
    const auto size = static_cast<std::int64_t>(starts.size()) - 1;
    const std::int64_t at = *place < 0 ? *place + size : *place;
    if (at < 0 || at >= size) return {};
    const auto i = static_cast<std::size_t>(at);
    return Value(text->substr(starts[i], starts[i + 1] - starts[i]));
  }
  return {};
}

Value nothing(Run& run, const Value& value, const Value& key) {
  return Undefined{std::make_shared<const std::string>(
      fmt::format("a value of the type {} has no {}", value.type(), shortened(to_repr(run, key), 60)))};
}

/// Python's indices of a slice.
std::vector<std::size_t> slice_places(std::int64_t size, const Value& start, const Value& stop, const Value& step) {
  const auto bound = [](const Value& value, std::int64_t otherwise) {
    if (value.is_none()) return otherwise;
    const auto whole = value.integer();
    check(whole.has_value(), "the bounds of a slice must be whole numbers, not a value of the type {}", value.type());
    return *whole;
  };
  const std::int64_t by = bound(step, 1);
  check(by != 0, "the step of a slice can't be 0");
  const std::int64_t low = by < 0 ? -1 : 0, high = by < 0 ? size - 1 : size;
  const auto within = [&](const Value& value, std::int64_t otherwise) {
    const std::int64_t at = bound(value, otherwise);
    if (value.is_none()) return at;
    return std::clamp(at < 0 ? at + size : at, low, high);
  };
  std::int64_t at = within(start, by < 0 ? high : low);
  const std::int64_t end = within(stop, by < 0 ? low : high);
  std::vector<std::size_t> places;
  while (by > 0 ? at < end : at > end) {
    places.push_back(static_cast<std::size_t>(at));
    if (by > 0 ? by >= end - at : by <= end - at) break;  // before a sum that may overflow
    at += by;
  }
  return places;
}

}  // namespace

Value get_attribute(Run& run, const Value& value, const std::string& name) {
  check_defined(value);
  if (auto found = attribute_of(run, value, name)) return *found;
  if (auto found = item_of(run, value, name)) return *found;
  return nothing(run, value, name);
}

Value get_item(Run& run, const Value& value, const Value& key) {
  check_defined(value);
  if (auto found = item_of(run, value, key)) return *found;
  if (key.is_text())
    if (auto found = attribute_of(run, value, *key.text())) return *found;
  return nothing(run, value, key);
}

Value get_slice(Run& run, const Value& value, const Value& start, const Value& stop, const Value& step) {
  check_defined(value);
  if (const std::string* text = value.text()) {
    run.spend_bytes(*text);
    const auto starts = character_starts(*text);
    std::string result;
    for (const std::size_t i : slice_places(static_cast<std::int64_t>(starts.size()) - 1, start, stop, step))
      result.append(*text, starts[i], starts[i + 1] - starts[i]);
    return run.spend_bytes(result), Value(std::move(result));
  }
  const Sequence* sequence = value.sequence();
  check(sequence && sequence->indexed(), "a value of the type {} has no slices", value.type());
  Sequence result{{}, sequence->form};
  for (const std::size_t i : slice_places(static_cast<std::int64_t>(sequence->elements.size()), start, stop, step))
    result.elements.push_back(sequence->elements[i]);
  return run.spend_for(Value(std::move(result)));
}

std::shared_ptr<const std::vector<Value>> iterate(Run& run, const Value& value) {
  if (const auto* shared = value.get<std::shared_ptr<const Sequence>>()) {
    if ((*shared)->form != Sequence::generator) return {*shared, &(*shared)->elements};
    if (!std::exchange((*shared)->used, true)) return {*shared, &(*shared)->elements};
    return std::make_shared<const std::vector<Value>>();
  }
  auto all = std::make_shared<std::vector<Value>>();
  if (const std::string* text = value.text()) {
    const auto starts = character_starts(*text);
    run.spend(2 * starts.size());
    for (std::size_t i = 0; i + 1 < starts.size(); ++i)
      all->push_back(text->substr(starts[i], starts[i + 1] - starts[i]));
  } else if (const Mapping* mapping = value.mapping()) {
    run.spend(2 * mapping->size());
    for (const auto& [key, one] : mapping->entries()) all->push_back(key);
  } else {
    check(value.is_undefined(), "a value of the type {} can't be gone through", value.type());
  }
  return all;
}

Value call(Run& run, const Value& function, const Arguments& arguments) {
  check_defined(function);
  const auto* object = function.get<std::shared_ptr<Object>>();
  check(object && (*object)->callable(), "a value of the type {} can't be called", function.type());
  Level level(run);
  // The function may be replaced while it runs.
  const std::shared_ptr<Object> kept = *object;
  return kept->call(run, arguments);
}

std::int64_t length_of(const Value& value) {
  if (const std::string* text = value.text()) return static_cast<std::int64_t>(count_characters(*text));
  if (const Mapping* mapping = value.mapping()) return static_cast<std::int64_t>(mapping->size());
  const Sequence* sequence = value.sequence();
  if (sequence && sequence->form != Sequence::generator) return static_cast<std::int64_t>(sequence->elements.size());
  check(value.is_undefined(), "a value of the type {} has no length", value.type());
  return 0;
}

Value follow(Run& run, Value value, const Value& path) {
  const std::string* text = path.text();
  if (!text) return get_item(run, value, path);
  for (std::size_t start = 0; start <= text->size();) {
    const std::size_t end = std::min(text->find('.', start), text->size());
    const std::string part = text->substr(start, end - start);
    const bool digits = !part.empty() && part.size() < 18 && part.find_first_not_of("0123456789") == part.npos;
    value = get_item(run, value, digits ? Value(std::int64_t{std::stoll(part)}) : Value(part));
    start = end + 1;
  }
  return value;
}

}  // namespace adora::jinja
