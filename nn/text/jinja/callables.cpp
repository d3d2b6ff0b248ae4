#include "callables.h"

#include <map>

#include "../../../core/error.h"

namespace adora::jinja {
namespace {

using Calls = std::map<std::string, Call, std::less<>>;

Calls& filters() {
  static Calls all;
  return all;
}

Calls& tests() {
  static Calls all;
  return all;
}

struct Method {
  Call call;
  const char* why_not;
};

/// By "type.name".
std::map<std::string, Method, std::less<>>& methods() {
  static std::map<std::string, Method, std::less<>> all;
  return all;
}

std::map<std::string, Value, std::less<>>& functions() {
  static std::map<std::string, Value, std::less<>> all;
  return all;
}

Call find(const Calls& calls, std::string_view name) {
  const auto at = calls.find(name);
  return at == calls.end() ? nullptr : at->second;
}

std::string names_of(const Calls& calls) {
  std::string names;
  for (const auto& [name, call] : calls) names.append(names.empty() ? "" : ", ").append(name);
  return names;
}

/// A function, or a method with the value that it is one of.
class Bound final : public Object {
 public:
  Bound(std::string name, Value value, Call call) : name_(std::move(name)), value_(std::move(value)), call_(call) {}
  std::string type() const override { return "function " + name_; }
  bool callable() const override { return true; }
  Value call(Run& run, const Arguments& arguments) const override {
    run.spend_for(value_);
    for (const Value& one : arguments.positional) run.spend_for(one);
    return run.spend_for(call_(run, value_, arguments));
  }

 private:
  std::string name_;
  Value value_;
  Call call_;
};

}  // namespace

RegisterFilter::RegisterFilter(const char* name, Call call) { filters()[name] = call; }
RegisterTest::RegisterTest(const char* name, Call call) { tests()[name] = call; }
RegisterMethod::RegisterMethod(const char* type, const char* name, Call call) {
  methods()[std::string(type) + "." + name] = {call, nullptr};
}
RefuseMethods::RefuseMethods(const char* type, std::vector<const char*> names, const char* why) {
  for (const char* name : names) methods()[std::string(type) + "." + name] = {nullptr, why};
}
RegisterFunction::RegisterFunction(const char* name, Call call) {
  functions()[name] = Value(std::shared_ptr<Object>(std::make_shared<Bound>(name, Value(), call)));
}

Call find_filter(std::string_view name) { return find(filters(), name); }
Call find_test(std::string_view name) { return find(tests(), name); }
std::string known_filters() { return names_of(filters()); }
std::string known_tests() { return names_of(tests()); }

const Value* find_function(const std::string& name) {
  const auto at = functions().find(name);
  return at == functions().end() ? nullptr : &at->second;
}

std::optional<Value> find_method(const Value& value, std::string_view name) {
  const std::string full = fmt::format("{}.{}", value.type(), name);
  const auto at = methods().find(full);
  if (at == methods().end()) return {};
  check(at->second.call != nullptr, "{} {}", full, at->second.why_not);
  return Value(std::shared_ptr<Object>(std::make_shared<Bound>(full, value, at->second.call)));
}

}  // namespace adora::jinja
