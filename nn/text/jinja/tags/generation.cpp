#include "../../../../core/error.h"
#include "../written.h"

namespace adora::jinja {
namespace {

/// {% generation %}…{% endgeneration %}: what the model says, of which the run notes the place.
class Generation final : public Statement {
 public:
  explicit Generation(Statements body) : body_(std::move(body)) {}
  Flow run(Run& run) const override {
    const bool known = run.writes_output();
    const std::size_t begin = run.output.size();
    {
      Within within(run);
      run_all(body_, run);
    }
    // What a macro or a block has written is put out later, maybe changed.
    if (known) run.generation.push_back({begin, run.output.size()});
    else run.generation_is_hidden = true;
    return Flow::next;
  }

 private:
  Statements body_;
};

const RegisterTag registered{"generation", [](Parser& parser) -> StatementPtr {
                               return std::make_unique<Generation>(closed_body(parser, "endgeneration"));
                             }};

}  // namespace
}  // namespace adora::jinja
