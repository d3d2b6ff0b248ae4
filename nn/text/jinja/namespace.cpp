#include "namespace.h"

#include "../../../core/error.h"
#include "access.h"
#include "callables.h"
#include "represent.h"

namespace adora::jinja {
namespace {

/// Values by name that a template may set from within a loop. They lie in a scope, which the run empties in the end:
/// a namespace may come to hold itself.
class Namespace final : public Object {
 public:
  std::string type() const override { return "Namespace"; }
  std::optional<Value> attribute(Run&, std::string_view name) const override {
    const auto found = values->values.find(name);
    return found == values->values.end() ? std::nullopt : std::optional<Value>(found->second);
  }
  std::string text(Run& run, int level) const override {
    Mapping mapping;
    for (const auto& [name, value] : values->values) mapping.set(name, value);
    return "<Namespace " + to_repr(run, mapping, level + 1) + ">";
  }

  void set(const std::string& name, Value value) const {
    check(!name.starts_with('_'), "a namespace can't have the attribute {}, which begins with an underscore",
          shortened(name, 40));
    values->values.insert_or_assign(name, std::move(value));
  }

  std::shared_ptr<Scope> values = std::make_shared<Scope>();
};

const RegisterFunction function{"namespace", [](Run& run, const Value&, const Arguments& arguments) -> Value {
                                  const auto made = std::make_shared<Namespace>();
                                  run.empty_in_the_end(made->values);
                                  run.spend(16);
                                  check(arguments.positional.size() < 2, "namespace takes one dict at most");
                                  for (const Value& one : arguments.positional) {
                                    check(one.mapping() != nullptr, "namespace takes a dict, not a {}", one.type());
                                    for (const auto& [key, value] : one.mapping()->entries()) {
                                      check(key.is_text(), "the names of a namespace must be texts");
                                      made->set(*key.text(), value);
                                    }
                                  }
                                  for (const auto& [name, value] : arguments.named) made->set(name, value);
                                  return std::shared_ptr<Object>(made);
                                }};

}  // namespace

void set_attribute(Run&, const Value& target, const std::string& name, const Value& value) {
  const auto* object = target.get<std::shared_ptr<Object>>();
  const auto* found = object ? dynamic_cast<const Namespace*>(object->get()) : nullptr;
  check(found != nullptr, "only a namespace's attributes can be set, not {} of a value of the type {}", name,
        target.type());
  found->set(name, value);
}

}  // namespace adora::jinja
