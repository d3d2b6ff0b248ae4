#include "../parser.h"
#include "../written.h"

namespace adora::jinja {
namespace {

class Set final : public Statement {
 public:
  Set(TargetPtr target, ExpressionPtr value) : target_(std::move(target)), value_(std::move(value)) {}
  Flow run(Run& run) const override {
    const Value value = value_->evaluate(run);
    run.line = value_->line();
    target_->assign(run, value);
    return Flow::next;
  }

 private:
  TargetPtr target_;
  ExpressionPtr value_;
};

/// {% set name %}what is written{% endset %}
class SetBlock final : public Statement {
 public:
  SetBlock(TargetPtr target, Written written) : target_(std::move(target)), written_(std::move(written)) {}
  Flow run(Run& run) const override { return target_->assign(run, written_.value(run)), Flow::next; }

 private:
  TargetPtr target_;
  Written written_;
};

const RegisterTag set{"set", [](Parser& parser) -> StatementPtr {
                        TargetPtr target = parser.target(true);
                        if (!parser.take("="))
                          return std::make_unique<SetBlock>(std::move(target), Written(parser, "endset"));
                        return std::make_unique<Set>(std::move(target), parser.tuple());
                      }};

}  // namespace
}  // namespace adora::jinja
