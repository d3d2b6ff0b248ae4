#include "value.h"

#include <algorithm>
#include <cmath>

#include "../../../core/error.h"

namespace adora::jinja {
namespace {

constexpr int deepest = 200;

int deeper(int depth) {
  check(depth < deepest, "lists and dicts in one another are deeper than {} levels", deepest);
  return depth + 1;
}

}  // namespace

Value::Value(Sequence value) {
  int depth = 0;
  for (const Value& one : value.elements) depth = std::max(depth, one.depth());
  value.depth = deeper(depth);
  content = std::make_shared<const Sequence>(std::move(value));
}

Value::Value(Mapping value) : content(std::make_shared<const Mapping>(std::move(value))) {}

const Sequence* Value::sequence() const {
  const auto* found = get<std::shared_ptr<const Sequence>>();
  return found ? found->get() : nullptr;
}

const Mapping* Value::mapping() const {
  const auto* found = get<std::shared_ptr<const Mapping>>();
  return found ? found->get() : nullptr;
}

std::optional<std::int64_t> Value::integer() const {
  if (const auto* whole = get<std::int64_t>()) return *whole;
  if (const auto* boolean = get<bool>()) return *boolean ? 1 : 0;
  return {};
}

std::optional<double> Value::number() const {
  if (const auto* real = get<double>()) return *real;
  if (const auto whole = integer()) return static_cast<double>(*whole);
  return {};
}

std::string Value::type() const {
  if (const auto* object = get<std::shared_ptr<Object>>()) return (*object)->type();
  if (const Sequence* s = sequence()) {
    static constexpr const char* names[] = {"list",        "tuple",      "range",    "dict_keys",
                                            "dict_values", "dict_items", "generator"};
    return names[s->form];
  }
  static constexpr const char* names[] = {"NoneType", "Undefined", "bool", "int", "float", "str", "", "dict"};
  return names[content.index()];
}

bool Value::truth() const {
  if (is_none() || is_undefined()) return false;
  if (const auto value = number()) return *value != 0;
  if (const std::string* string = text()) return !string->empty();
  // A generator does not know whether it has any.
  if (const Sequence* s = sequence()) return s->form == Sequence::generator || !s->elements.empty();
  if (const Mapping* m = mapping()) return m->size() > 0;
  return true;
}

int Value::depth() const {
  if (const Sequence* s = sequence()) return s->depth;
  if (const Mapping* m = mapping()) return m->depth();
  return 0;
}

std::string hash_key(const Value& key) {
  if (const std::string* text = key.text()) return std::string(1, 's').append(*text);
  if (key.is_none()) return "n";
  if (const auto whole = key.integer()) return fmt::format("i{}", *whole);
  if (const auto* real = key.get<double>()) {
    const bool whole = *real == std::floor(*real) && std::abs(*real) < 0x1p63;
    return whole ? fmt::format("i{}", static_cast<std::int64_t>(*real)) : fmt::format("f{}", *real);
  }
  const Sequence* sequence = key.sequence();
  check(sequence && sequence->form == Sequence::tuple, "a {} can't be a key", key.type());
  std::string all = "(";
  for (const Value& one : sequence->elements) {
    const std::string part = hash_key(one);
    all += fmt::format("{}:{}", part.size(), part);
    check(all.size() < std::size_t{1} << 20, "a key is longer than a megabyte");
  }
  return all;
}

const Value* Mapping::find(const Value& key) const {
  const auto at = places_.find(hash_key(key));
  return at == places_.end() ? nullptr : &entries_[at->second].second;
}

const Value* Mapping::named(std::string_view name) const {
  const auto at = places_.find(std::string(1, 's').append(name));
  return at == places_.end() ? nullptr : &entries_[at->second].second;
}

void Mapping::set(const Value& key, Value value) {
  depth_ = std::max(depth_, deeper(std::max(key.depth(), value.depth())));
  const auto [at, added] = places_.try_emplace(hash_key(key), entries_.size());
  if (added) entries_.emplace_back(key, std::move(value));
  else entries_[at->second].second = std::move(value);
}

std::optional<Value> Object::attribute(Run&, std::string_view) const { return {}; }

Value Object::call(Run&, const Arguments&) const { fail("a {} can't be called", type()); }

std::string Object::text(Run&, int) const { fail("a {} can't be printed", type()); }

}  // namespace adora::jinja
