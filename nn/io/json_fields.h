#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "json.h"

namespace adora {

/// Takes a JSON object apart field by field. Every function throws `Error`
/// naming the file, the field, what it must be and what it is. A field that is
/// null counts as absent.
class JsonFields {
 public:
  /// `where` names the file in messages. The object must outlive this.
  JsonFields(const Json& object, std::string where);

  bool has(const std::string& name);
  /// Whether it is there, be it null.
  bool mentions(const std::string& name) const { return object_->contains(name); }
  /// The field, or null where it is absent; it then counts as read.
  const Json* find(const std::string& name);

  /// An integer from `low` to `high`; without `fallback` it must be there.
  std::int64_t integer(const std::string& name, std::int64_t low, std::int64_t high,
                       std::optional<std::int64_t> fallback = {});
  /// A finite number (an integer counts as one) from `low` to `high`.
  double number(const std::string& name, double low, double high, std::optional<double> fallback = {});
  bool boolean(const std::string& name, std::optional<bool> fallback = {});
  std::string text(const std::string& name, std::optional<std::string> fallback = {});
  /// A list of texts; absent: empty.
  std::vector<std::string> strings(const std::string& name);

  /// An `Error` that the field is not what it must be: "config.json: hidden_size must be …, not 3".
  [[noreturn]] void refuse(const std::string& name, const std::string& must) const;

  const std::string& where() const { return where_; }
  /// The names of the fields that nobody has asked for.
  std::vector<std::string> unread() const;

 private:
  const Json& require(const std::string& name, const std::string& must);

  const Json::Object* object_;
  std::string where_;
  std::set<std::string> read_;
};

/// A JSON value on one line, cut where it is long; for messages.
std::string brief(const Json& json);

}  // namespace adora
