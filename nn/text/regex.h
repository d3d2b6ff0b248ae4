#pragma once
// Not in adora.h: the library's own.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace adora {

/// A stretch of a text, in bytes.
struct Span {
  std::size_t begin = 0, end = 0;
};

/// How a regular expression is written: as in tokenizer.json (oniguruma.h), or as in Python (python_regex.h).
enum class RegexSyntax { oniguruma, python };

/// A regular expression over UTF-8, matched by PCRE2.
class Regex {
 public:
  /// Throws `Error` beginning with `where` where the expression is wrong, or has something that is not understood.
  Regex(std::string_view expression, std::string where, RegexSyntax syntax = RegexSyntax::oniguruma);
  Regex(Regex&&) noexcept;
  ~Regex();

  class Search;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
  std::string where_;
};

/// The matches in texts, from left to right, none in another; an empty match right behind a match does not count. One
/// search may go through many texts; each thread has its own.
class Regex::Search {
 public:
  /// The expression must outlive this.
  explicit Search(const Regex& regex);
  ~Search();
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

  /// A text of valid UTF-8, which must outlive the search in it.
  void start(std::string_view text);
  /// Throws `Error` where the expression takes more steps or memory than it may.
  bool next(Span& match);

 private:
  struct State;
  const Regex& regex_;
  std::unique_ptr<State> state_;
  std::string_view text_;
  std::size_t from_ = 0;
  std::size_t last_end_ = std::string_view::npos;
};

}  // namespace adora
