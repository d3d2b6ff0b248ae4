#include "../parser.h"

namespace adora::jinja {
namespace {

/// {% with a = 1, b = 2 %}…{% endwith %}: names that are known in the block alone.
class With final : public Statement {
 public:
  explicit With(Parser& parser) {
    while (parser.look().kind != Token::end_tag) {
      if (!given_.empty()) parser.expect(",");
      TargetPtr target = parser.target();
      parser.expect("=");
      given_.emplace_back(std::move(target), parser.expression());
    }
    body_ = parser.body({"endwith"});
  }
  Flow run(Run& run) const override {
    std::vector<Value> values;
    for (const auto& [target, value] : given_) values.push_back(value->evaluate(run));
    Within within(run);
    for (std::size_t i = 0; i < given_.size(); ++i) given_[i].first->assign(run, values[i]);
    return run_all(body_, run);
  }

 private:
  std::vector<std::pair<TargetPtr, ExpressionPtr>> given_;
  Statements body_;
};

const RegisterTag registered{"with", [](Parser& parser) -> StatementPtr { return std::make_unique<With>(parser); }};

}  // namespace
}  // namespace adora::jinja
