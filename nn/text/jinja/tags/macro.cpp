#include "../../../../core/error.h"
#include "../access.h"
#include "../represent.h"
#include "../written.h"

namespace adora::jinja {
namespace {

/// What a macro is made of, which the template keeps.
struct Definition {
  std::string name;
  std::vector<Parameter> parameters;
  Statements body;
  bool takes_more = false, takes_more_names = false, takes_caller = false;  ///< it uses varargs, kwargs, caller

  Definition(Parser& parser, std::string name, std::vector<Parameter> given, std::string_view end)
      : name(std::move(name)), parameters(std::move(given)) {
    std::set<std::string> outside;
    std::swap(outside, parser.names);
    body = closed_body(parser, end);
    takes_more = parser.names.contains("varargs");
    takes_more_names = parser.names.contains("kwargs");
    takes_caller = parser.names.contains("caller");
    parser.names.merge(outside);
  }
};

class Macro final : public Object {
 public:
  Macro(const Definition& definition, std::shared_ptr<Scope> scope)
      : definition_(definition), scope_(std::move(scope)) {}
  std::string type() const override { return "Macro"; }
  bool callable() const override { return true; }
  std::optional<Value> attribute(Run&, std::string_view name) const override {
    if (name == "name") return Value(definition_.name);
    return {};
  }

  Value call(Run& run, const Arguments& arguments) const override {
    run.spend(16);
    const Within within(run, scope_in(scope_));
    bind(run, arguments);
    Capture capture(run);
    run_all(definition_.body, run);
    return std::move(capture.text);
  }

 private:
  void bind(Run& run, const Arguments& arguments) const {
    const auto& all = definition_.parameters;
    const std::size_t given = std::min(arguments.positional.size(), all.size());
    Sequence more{{}, Sequence::tuple};
    more.elements.assign(arguments.positional.begin() + static_cast<std::ptrdiff_t>(given), arguments.positional.end());
    check(more.elements.empty() || definition_.takes_more, "the macro {} takes {} arguments at most, not {}",
          definition_.name, all.size(), arguments.positional.size());
    for (std::size_t i = 0; i < given; ++i) run.set(all[i].name, arguments.positional[i]);
    Mapping more_names;
    Value caller = Undefined{std::make_shared<const std::string>("the macro was called without a caller")};
    for (const auto& [name, value] : arguments.named) {
      const auto is_it = [&](const Parameter& parameter) { return parameter.name == name; };
      const auto at = std::find_if(all.begin(), all.end(), is_it);
      check(at == all.end() || at - all.begin() >= static_cast<std::ptrdiff_t>(given), "the macro {} is given {} twice",
            definition_.name, name);
      if (at != all.end()) run.set(name, value);
      else if (name == "caller" && definition_.takes_caller) caller = value;
      else if (definition_.takes_more_names) more_names.set(name, value);
      else fail("the macro {} has no argument called {}", definition_.name, shortened(name, 40));
    }
    for (std::size_t i = given; i < all.size(); ++i) {
      if (run.scope()->values.contains(all[i].name)) continue;
      const std::string why = fmt::format("'{}' was not given to the macro {}", all[i].name, definition_.name);
      run.set(all[i].name, all[i].otherwise ? all[i].otherwise->evaluate(run)
                                            : Value(Undefined{std::make_shared<const std::string>(why)}));
    }
    if (definition_.takes_more) run.set("varargs", std::move(more));
    if (definition_.takes_more_names) run.set("kwargs", std::move(more_names));
    if (definition_.takes_caller) run.set("caller", caller);
  }

  const Definition& definition_;
  std::shared_ptr<Scope> scope_;
};

/// The macro holds its scope and the scope holds the macro, which the run's end unties.
Value make_macro(Run& run, const Definition& definition) {
  run.empty_in_the_end(run.scope());
  run.spend(16);
  return std::shared_ptr<Object>(std::make_shared<Macro>(definition, run.scope()));
}

class Define final : public Statement {
 public:
  explicit Define(Definition definition) : definition_(std::move(definition)) {}
  Flow run(Run& run) const override {
    run.set(definition_.name, make_macro(run, definition_));
    return Flow::next;
  }

 private:
  Definition definition_;
};

/// {% call(x) macro(…) %}…{% endcall %}: the macro's `caller(x)` gives what the block writes.
class CallBlock final : public Statement {
 public:
  CallBlock(ExpressionPtr function, CallArguments arguments, Definition caller)
      : function_(std::move(function)), arguments_(std::move(arguments)), caller_(std::move(caller)) {}
  Flow run(Run& run) const override {
    const Value function = function_->evaluate(run);
    Arguments arguments = arguments_.evaluate(run);
    arguments.named.emplace_back("caller", make_macro(run, caller_));
    run.line = function_->line();
    run.write(to_text(run, call(run, function, arguments)));
    return Flow::next;
  }

 private:
  ExpressionPtr function_;
  CallArguments arguments_;
  Definition caller_;
};

const RegisterTag macro{"macro", [](Parser& parser) -> StatementPtr {
                          const std::string name = parser.name("a macro's name");
                          std::vector<Parameter> parameters = parser.parameters();
                          return std::make_unique<Define>(Definition(parser, name, std::move(parameters), "endmacro"));
                        }};

const RegisterTag call_block{"call", [](Parser& parser) -> StatementPtr {
                               std::vector<Parameter> parameters;
                               if (parser.look().is("(")) parameters = parser.parameters();
                               const int line = parser.line();
                               ExpressionPtr function = make_name(line, parser.name("a macro's name"));
                               while (parser.take("."))
                                 function = make_attribute(line, std::move(function), parser.name("an attribute"));
                               CallArguments arguments = parser.call_arguments();
                               return std::make_unique<CallBlock>(
                                   std::move(function), std::move(arguments),
                                   Definition(parser, "caller", std::move(parameters), "endcall"));
                             }};

}  // namespace
}  // namespace adora::jinja
