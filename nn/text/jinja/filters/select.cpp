// Filters that put a filter, a test or an attribute's name on each element.
#include "../../../../core/error.h"
#include "../access.h"
#include "../callables.h"

namespace adora::jinja {
namespace {

/// The arguments after the first `count`.
Arguments without(const Arguments& arguments, std::size_t count) {
  Arguments rest = arguments;
  rest.positional.erase(rest.positional.begin(), rest.positional.begin() + static_cast<std::ptrdiff_t>(count));
  return rest;
}

/// select, reject, selectattr and rejectattr: a test, or the truth where none is named, decides.
template <bool keeps, bool by_attribute> Value select(Run& run, const Value& value, const Arguments& arguments) {
  constexpr std::size_t first = by_attribute ? 1 : 0;
  check(arguments.positional.size() >= first, "selectattr and rejectattr need an attribute's name");
  Call test = nullptr;
  Arguments rest;
  if (arguments.positional.size() > first) {
    const std::string& name = text_of(&arguments.positional[first], "select", "test");
    test = find_test(name);
    check(test != nullptr, "the test {} is not known; those that are known: {}", shortened(name, 40), known_tests());
    rest = without(arguments, first + 1);
  } else if (!arguments.named.empty()) {
    fail("a selection has no argument called {}", shortened(arguments.named[0].first, 40));
  }
  Sequence kept{{}, Sequence::generator};
  if (!value.truth()) return kept;
  const auto all = iterate(run, value);
  for (const Value& one : *all) {
    run.spend(1);
    const Value judged = by_attribute ? follow(run, one, arguments.positional[0]) : one;
    if ((test ? test(run, judged, rest) : judged).truth() == keeps) kept.elements.push_back(one);
  }
  return kept;
}

Value map(Run& run, const Value& value, const Arguments& arguments) {
  Sequence result{{}, Sequence::generator};
  const bool by_attribute = arguments.positional.empty() && !arguments.named.empty();
  const Value *attribute = nullptr, *otherwise = nullptr;
  Call filter = nullptr;
  Arguments rest;
  if (by_attribute) {
    const auto [named, given] = arguments.bind("map", {"attribute", "default"});
    attribute = &required(named, "map", "attribute"), otherwise = given;
  } else {
    check(!arguments.positional.empty(), "map needs a filter's name, or attribute=");
    const std::string& name = text_of(&arguments.positional[0], "map", "filter");
    filter = find_filter(name);
    check(filter != nullptr, "the filter {} is not known; those that are known: {}", shortened(name, 40),
          known_filters());
    rest = without(arguments, 1);
  }
  if (!value.truth()) return result;
  const auto all = iterate(run, value);
  for (const Value& one : *all) {
    run.spend(1);
    if (by_attribute) {
      // A part of the path that is missing is the default's, as the whole is.
      Value found = follow(run, one, *attribute);
      if (found.is_undefined() && otherwise && !otherwise->is_none()) found = *otherwise;
      result.elements.push_back(std::move(found));
    } else {
      run.spend_for(one);
      result.elements.push_back(run.spend_for(filter(run, one, rest)));
    }
  }
  return result;
}

const RegisterFilter filters[] = {
    {"select", select<true, false>},
    {"reject", select<false, false>},
    {"selectattr", select<true, true>},
    {"rejectattr", select<false, true>},
    {"map", map},
};

}  // namespace
}  // namespace adora::jinja
