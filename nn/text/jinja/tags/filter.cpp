#include "../represent.h"
#include "../written.h"

namespace adora::jinja {
namespace {

class FilterBlock final : public Statement {
 public:
  explicit FilterBlock(Written written) : written_(std::move(written)) {}
  Flow run(Run& run) const override { return run.write(to_text(run, written_.value(run))), Flow::next; }

 private:
  Written written_;
};

const RegisterTag registered{"filter", [](Parser& parser) -> StatementPtr {
                               return std::make_unique<FilterBlock>(Written(parser, "endfilter", true));
                             }};

}  // namespace
}  // namespace adora::jinja
