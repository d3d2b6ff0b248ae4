#pragma once
// Not in adora.h: the library's own.
#include <algorithm>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "expression.h"
#include "lexer.h"
#include "statement.h"

namespace adora::jinja {

class Parser;

/// A tag. The file of one registers it, and nothing else is edited: `parse` takes what follows its name up to the end
/// of the tag, and its body with the tag that ends it. Nothing of a tag outlives the parser.
struct RegisterTag {
  RegisterTag(const char* name, StatementPtr (*parse)(Parser& parser));
};

/// What a value is given to: names, maybe in a tuple, or an attribute of a namespace.
class Target {
 public:
  virtual ~Target() = default;
  virtual void assign(Run& run, const Value& value) const = 0;
};
using TargetPtr = std::unique_ptr<Target>;

/// A parameter of a macro, with the value that it has where none is given; null: undefined.
struct Parameter {
  std::string name;
  ExpressionPtr otherwise;
};

/// From tokens to statements. Its errors begin with "line N: ".
class Parser {
 public:
  explicit Parser(std::string_view source) : tokens_(tokenize(source)) {}

  /// The whole template.
  Statements parse();

  // For tags.
  /// An expression, or a tuple of several between commas.
  ExpressionPtr tuple(bool with_condition = true);
  ExpressionPtr expression(bool with_condition = true);
  /// The filters of `| a | b(c)` on a value.
  ExpressionPtr filters(ExpressionPtr value);
  /// One filter, with the | in front of it or without.
  ExpressionPtr filter(ExpressionPtr value, bool with_sign = true);
  /// The arguments of a call, in brackets.
  CallArguments call_arguments();
  TargetPtr target(bool with_attributes = false);
  std::vector<Parameter> parameters();
  std::string name(std::string_view what);
  /// Takes the end of a tag, and what follows it up to a tag of one of these names, which it takes too; `ended_by` says
  /// which it was.
  Statements body(std::initializer_list<std::string_view> ends);
  const std::string& ended_by() const { return ended_by_; }

  const Token& look(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  bool take(std::string_view sign_or_name);
  void expect(std::string_view sign_or_name);
  void expect_end_of_tag();
  int line() const { return look().line; }
  [[noreturn]] void refuse(const std::string& what) const;

  /// Whether a name has been used since its names were last forgotten.
  std::set<std::string> names;
  int loops = 0;  ///< that the present place is in

 private:
  class Deeper;

  StatementPtr tag();
  Statements until(std::initializer_list<std::string_view> ends);

  ExpressionPtr logical(bool is_or);
  ExpressionPtr negation();
  ExpressionPtr comparison();
  ExpressionPtr sum();
  ExpressionPtr joined();
  ExpressionPtr product();
  ExpressionPtr power();
  ExpressionPtr signed_value(bool with_filters = true);
  ExpressionPtr primary();
  ExpressionPtr postfix(ExpressionPtr value, bool calls_only = false);
  ExpressionPtr subscript(ExpressionPtr value);
  ExpressionPtr test(ExpressionPtr value);
  ExpressionPtr list();
  ExpressionPtr dict();
  TargetPtr one_target(bool with_attributes);
  bool at_tuple_end() const;
  /// Chains grow to the left without a call in a call: their length counts as depth too.
  void count_link(int& links) const;

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string ended_by_;
};

/// A level of nesting; an error where there are too many.
class Parser::Deeper {
 public:
  explicit Deeper(Parser& parser) : parser_(parser) {
    if (++parser.depth_ > 100) parser.refuse("nested deeper than 100 levels");
  }
  ~Deeper() { --parser_.depth_; }
  Deeper(const Deeper&) = delete;

 private:
  Parser& parser_;
};

}  // namespace adora::jinja
