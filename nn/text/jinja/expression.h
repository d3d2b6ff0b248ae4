#pragma once
// Not in adora.h: the library's own.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "arguments.h"
#include "callables.h"
#include "run.h"
#include "value.h"

namespace adora::jinja {

/// A part of a template that has a value.
class Expression {
 public:
  explicit Expression(int line) : line_(line) {}
  virtual ~Expression() = default;
  Value evaluate(Run& run) const;

  int line() const { return line_; }

 protected:
  virtual Value compute(Run& run) const = 0;

 private:
  int line_;
};

using ExpressionPtr = std::unique_ptr<Expression>;

/// A call's arguments, not yet evaluated.
struct CallArguments {
  std::vector<ExpressionPtr> positional;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
  ExpressionPtr all_positional, all_named;  ///< *these, **those
  Arguments evaluate(Run& run) const;
};

ExpressionPtr make_constant(int line, Value value);
ExpressionPtr make_name(int line, std::string name);
ExpressionPtr make_list(int line, std::vector<ExpressionPtr> elements, Sequence::Form form);
ExpressionPtr make_dict(int line, std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries);
ExpressionPtr make_condition(int line, ExpressionPtr test, ExpressionPtr then, ExpressionPtr otherwise);
/// a and b, a or b: the value that decides.
ExpressionPtr make_logical(int line, bool is_or, ExpressionPtr a, ExpressionPtr b);
ExpressionPtr make_not(int line, ExpressionPtr operand);
/// a < b <= c: each pair of neighbors, until one does not hold.
ExpressionPtr make_comparison(int line, ExpressionPtr first, std::vector<std::pair<std::string, ExpressionPtr>> others);
ExpressionPtr make_arithmetic(int line, std::string op, ExpressionPtr a, ExpressionPtr b);
/// -a, +a
ExpressionPtr make_sign(int line, bool minus, ExpressionPtr operand);
/// a ~ b ~ c
ExpressionPtr make_joined(int line, std::vector<ExpressionPtr> parts);
ExpressionPtr make_attribute(int line, ExpressionPtr value, std::string name);
ExpressionPtr make_item(int line, ExpressionPtr value, ExpressionPtr key);
/// Bounds that are left out are null.
ExpressionPtr make_slice(int line, ExpressionPtr value, ExpressionPtr start, ExpressionPtr stop, ExpressionPtr step);
ExpressionPtr make_call(int line, ExpressionPtr function, CallArguments arguments);
/// A filter's value, or the truth of a test.
ExpressionPtr make_filter(int line, Call call, ExpressionPtr value, CallArguments arguments);
ExpressionPtr make_test(int line, Call call, ExpressionPtr value, CallArguments arguments);

}  // namespace adora::jinja
