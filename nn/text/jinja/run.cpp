#include "run.h"

#include "../../../core/error.h"
#include "callables.h"
#include "characters.h"

namespace adora::jinja {
namespace {

constexpr std::size_t most_steps = 20'000'000;
constexpr int deepest = 600;

}  // namespace

std::shared_ptr<Scope> scope_in(std::shared_ptr<Scope> parent) {
  const int depth = parent->depth + 1;
  check(depth < deepest, "the template's blocks and macros are nested deeper than {} levels", deepest);
  return std::make_shared<Scope>(Scope{std::move(parent), {}, depth});
}

Run::Run(std::shared_ptr<Scope> given, std::time_t now) : now(now), scope_(std::move(given)), left_(most_steps) {}

Run::~Run() {
  // Values that a scope drops may hold other scopes; these are all held here, so that no drop leads to the next.
  for (const auto& scope : scopes_) scope->values.clear();
}

void Run::spend(std::size_t steps) {
  check(steps <= left_, "the template takes more than {} steps", most_steps);
  left_ -= steps;
}

const Value& Run::spend_for(const Value& value) {
  if (const std::string* text = value.text()) spend_bytes(*text);
  else if (const Sequence* sequence = value.sequence()) spend(2 * sequence->elements.size());
  else if (const Mapping* mapping = value.mapping()) spend(8 * mapping->size());
  return value;
}

void Run::write(std::string_view text) {
  spend_bytes(text);
  check_length(out_->size() + text.size());
  *out_ += text;
}

Value Run::find(const std::string& name) const {
  for (const Scope* at = scope_.get(); at; at = at->parent.get())
    if (const auto found = at->values.find(name); found != at->values.end()) return found->second;
  if (const Value* function = find_function(name)) return *function;
  return Undefined{std::make_shared<const std::string>(fmt::format("'{}' is undefined", shortened(name, 60)))};
}

void Run::set(const std::string& name, Value value) { scope_->values.insert_or_assign(name, std::move(value)); }

Level::Level(Run& run) : run_(run) {
  check(run.level_ < deepest, "the template calls itself, or is nested, deeper than {} levels", deepest);
  ++run.level_;
}

}  // namespace adora::jinja
