#include "../parser.h"

namespace adora::jinja {
namespace {

class If final : public Statement {
 public:
  struct Branch {
    ExpressionPtr test;  ///< null: else
    Statements body;
  };
  explicit If(std::vector<Branch> branches) : branches_(std::move(branches)) {}

  Flow run(Run& run) const override {
    for (const Branch& branch : branches_)
      if (!branch.test || branch.test->evaluate(run).truth()) return run_all(branch.body, run);
    return Flow::next;
  }

 private:
  std::vector<Branch> branches_;
};

const RegisterTag registered{"if", [](Parser& parser) -> StatementPtr {
                               std::vector<If::Branch> branches;
                               do {
                                 ExpressionPtr test = parser.tuple(false);
                                 branches.push_back({std::move(test), parser.body({"elif", "else", "endif"})});
                               } while (parser.ended_by() == "elif");
                               if (parser.ended_by() == "else") branches.push_back({nullptr, parser.body({"endif"})});
                               return std::make_unique<If>(std::move(branches));
                             }};

}  // namespace
}  // namespace adora::jinja
