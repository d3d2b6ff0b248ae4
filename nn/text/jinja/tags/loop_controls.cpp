#include "../parser.h"

namespace adora::jinja {
namespace {

template <Flow flow> class Control final : public Statement {
 public:
  Flow run(Run&) const override { return flow; }
};

template <Flow flow> StatementPtr parse(Parser& parser) {
  if (parser.loops == 0) parser.refuse("break and continue stand in loops alone");
  return std::make_unique<Control<flow>>();
}

const RegisterTag leave{"break", parse<Flow::leave_loop>};
const RegisterTag go_on{"continue", parse<Flow::next_turn>};

}  // namespace
}  // namespace adora::jinja
