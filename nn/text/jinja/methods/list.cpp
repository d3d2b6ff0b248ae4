#include "../../../../core/error.h"
#include "../callables.h"
#include "../compare.h"

namespace adora::jinja {
namespace {

Value count(Run& run, const Value& value, const Arguments& arguments) {
  const auto [wanted] = arguments.bind("count", {"value"});
  std::int64_t found = 0;
  for (const Value& one : value.sequence()->elements) found += equal(run, one, required(wanted, "count", "value"));
  return found;
}

Value index(Run& run, const Value& value, const Arguments& arguments) {
  const auto [wanted] = arguments.bind("index", {"value"});
  const auto& all = value.sequence()->elements;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (equal(run, all[i], required(wanted, "index", "value"))) return static_cast<std::int64_t>(i);
  fail("index: the value is not in the list");
}

Value copy(Run&, const Value& value, const Arguments& arguments) {
  arguments.none("copy");
  return value;
}

const RegisterMethod methods[] = {
    {"list", "count", count},  {"list", "index", index},  {"list", "copy", copy},    {"tuple", "count", count},
    {"tuple", "index", index}, {"range", "count", count}, {"range", "index", index},
};
const RefuseMethods refused{"list",
                            {"append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"},
                            "changes a list, which a template may not"};
const RefuseMethods views[] = {{"dict_keys", {"isdisjoint", "mapping"}, "is not known"},
                               {"dict_items", {"isdisjoint", "mapping"}, "is not known"},
                               {"range", {"start", "stop", "step"}, "is not known"},
                               {"generator", {"close", "send", "throw"}, "is not known"}};
const std::vector<const char*> of_numbers = {"real",       "imag",       "conjugate",  "numerator", "denominator",
                                             "to_bytes",   "from_bytes", "bit_length", "bit_count", "as_integer_ratio",
                                             "is_integer", "hex",        "fromhex"};
const RefuseMethods numbers[] = {
    {"int", of_numbers, "is not known"}, {"bool", of_numbers, "is not known"}, {"float", of_numbers, "is not known"}};

}  // namespace
}  // namespace adora::jinja
