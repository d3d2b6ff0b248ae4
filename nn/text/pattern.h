#pragma once
// Not in adora.h: the library's own.
#include <memory>
#include <string>
#include <vector>

#include "../io/json_fields.h"
#include "regex.h"

namespace adora {

/// What a part of a tokenizer.json looks for: {"String": text} or {"Regex": expression}.
class Pattern {
 public:
  /// The field of that name. Throws `Error` naming it where it is neither, or the text is empty.
  Pattern(JsonFields& fields, const std::string& name);
  ~Pattern();

  class Search;

 private:
  std::string text_;
  std::unique_ptr<Regex> regex_;
};

/// Its matches in texts, from left to right.
class Pattern::Search {
 public:
  explicit Search(const Pattern& pattern);
  void start(std::string_view text);
  bool next(Span& match);

 private:
  const Pattern& pattern_;
  std::unique_ptr<Regex::Search> regex_;
  std::string_view text_;
  std::size_t from_ = 0;
};

}  // namespace adora
