#pragma once
// Not in adora.h: the library's own.
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "value.h"

namespace adora::jinja {

/// What a template has made of the values that it was given.
struct Rendered {
  std::string text;
  /// Bytes [first, second) of the text that stand between {% generation %} and {% endgeneration %}.
  std::vector<std::pair<std::size_t, std::size_t>> generation;
  /// Whether some of these stand in a macro or a block, so that their place is not known.
  bool generation_is_hidden = false;
};

/// A template of the Jinja language, as far as chat templates have it, with the settings of transformers: trim_blocks
/// and lstrip_blocks, and break, continue and generation for tags. What it does not know is an error that names it. A
/// template may come from anywhere: its size, its nesting, its steps and what it writes are bounded.
class Template {
 public:
  /// Throws `Error` beginning with `where` and the line.
  Template(std::string_view source, std::string where);
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;
  ~Template();

  /// The text made with the values of `given` by name. `now`: what strftime_now takes for the present, as local time.
  /// Throws `Error` naming the template, its line, and what was wrong, also for the template's own raise_exception.
  Rendered render(const Mapping& given, std::optional<std::time_t> now = {}) const;

 private:
  struct Parsed;
  std::unique_ptr<Parsed> parsed_;
  std::string where_;
};

}  // namespace adora::jinja
