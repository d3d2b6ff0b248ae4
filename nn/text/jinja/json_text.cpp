#include <algorithm>
#include <cmath>

#include "../../../core/error.h"
#include "characters.h"
#include "compare.h"
#include "represent.h"
#include "run.h"

namespace adora::jinja {
namespace {

class Writer {
 public:
  Writer(Run& run, const JsonStyle& style) : run_(run), style_(style) {}

  void write(const Value& value, int level) {
    run_.spend(1);
    check_length(out.size());
    if (const std::string* text = value.text()) write_text(*text);
    else if (const Sequence* sequence = list_of(value)) write_list(*sequence, level);
    else if (const Mapping* mapping = value.mapping()) write_mapping(*mapping, level);
    else out += plain(value, "tojson");
  }

  std::string out;

 private:
  static const Sequence* list_of(const Value& value) {
    const Sequence* s = value.sequence();
    return s && (s->form == Sequence::list || s->form == Sequence::tuple) ? s : nullptr;
  }

  /// Null, a truth value or a number.
  static std::string plain(const Value& value, std::string_view what) {
    if (value.is_none()) return "null";
    if (const auto* boolean = value.get<bool>()) return *boolean ? "true" : "false";
    if (const auto* whole = value.get<std::int64_t>()) return fmt::format("{}", *whole);
    if (const auto* real = value.get<double>()) {
      if (std::isnan(*real)) return "NaN";
      if (std::isinf(*real)) return *real < 0 ? "-Infinity" : "Infinity";
      return real_text(*real);
    }
    if (const auto* undefined = value.get<Undefined>()) fail("{}: {}", what, *undefined->why);
    fail("{}: JSON has no value of the type {}", what, value.type());
  }

  void write_break(int level) {
    if (!style_.indent) return;
    check_length(out.size() + style_.indent->size() * static_cast<std::size_t>(level));
    out += '\n';
    for (int i = 0; i < level; ++i) out += *style_.indent;
  }

  void write_list(const Sequence& list, int level) {
    out += '[';
    for (std::size_t i = 0; i < list.elements.size(); ++i) {
      if (i > 0) out += style_.comma;
      write_break(level + 1);
      write(list.elements[i], level + 1);
    }
    if (!list.elements.empty()) write_break(level);
    out += ']';
  }

  void write_mapping(const Mapping& mapping, int level) {
    std::vector<const std::pair<Value, Value>*> entries;
    for (const auto& entry : mapping.entries()) entries.push_back(&entry);
    if (style_.sort_keys)
      sort_values(entries, [&](const auto* a, const auto* b) { return less(run_, a->first, b->first); });
    out += '{';
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i > 0) out += style_.comma;
      write_break(level + 1);
      const Value& key = entries[i]->first;
      write_text(key.is_text() ? *key.text() : plain(key, "tojson: a key"));
      out += style_.colon;
      write(entries[i]->second, level + 1);
    }
    if (!entries.empty()) write_break(level);
    out += '}';
  }

  void write_text(const std::string& text) {
    run_.spend_bytes(text);
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
      const auto [code, length] = character_at(text, at);
      static constexpr std::string_view named = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt";
      if (const std::size_t place = code < 128 ? named.find(text[at]) : named.npos; place != named.npos)
        (out += '\\') += letters[place];
      else if (code < 0x20 || (style_.ascii && code >= 0x7F && code < 0x10000 && (code > 0x7F)))
        out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(code));
      else if (style_.ascii && code >= 0x10000)
        out += fmt::format("\\u{:04x}\\u{:04x}", static_cast<std::uint32_t>(0xD800 + ((code - 0x10000) >> 10)),
                           static_cast<std::uint32_t>(0xDC00 + (code & 0x3FF)));
      else out += text.substr(at, length);
      at += length;
    }
    out += '"';
  }

  Run& run_;
  const JsonStyle& style_;
};

}  // namespace

std::string to_json(Run& run, const Value& value, const JsonStyle& style) {
  Writer writer(run, style);
  writer.write(value, 0);
  return std::move(writer.out);
}

}  // namespace adora::jinja
