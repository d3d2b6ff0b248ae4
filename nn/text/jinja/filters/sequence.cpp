// Filters on lists and dicts.
#include "../../../../core/error.h"
#include "../access.h"
#include "../arithmetic.h"
#include "../callables.h"
#include "../characters.h"
#include "../compare.h"

namespace adora::jinja {
namespace {

Undefined empty(const char* why) { return {std::make_shared<const std::string>(why)}; }

Value length(Run&, const Value& value, const Arguments& arguments) {
  arguments.none("length");
  return length_of(value);
}

Value list(Run& run, const Value& value, const Arguments& arguments) {
  arguments.none("list");
  return Sequence{*iterate(run, value)};
}

Value first(Run& run, const Value& value, const Arguments& arguments) {
  arguments.none("first");
  const auto all = iterate(run, value);
  return all->empty() ? Value(empty("the first of nothing")) : all->front();
}

/// What can be gone through from its end.
void check_reversible(const Value& value, std::string_view filter) {
  const Sequence* sequence = value.sequence();
  check(
      (sequence && sequence->form != Sequence::generator) || value.is_text() || value.mapping() || value.is_undefined(),
      "{} is not for a value of the type {}: the filter list makes a list of it", filter, value.type());
}

Value last(Run& run, const Value& value, const Arguments& arguments) {
  arguments.none("last");
  check_reversible(value, "last");
  const auto all = iterate(run, value);
  return all->empty() ? Value(empty("the last of nothing")) : all->back();
}

Value reverse(Run& run, const Value& value, const Arguments& arguments) {
  arguments.none("reverse");
  if (value.is_text()) return get_slice(run, value, {}, {}, -1);
  const auto all = iterate(run, value);
  return Sequence{{all->rbegin(), all->rend()}, Sequence::generator};
}

Value items(Run& run, const Value& value, const Arguments& arguments) {
  arguments.none("items");
  Sequence pairs{{}, Sequence::generator};
  if (value.is_undefined()) return pairs;
  check(value.mapping() != nullptr, "items is for a dict, not a value of the type {}", value.type());
  pairs.elements = *iterate(run, call(run, *find_method(value, "items"), {}));
  return pairs;
}

/// What sort, min, max and unique look at: an attribute of an element or itself, in small letters where the case does
/// not count.
Value key_of(Run& run, const Value& value, const Value* attribute, bool case_sensitive) {
  Value key = attribute && !attribute->is_none() ? follow(run, value, *attribute) : value;
  if (!case_sensitive && key.is_text()) key = Value(to_lower(*key.text()));
  return run.spend_for(key);
}

struct Keyed {
  Value key, value;
};

std::vector<Keyed> keyed(Run& run, const Value& value, const Value* attribute, bool case_sensitive) {
  std::vector<Keyed> all;
  const auto elements = iterate(run, value);
  for (const Value& one : *elements) all.push_back({key_of(run, one, attribute, case_sensitive), one});
  return all;
}

Value sorted(Run& run, std::vector<Keyed> all, bool backwards) {
  sort_values(all, [&](const Keyed& a, const Keyed& b) {
    return backwards ? less(run, b.key, a.key) : less(run, a.key, b.key);
  });
  Sequence result;
  for (Keyed& one : all) result.elements.push_back(std::move(one.value));
  return result;
}

Value sort(Run& run, const Value& value, const Arguments& arguments) {
  const auto [backwards, case_sensitive, attribute] =
      arguments.bind("sort", {"reverse", "case_sensitive", "attribute"});
  check(!attribute || !attribute->is_text() || attribute->text()->find(',') == std::string::npos,
        "sort by several attributes is not known: sort by one after the other, the last first");
  return sorted(run, keyed(run, value, attribute, flag_of(case_sensitive, false)), flag_of(backwards, false));
}

Value dictsort(Run& run, const Value& value, const Arguments& arguments) {
  const auto [case_sensitive, by, backwards] = arguments.bind("dictsort", {"case_sensitive", "by", "reverse"});
  check(value.mapping() != nullptr, "dictsort is for a dict, not a value of the type {}", value.type());
  const std::string which = by ? text_of(by, "dictsort", "by") : "key";
  check(which == "key" || which == "value", "dictsort sorts by \"key\" or \"value\", not by \"{}\"",
        shortened(which, 40));
  const Value place = which == "key" ? 0 : 1;
  const Value pairs = items(run, value, {});
  return sorted(run, keyed(run, pairs, &place, flag_of(case_sensitive, false)), flag_of(backwards, false));
}

template <bool largest> Value extreme(Run& run, const Value& value, const Arguments& arguments) {
  const auto [case_sensitive, attribute] = arguments.bind(largest ? "max" : "min", {"case_sensitive", "attribute"});
  const auto all = keyed(run, value, attribute, flag_of(case_sensitive, false));
  if (all.empty()) return empty("the least or the greatest of nothing");
  const Keyed* best = &all.front();
  for (const Keyed& one : all)
    if (largest ? less(run, best->key, one.key) : less(run, one.key, best->key)) best = &one;
  return best->value;
}

Value unique(Run& run, const Value& value, const Arguments& arguments) {
  const auto [case_sensitive, attribute] = arguments.bind("unique", {"case_sensitive", "attribute"});
  Mapping seen;
  Sequence kept{{}, Sequence::generator};
  for (const Keyed& one : keyed(run, value, attribute, flag_of(case_sensitive, false))) {
    run.spend(8);
    if (seen.find(one.key)) continue;
    seen.set(one.key, true);
    kept.elements.push_back(one.value);
  }
  return kept;
}

Value sum(Run& run, const Value& value, const Arguments& arguments) {
  const auto [attribute, start] = arguments.bind("sum", {"attribute", "start"});
  Value total = start ? *start : Value(0);
  check(!total.is_text(), "sum is for numbers: the filter join joins texts");
  const auto elements = iterate(run, value);
  for (const Value& one : *elements)
    total = arithmetic(run, "+", total, attribute && !attribute->is_none() ? follow(run, one, *attribute) : one);
  return total;
}

/// Lists of `size` elements each.
Value batch(Run& run, const Value& value, const Arguments& arguments) {
  const auto [size, fill] = arguments.bind("batch", {"linecount", "fill_with"});
  const std::int64_t count = integer_of(size, "batch", "linecount");
  check(count > 0, "batch: its argument linecount must be 1 or more, not {}", count);
  check_length(static_cast<std::size_t>(count), sizeof(Value));
  Sequence batches{{}, Sequence::generator};
  const auto all = iterate(run, value);
  for (std::size_t at = 0; at < all->size(); at += static_cast<std::size_t>(count)) {
    const auto begin = all->begin() + static_cast<std::ptrdiff_t>(at);
    Sequence one{{begin, begin + std::min<std::ptrdiff_t>(count, all->end() - begin)}};
    if (fill && !fill->is_none()) one.elements.resize(static_cast<std::size_t>(count), *fill);
    batches.elements.push_back(std::move(one));
  }
  return batches;
}

const RegisterFilter filters[] = {
    {"length", length},     {"count", length},  {"list", list}, {"first", first},       {"last", last},
    {"reverse", reverse},   {"items", items},   {"sort", sort}, {"dictsort", dictsort}, {"min", extreme<false>},
    {"max", extreme<true>}, {"unique", unique}, {"sum", sum},   {"batch", batch},
};

}  // namespace
}  // namespace adora::jinja
