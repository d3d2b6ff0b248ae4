#include "../../../../core/error.h"
#include "../callables.h"

namespace adora::jinja {
namespace {

template <Sequence::Form form> Value view(Run& run, const Value& value, const Arguments& arguments) {
  arguments.none("the method");
  Sequence all{{}, form};
  run.spend(8 * value.mapping()->size());
  for (const auto& [key, one] : value.mapping()->entries()) {
    if (form == Sequence::items) all.elements.push_back(Sequence{{key, one}, Sequence::tuple});
    else all.elements.push_back(form == Sequence::keys ? key : one);
  }
  return all;
}

Value get(Run&, const Value& value, const Arguments& arguments) {
  check(arguments.named.empty(), "get takes no arguments with names");
  const auto [key, otherwise] = arguments.bind("get", {"key", "default"});
  const Value* found = value.mapping()->find(required(key, "get", "key"));
  return found ? *found : otherwise ? *otherwise : Value();
}

Value copy(Run&, const Value& value, const Arguments& arguments) {
  arguments.none("copy");
  return value;
}

const RegisterMethod methods[] = {
    {"dict", "items", view<Sequence::items>},
    {"dict", "keys", view<Sequence::keys>},
    {"dict", "values", view<Sequence::values>},
    {"dict", "get", get},
    {"dict", "copy", copy},
};
const RefuseMethods refused{
    "dict", {"clear", "pop", "popitem", "setdefault", "update"}, "changes a dict, which a template may not"};
const RefuseMethods unknown{"dict", {"fromkeys"}, "is not known"};

}  // namespace
}  // namespace adora::jinja
