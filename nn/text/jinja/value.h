#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "../../io/json.h"

namespace adora::jinja {

struct Arguments;
class Mapping;
class Object;
class Run;
class Value;
struct Sequence;

struct None {};
/// What a name stands for that nothing was given for; most uses of it are an error, which `why` explains.
struct Undefined {
  std::shared_ptr<const std::string> why;
};
using Text = std::shared_ptr<const std::string>;  ///< UTF-8

/// A value of a template, with Python's kinds. Values don't change, but for namespaces, so that copies share.
class Value {
 public:
  using Content = std::variant<None, Undefined, bool, std::int64_t, double, Text, std::shared_ptr<const Sequence>,
                               std::shared_ptr<const Mapping>, std::shared_ptr<Object>>;

  Value() = default;
  Value(bool value) : content(value) {}
  Value(int value) : content(std::int64_t{value}) {}
  Value(std::int64_t value) : content(value) {}
  Value(double value) : content(value) {}
  Value(const char* value) : content(std::make_shared<const std::string>(value)) {}
  Value(std::string value) : content(std::make_shared<const std::string>(std::move(value))) {}
  Value(Undefined value) : content(std::move(value)) {}
  Value(Sequence value);
  Value(Mapping value);
  Value(std::shared_ptr<Object> value) : content(std::move(value)) {}
  Value(const void*) = delete;  // or a pointer would be true

  template <class T> const T* get() const { return std::get_if<T>(&content); }
  bool is_none() const { return get<None>(); }
  bool is_undefined() const { return get<Undefined>(); }
  bool is_text() const { return get<Text>(); }
  const std::string* text() const { return get<Text>() ? get<Text>()->get() : nullptr; }
  const Sequence* sequence() const;
  const Mapping* mapping() const;
  /// A whole number, or a truth value as 0 or 1.
  std::optional<std::int64_t> integer() const;
  /// That, or a number with a fraction.
  std::optional<double> number() const;

  /// What Python calls its type: "str", "int", ...
  std::string type() const;
  /// Python's truth: false for nothing, zero and what is empty.
  bool truth() const;
  /// The most levels that lists and dicts in this one are deep; 0 for one that holds nothing.
  int depth() const;

  Content content;
};

/// A list, or another thing that is gone through in an order.
struct Sequence {
  enum Form { list, tuple, range, keys, values, items, generator };
  std::vector<Value> elements = {};
  Form form = list;
  int depth = 1;
  /// A generator gives its elements once.
  mutable bool used = false;

  /// Both a length and elements by number: a list, a tuple or a range.
  bool indexed() const { return form == list || form == tuple || form == range; }
};

/// A dict: values by keys, in the order in which they were put in.
class Mapping {
 public:
  /// Null where there is none. An error for a key that can't be one.
  const Value* find(const Value& key) const;
  const Value* named(std::string_view name) const;
  /// Replaces the value of a key that is there, which stays in its place.
  void set(const Value& key, Value value);

  std::size_t size() const { return entries_.size(); }
  const std::vector<std::pair<Value, Value>>& entries() const { return entries_; }
  int depth() const { return depth_; }

 private:
  std::vector<std::pair<Value, Value>> entries_;
  std::unordered_map<std::string, std::size_t> places_;  ///< by hash_key
  int depth_ = 1;
};

/// A value with a behavior of its own: a namespace, a loop, a function.
class Object {
 public:
  virtual ~Object() = default;
  virtual std::string type() const = 0;
  /// None where it has no such attribute.
  virtual std::optional<Value> attribute(Run& run, std::string_view name) const;
  virtual Value call(Run& run, const Arguments& arguments) const;
  virtual bool callable() const { return false; }
  /// What printing it gives.
  virtual std::string text(Run& run, int level) const;
};

/// Two keys are the same where these are (1, 1.0 and true are). An error for a list, a dict and what else is no key.
std::string hash_key(const Value& key);

/// A value of JSON's, the names of an object in their order.
Value value_of(const Json& json);
/// A JSON text's value, the names of an object in the text's order. Throws as parse_json does, and where a name stands
/// twice in an object.
Value parse_value(std::string_view text, const std::string& where);

}  // namespace adora::jinja
