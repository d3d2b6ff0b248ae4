// Expressions that compute with the values of others.
#include "../../../core/error.h"
#include "access.h"
#include "arithmetic.h"
#include "characters.h"
#include "compare.h"
#include "expression.h"
#include "represent.h"

namespace adora::jinja {
namespace {

class Condition final : public Expression {
 public:
  Condition(int line, ExpressionPtr test, ExpressionPtr then, ExpressionPtr otherwise)
      : Expression(line), test_(std::move(test)), then_(std::move(then)), otherwise_(std::move(otherwise)) {}

 private:
  Value compute(Run& run) const override {
    if (test_->evaluate(run).truth()) return then_->evaluate(run);
    if (otherwise_) return otherwise_->evaluate(run);
    static const auto why = std::make_shared<const std::string>("an if without else has no value here");
    return Undefined{why};
  }
  ExpressionPtr test_, then_, otherwise_;
};

class Logical final : public Expression {
 public:
  Logical(int line, bool is_or, ExpressionPtr a, ExpressionPtr b)
      : Expression(line), is_or_(is_or), a_(std::move(a)), b_(std::move(b)) {}

 private:
  Value compute(Run& run) const override {
    Value a = a_->evaluate(run);
    return a.truth() == is_or_ ? a : b_->evaluate(run);
  }
  bool is_or_;
  ExpressionPtr a_, b_;
};

class Not final : public Expression {
 public:
  Not(int line, ExpressionPtr operand) : Expression(line), operand_(std::move(operand)) {}

 private:
  Value compute(Run& run) const override { return !operand_->evaluate(run).truth(); }
  ExpressionPtr operand_;
};

bool holds(Run& run, const std::string& op, const Value& a, const Value& b) {
  if (op == "==") return equal(run, a, b);
  if (op == "!=") return !equal(run, a, b);
  if (op == "<") return less(run, a, b);
  if (op == ">") return less(run, b, a);
  if (op == "in") return contains(run, b, a);
  if (op == "not in") return !contains(run, b, a);
  // Written so that a number that is none is in no order with another.
  const bool before = op == "<=" ? less(run, a, b) : less(run, b, a);
  return before || equal(run, a, b);
}

class Comparison final : public Expression {
 public:
  Comparison(int line, ExpressionPtr first, std::vector<std::pair<std::string, ExpressionPtr>> others)
      : Expression(line), first_(std::move(first)), others_(std::move(others)) {}

 private:
  Value compute(Run& run) const override {
    Value left = first_->evaluate(run);
    for (const auto& [op, operand] : others_) {
      Value right = operand->evaluate(run);
      run.line = line();
      if (!holds(run, op, left, right)) return false;
      left = std::move(right);
    }
    return true;
  }
  ExpressionPtr first_;
  std::vector<std::pair<std::string, ExpressionPtr>> others_;
};

class Arithmetic final : public Expression {
 public:
  Arithmetic(int line, std::string op, ExpressionPtr a, ExpressionPtr b)
      : Expression(line), op_(std::move(op)), a_(std::move(a)), b_(std::move(b)) {}

 private:
  Value compute(Run& run) const override {
    const Value a = a_->evaluate(run), b = b_->evaluate(run);
    run.line = line();
    return arithmetic(run, op_, a, b);
  }
  std::string op_;
  ExpressionPtr a_, b_;
};

class Sign final : public Expression {
 public:
  Sign(int line, bool minus, ExpressionPtr operand) : Expression(line), minus_(minus), operand_(std::move(operand)) {}

 private:
  Value compute(Run& run) const override {
    const Value value = operand_->evaluate(run);
    run.line = line();
    const Value negated = negative(value);
    return minus_ ? negated : negative(negated);
  }
  bool minus_;
  ExpressionPtr operand_;
};

class Joined final : public Expression {
 public:
  Joined(int line, std::vector<ExpressionPtr> parts) : Expression(line), parts_(std::move(parts)) {}

 private:
  Value compute(Run& run) const override {
    std::string text;
    for (const ExpressionPtr& part : parts_) {
      const Value value = part->evaluate(run);
      run.line = line();
      text += to_text(run, value);
      check_length(text.size());
    }
    return run.spend_bytes(text), Value(std::move(text));
  }
  std::vector<ExpressionPtr> parts_;
};

}  // namespace

ExpressionPtr make_condition(int line, ExpressionPtr test, ExpressionPtr then, ExpressionPtr otherwise) {
  return std::make_unique<Condition>(line, std::move(test), std::move(then), std::move(otherwise));
}
ExpressionPtr make_logical(int line, bool is_or, ExpressionPtr a, ExpressionPtr b) {
  return std::make_unique<Logical>(line, is_or, std::move(a), std::move(b));
}
ExpressionPtr make_not(int line, ExpressionPtr operand) { return std::make_unique<Not>(line, std::move(operand)); }
ExpressionPtr make_comparison(int line, ExpressionPtr first,
                              std::vector<std::pair<std::string, ExpressionPtr>> others) {
  return std::make_unique<Comparison>(line, std::move(first), std::move(others));
}
ExpressionPtr make_arithmetic(int line, std::string op, ExpressionPtr a, ExpressionPtr b) {
  return std::make_unique<Arithmetic>(line, std::move(op), std::move(a), std::move(b));
}
ExpressionPtr make_sign(int line, bool minus, ExpressionPtr operand) {
  return std::make_unique<Sign>(line, minus, std::move(operand));
}
ExpressionPtr make_joined(int line, std::vector<ExpressionPtr> parts) {
  return std::make_unique<Joined>(line, std::move(parts));
}

}  // namespace adora::jinja
