#include "../../../../core/error.h"
#include "../access.h"
#include "../parser.h"

namespace adora::jinja {
namespace {

using Elements = std::shared_ptr<const std::vector<Value>>;

Undefined undefined(const char* why) { return {std::make_shared<const std::string>(why)}; }

/// What `loop` is in a turn of a loop. It does not keep the elements, which may hold it.
class Loop final : public Object {
 public:
  explicit Loop(const std::vector<Value>& elements) : elements_(&elements) {}

  std::string type() const override { return "LoopContext"; }
  std::string text(Run&, int) const override { return fmt::format("<LoopContext {}/{}>", index + 1, size()); }
  std::optional<Value> attribute(Run&, std::string_view name) const override;

  std::int64_t size() const { return static_cast<std::int64_t>(elements().size()); }
  /// The loop is over, and what it went through may be gone.
  void end() { elements_ = nullptr; }

  std::int64_t index = 0;

 private:
  const std::vector<Value>& elements() const {
    check(elements_ != nullptr, "loop is used after its end");
    return *elements_;
  }
  Value neighbor(std::int64_t at, const char* why) const {
    return at >= 0 && at < size() ? elements()[static_cast<std::size_t>(at)] : Value(undefined(why));
  }

  const std::vector<Value>* elements_;
};

/// loop.cycle
class Cycle final : public Object {
 public:
  explicit Cycle(std::int64_t index) : index_(index) {}
  std::string type() const override { return "function loop.cycle"; }
  bool callable() const override { return true; }
  Value call(Run&, const Arguments& arguments) const override {
    const auto& all = arguments.positional;
    check(arguments.named.empty() && !all.empty(), "loop.cycle takes values to choose from");
    return all[static_cast<std::size_t>(index_) % all.size()];
  }

 private:
  std::int64_t index_;
};

std::optional<Value> Loop::attribute(Run&, std::string_view name) const {
  if (name == "index") return index + 1;
  if (name == "index0") return index;
  if (name == "revindex") return size() - index;
  if (name == "revindex0") return size() - index - 1;
  if (name == "first") return index == 0;
  if (name == "last") return index + 1 == size();
  if (name == "length") return size();
  if (name == "depth") return 1;
  if (name == "depth0") return 0;
  if (name == "previtem") return neighbor(index - 1, "there is no previous item");
  if (name == "nextitem") return neighbor(index + 1, "there is no next item");
  if (name == "cycle") return Value(std::shared_ptr<Object>(std::make_shared<Cycle>(index)));
  check(name != "changed", "loop.changed is not known");
  return {};
}

class For final : public Statement {
 public:
  For(TargetPtr target, ExpressionPtr over, ExpressionPtr filter, Statements body, Statements otherwise)
      : target_(std::move(target)),
        over_(std::move(over)),
        filter_(std::move(filter)),
        body_(std::move(body)),
        otherwise_(std::move(otherwise)) {}

  Flow run(Run& run) const override {
    const Elements elements = chosen(run);
    if (elements->empty()) {
      Within within(run);
      return run_all(otherwise_, run);
    }
    const auto loop = std::make_shared<Loop>(*elements);
    const Ended ended{*loop};
    for (const Value& element : *elements) {
      run.spend(8);
      Within within(run);
      run.line = over_->line();
      target_->assign(run, element);
      run.set("loop", std::shared_ptr<Object>(loop));
      if (run_all(body_, run) == Flow::leave_loop) break;
      ++loop->index;
    }
    return Flow::next;
  }

 private:
  struct Ended {
    Loop& loop;
    ~Ended() { loop.end(); }
  };

  /// The elements that the loop's own `if` lets through.
  Elements chosen(Run& run) const {
    const Value over = over_->evaluate(run);
    run.line = over_->line();
    const Elements all = iterate(run, over);
    if (!filter_) return all;
    auto kept = std::make_shared<std::vector<Value>>();
    for (const Value& element : *all) {
      Within within(run);
      target_->assign(run, element);
      if (filter_->evaluate(run).truth()) kept->push_back(element);
    }
    return kept;
  }

  TargetPtr target_;
  ExpressionPtr over_, filter_;
  Statements body_, otherwise_;
};

const RegisterTag registered{"for", [](Parser& parser) -> StatementPtr {
                               TargetPtr target = parser.target();
                               parser.expect("in");
                               ExpressionPtr over = parser.tuple(false);
                               ExpressionPtr filter = parser.take("if") ? parser.expression() : nullptr;
                               if (parser.look().is("recursive"))
                                 parser.refuse("recursive loops are not known; a macro can call itself");
                               ++parser.loops;
                               Statements body = parser.body({"else", "endfor"}), otherwise;
                               --parser.loops;
                               if (parser.ended_by() == "else") otherwise = parser.body({"endfor"});
                               return std::make_unique<For>(std::move(target), std::move(over), std::move(filter),
                                                            std::move(body), std::move(otherwise));
                             }};

}  // namespace
}  // namespace adora::jinja
