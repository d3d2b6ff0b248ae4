#include "json.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "../../core/error.h"
#include "../../core/utf8.h"

namespace adora {
namespace {

constexpr int max_depth = 127;
constexpr std::size_t max_values = std::size_t{1} << 22;

/// Hands the parser's events on and counts the levels.
class Bridge {
 public:
  using json = nlohmann::json;

  Bridge(const std::string& where, JsonEvents& events) : where_(where), events_(events) {}

  bool null() { return events_.null(), true; }
  bool boolean(bool value) { return events_.boolean(value), true; }
  bool number_integer(json::number_integer_t value) { return events_.negative_integer(value), true; }
  bool number_unsigned(json::number_unsigned_t value) { return events_.unsigned_integer(value), true; }
  bool number_float(json::number_float_t value, const std::string&) { return events_.number(value), true; }
  bool string(std::string& value) { return events_.text(value), true; }
  bool binary(json::binary_t&) { return false; }
  bool key(std::string& name) { return events_.key(name), true; }
  bool start_object(std::size_t) { return descend(), events_.start_object(), true; }
  bool start_array(std::size_t) { return descend(), events_.start_array(), true; }
  bool end_object() { return --depth_, events_.end_object(), true; }
  bool end_array() { return --depth_, events_.end_array(), true; }

  bool parse_error(std::size_t, const std::string&, const json::exception& error) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error …"
    std::string_view text = error.what();
    if (auto end = text.find("] "); end != text.npos) text.remove_prefix(end + 2);
    if (text.starts_with("parse error ")) text.remove_prefix(12);
    fail("{}: not valid JSON {}", where_, shortened(text, 160));
  }

 private:
  void descend() { check(++depth_ <= max_depth, "{}: JSON nested deeper than {} levels", where_, max_depth); }

  const std::string& where_;
  JsonEvents& events_;
  int depth_ = 0;
};

/// Builds a Json from events.
class Builder final : public JsonEvents {
 public:
  explicit Builder(const std::string& where) : where_(where) {}

  void null() override { add(nullptr); }
  void boolean(bool value) override { add(value); }
  void negative_integer(std::int64_t value) override { add(value); }
  void unsigned_integer(std::uint64_t value) override {
    if (value <= static_cast<std::uint64_t>(INT64_MAX)) add(static_cast<std::int64_t>(value));
    else add(static_cast<double>(value));
  }
  void number(double value) override { add(value); }
  void text(std::string& value) override { add(std::move(value)); }
  void start_object() override { open_.push_back(add(Json::Object())); }
  void start_array() override { open_.push_back(add(Json::Array())); }
  void end_object() override { open_.pop_back(); }
  void end_array() override { open_.pop_back(); }
  void key(std::string& name) override {
    auto [at, added] = std::get<Json::Object>(open_.back()->value).try_emplace(std::move(name));
    if (!added) fail("{}: the name \"{}\" stands twice in one object", where_, shortened(at->first));
    slot_ = &at->second;
  }

  Json root;

 private:
  /// Puts the value where it belongs. A parent does not move while a child is
  /// open, so that pointers to the open ones stay valid.
  Json* add(Json value) {
    check(++count_ <= max_values, "{}: more than {} values", where_, max_values);
    if (open_.empty()) return &(root = std::move(value));
    if (auto* array = std::get_if<Json::Array>(&open_.back()->value)) return &array->emplace_back(std::move(value));
    return &(*slot_ = std::move(value));
  }

  const std::string& where_;
  std::vector<Json*> open_;
  Json* slot_ = nullptr;
  std::size_t count_ = 0;
};

/// Hands each value of a list on when it is complete.
class ListBuilder : public JsonEvents {
 public:
  ListBuilder(const std::string& where, const std::function<void(Json)>& f) : where_(where), f_(f) {}

  void null() override { value().null(), complete(); }
  void boolean(bool b) override { value().boolean(b), complete(); }
  void negative_integer(std::int64_t number) override { value().negative_integer(number), complete(); }
  void unsigned_integer(std::uint64_t number) override { value().unsigned_integer(number), complete(); }
  void number(double number) override { value().number(number), complete(); }
  void text(std::string& text) override { value().text(text), complete(); }
  void key(std::string& name) override { builder_->key(name); }
  void start_object() override { value().start_object(), ++depth_; }
  void end_object() override { builder_->end_object(), --depth_, complete(); }
  void start_array() override {
    if (std::exchange(begun_, true)) value().start_array();
    ++depth_;
  }
  void end_array() override {
    if (--depth_ == 0) return;
    builder_->end_array();
    complete();
  }

 private:
  /// What the value that is under way goes to.
  Builder& value() {
    check(begun_, "{}: must be a list", where_);
    if (!builder_) builder_.emplace(where_);
    return *builder_;
  }
  void complete() {
    if (depth_ > 1) return;
    f_(std::move(builder_->root));
    builder_.reset();
  }

  const std::string& where_;
  const std::function<void(Json)>& f_;
  std::optional<Builder> builder_;
  bool begun_ = false;
  int depth_ = 0;
};

void write_text(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = utf8_character(text, at);
    unsigned char c = static_cast<unsigned char>(text[at]);
    if (length == 0) out += "\xEF\xBF\xBD";
    else if (c == '"' || c == '\\') (out += '\\') += text[at];
    else if (c == '\n') out += "\\n";
    else if (c < 0x20 || c == 0x7f) out += fmt::format("\\u{:04x}", c);
    else out += text.substr(at, length);
    at += length ? length : 1;
  }
  out += '"';
}

void write_break(std::string& out, int indent, int level) {
  if (indent < 0) return;
  out += '\n';
  out.append(static_cast<std::size_t>(indent) * static_cast<std::size_t>(level), ' ');
}

void write_json(std::string& out, const Json& json, int indent, int level) {
  const char* comma = indent < 0 ? ", " : ",";
  const char* separator = "";
  if (auto* array = json.get<Json::Array>()) {
    out += '[';
    for (const Json& item : *array) {
      out += std::exchange(separator, comma);
      write_break(out, indent, level + 1);
      write_json(out, item, indent, level + 1);
    }
    if (!array->empty()) write_break(out, indent, level);
    out += ']';
  } else if (auto* object = json.get<Json::Object>()) {
    out += '{';
    for (const auto& [name, item] : *object) {
      out += std::exchange(separator, comma);
      write_break(out, indent, level + 1);
      write_text(out, name);
      out += ": ";
      write_json(out, item, indent, level + 1);
    }
    if (!object->empty()) write_break(out, indent, level);
    out += '}';
  } else if (auto* text = json.get<std::string>()) {
    write_text(out, *text);
  } else if (auto* number = json.get<double>()) {
    check(std::isfinite(*number), "JSON has no number {}; write null instead", *number);
    std::string digits = fmt::format("{}", *number);
    out += digits.find_first_of(".e") == digits.npos ? digits + ".0" : digits;
  } else if (auto* integer = json.get<std::int64_t>()) {
    out += fmt::format("{}", *integer);
  } else if (auto* boolean = json.get<bool>()) {
    out += *boolean ? "true" : "false";
  } else {
    out += "null";
  }
}

}  // namespace

Json::Json() = default;
Json::Json(std::nullptr_t) {}
Json::Json(bool value) : value(value) {}
Json::Json(int value) : value(std::int64_t{value}) {}
Json::Json(std::int64_t value) : value(value) {}
Json::Json(double value) : value(value) {}
Json::Json(const char* value) : value(std::string(value)) {}
Json::Json(std::string value) : value(std::move(value)) {}
Json::Json(Array value) : value(std::move(value)) {}
Json::Json(Object value) : value(std::move(value)) {}
Json::Json(const Json& other) = default;
Json::Json(Json&& other) noexcept = default;
Json& Json::operator=(const Json& other) = default;
Json& Json::operator=(Json&& other) noexcept = default;
Json::~Json() = default;
bool operator==(const Json& a, const Json& b) { return a.value == b.value; }

void parse_json(std::string_view text, const std::string& where, JsonEvents& events) {
  check(!text.starts_with("\xEF\xBB\xBF"), "{}: begins with a byte-order mark; JSON has none", where);
  // The parser would take a zero byte for the end.
  auto zero = text.find('\0');
  check(zero == text.npos, "{}: not valid JSON: there is a zero byte at {}", where, zero);
  Bridge bridge(where, events);
  nlohmann::json::sax_parse(text.begin(), text.end(), &bridge);
}

void parse_json_list(std::string_view text, const std::string& where, const std::function<void(Json)>& f) {
  ListBuilder builder(where, f);
  parse_json(text, where, builder);
}

Json Json::parse(std::string_view text, const std::string& where) {
  Builder builder(where);
  parse_json(text, where, builder);
  return std::move(builder.root);
}

std::string Json::dump(int indent) const {
  std::string out;
  write_json(out, *this, indent, 0);
  return out;
}

}  // namespace adora
