// Expressions that have or find a value, and calls.
#include "../../../core/error.h"
#include "access.h"
#include "expression.h"

namespace adora::jinja {
namespace {

class Constant final : public Expression {
 public:
  Constant(int line, Value value) : Expression(line), value_(std::move(value)) {}

 private:
  Value compute(Run&) const override { return value_; }
  Value value_;
};

class Name final : public Expression {
 public:
  Name(int line, std::string name) : Expression(line), name_(std::move(name)) {}

 private:
  Value compute(Run& run) const override { return run.find(name_); }
  std::string name_;
};

class List final : public Expression {
 public:
  List(int line, std::vector<ExpressionPtr> elements, Sequence::Form form)
      : Expression(line), elements_(std::move(elements)), form_(form) {}

 private:
  Value compute(Run& run) const override {
    Sequence list{{}, form_};
    for (const ExpressionPtr& one : elements_) list.elements.push_back(one->evaluate(run));
    run.line = line();
    return run.spend_for(Value(std::move(list)));
  }
  std::vector<ExpressionPtr> elements_;
  Sequence::Form form_;
};

class Dict final : public Expression {
 public:
  Dict(int line, std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries)
      : Expression(line), entries_(std::move(entries)) {}

 private:
  Value compute(Run& run) const override {
    Mapping mapping;
    for (const auto& [key, value] : entries_) {
      const Value name = key->evaluate(run);
      Value one = value->evaluate(run);
      run.line = line();
      mapping.set(name, std::move(one));
    }
    return run.spend_for(Value(std::move(mapping)));
  }
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries_;
};

class Attribute final : public Expression {
 public:
  Attribute(int line, ExpressionPtr value, std::string name)
      : Expression(line), value_(std::move(value)), name_(std::move(name)) {}

 private:
  Value compute(Run& run) const override {
    const Value value = value_->evaluate(run);
    run.line = line();
    return get_attribute(run, value, name_);
  }
  ExpressionPtr value_;
  std::string name_;
};

class Item final : public Expression {
 public:
  Item(int line, ExpressionPtr value, ExpressionPtr key)
      : Expression(line), value_(std::move(value)), key_(std::move(key)) {}

 private:
  Value compute(Run& run) const override {
    const Value value = value_->evaluate(run), key = key_->evaluate(run);
    run.line = line();
    return get_item(run, value, key);
  }
  ExpressionPtr value_, key_;
};

class Slice final : public Expression {
 public:
  Slice(int line, ExpressionPtr value, ExpressionPtr start, ExpressionPtr stop, ExpressionPtr step)
      : Expression(line), parts_{std::move(value), std::move(start), std::move(stop), std::move(step)} {}

 private:
  Value compute(Run& run) const override {
    Value values[4];
    for (std::size_t i = 0; i < 4; ++i)
      if (parts_[i]) values[i] = parts_[i]->evaluate(run);
    run.line = line();
    return get_slice(run, values[0], values[1], values[2], values[3]);
  }
  ExpressionPtr parts_[4];
};

class CallExpression final : public Expression {
 public:
  CallExpression(int line, ExpressionPtr function, CallArguments arguments)
      : Expression(line), function_(std::move(function)), arguments_(std::move(arguments)) {}

 private:
  Value compute(Run& run) const override {
    const Value function = function_->evaluate(run);
    const Arguments arguments = arguments_.evaluate(run);
    run.line = line();
    return call(run, function, arguments);
  }
  ExpressionPtr function_;
  CallArguments arguments_;
};

class FilterOrTest final : public Expression {
 public:
  FilterOrTest(int line, Call call, bool test, ExpressionPtr value, CallArguments arguments)
      : Expression(line), call_(call), test_(test), value_(std::move(value)), arguments_(std::move(arguments)) {}

 private:
  Value compute(Run& run) const override {
    const Value value = value_->evaluate(run);
    const Arguments arguments = arguments_.evaluate(run);
    run.line = line();
    if (!test_) run.spend_for(value);
    const Value result = call_(run, value, arguments);
    return test_ ? Value(result.truth()) : run.spend_for(result);
  }
  Call call_;
  bool test_;
  ExpressionPtr value_;
  CallArguments arguments_;
};

}  // namespace

Value Expression::evaluate(Run& run) const {
  Level level(run);
  run.spend(1);
  run.line = line_;
  return compute(run);
}

Arguments CallArguments::evaluate(Run& run) const {
  Arguments result;
  for (const ExpressionPtr& one : positional) result.positional.push_back(one->evaluate(run));
  for (const auto& [name, one] : named) result.named.emplace_back(name, one->evaluate(run));
  if (all_positional) {
    const auto more = iterate(run, all_positional->evaluate(run));
    run.spend(2 * more->size());
    result.positional.insert(result.positional.end(), more->begin(), more->end());
  }
  if (all_named) {
    const Value more = all_named->evaluate(run);
    check(more.mapping() != nullptr, "** takes a dict, not a value of the type {}", more.type());
    run.spend_for(more);
    for (const auto& [name, one] : more.mapping()->entries()) {
      check(name.is_text(), "** takes a dict whose keys are texts");
      result.named.emplace_back(*name.text(), one);
    }
  }
  return result;
}

ExpressionPtr make_constant(int line, Value value) { return std::make_unique<Constant>(line, std::move(value)); }
ExpressionPtr make_name(int line, std::string name) { return std::make_unique<Name>(line, std::move(name)); }
ExpressionPtr make_list(int line, std::vector<ExpressionPtr> elements, Sequence::Form form) {
  return std::make_unique<List>(line, std::move(elements), form);
}
ExpressionPtr make_dict(int line, std::vector<std::pair<ExpressionPtr, ExpressionPtr>> entries) {
  return std::make_unique<Dict>(line, std::move(entries));
}
ExpressionPtr make_attribute(int line, ExpressionPtr value, std::string name) {
  return std::make_unique<Attribute>(line, std::move(value), std::move(name));
}
ExpressionPtr make_item(int line, ExpressionPtr value, ExpressionPtr key) {
  return std::make_unique<Item>(line, std::move(value), std::move(key));
}
ExpressionPtr make_slice(int line, ExpressionPtr value, ExpressionPtr start, ExpressionPtr stop, ExpressionPtr step) {
  return std::make_unique<Slice>(line, std::move(value), std::move(start), std::move(stop), std::move(step));
}
ExpressionPtr make_call(int line, ExpressionPtr function, CallArguments arguments) {
  return std::make_unique<CallExpression>(line, std::move(function), std::move(arguments));
}
ExpressionPtr make_filter(int line, Call call, ExpressionPtr value, CallArguments arguments) {
  return std::make_unique<FilterOrTest>(line, call, false, std::move(value), std::move(arguments));
}
ExpressionPtr make_test(int line, Call call, ExpressionPtr value, CallArguments arguments) {
  return std::make_unique<FilterOrTest>(line, call, true, std::move(value), std::move(arguments));
}

}  // namespace adora::jinja
