#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "json_object.h"

namespace adora {

/// Is told what a JSON text consists of, from front to back. A handler throws
/// `Error` where the text is not what it wants. Numbers come in three kinds, so
/// that -1 is never taken for 2^64 - 1, nor 1.0 for 1.
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;
  virtual void null() = 0;
  virtual void boolean(bool value) = 0;
  virtual void negative_integer(std::int64_t value) = 0;
  virtual void unsigned_integer(std::uint64_t value) = 0;
  /// A number with a fraction or an exponent, or an integer that fits in no 64 bits.
  virtual void number(double value) = 0;
  virtual void text(std::string& value) = 0;
  virtual void start_object() = 0;
  virtual void key(std::string& name) = 0;
  virtual void end_object() = 0;
  virtual void start_array() = 0;
  virtual void end_array() = 0;
};

/// Reads one JSON text (RFC 8259, UTF-8 without a byte-order mark) and nothing
/// after it but white space. Throws `Error` beginning with `where` and naming line
/// and column. Values nested deeper than 127 levels are an error; nothing recurses.
void parse_json(std::string_view text, const std::string& where, JsonEvents& events);

class Json;

/// Calls f with each value of a JSON text that is a list, one after the other, so that a list may be of any length.
/// Throws as Json::parse does, whose limit each value has to itself, and for a text that is no list.
void parse_json_list(std::string_view text, const std::string& where, const std::function<void(Json value)>& f);

/// A JSON value. An object keeps the order of its names.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = JsonObject;
  using Value = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object>;

  Json();
  Json(std::nullptr_t);
  Json(bool value);
  Json(int value);
  Json(std::int64_t value);
  Json(double value);
  Json(const char* value);
  Json(std::string value);
  Json(Array value);
  Json(Object value);
  Json(const Json& other);
  Json(Json&& other) noexcept;
  Json& operator=(const Json& other);
  Json& operator=(Json&& other) noexcept;
  ~Json();
  friend bool operator==(const Json& a, const Json& b);

  template <class T> const T* get() const { return std::get_if<T>(&value); }
  bool is_null() const { return get<std::nullptr_t>(); }

  /// The text's value. Throws `Error` beginning with `where`: for what parse_json
  /// refuses, a name twice in one object, or more than four million values.
  static Json parse(std::string_view text, const std::string& where);

  /// The value as text, two spaces a level, or on one line where `indent` is
  /// negative; numbers so that they read back the same. Bytes that are no UTF-8
  /// are replaced; a number that is not finite is an error.
  std::string dump(int indent = 2) const;

  Value value;
};

}  // namespace adora
