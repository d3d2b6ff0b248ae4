#include "compare.h"

#include "../../../core/error.h"
#include "access.h"
#include "characters.h"
#include "run.h"

namespace adora::jinja {
namespace {

/// Python compares whole numbers exactly with those that have a fraction.
int order_of(const Value& a, const Value& b) {
  const auto wa = a.integer(), wb = b.integer();
  if (wa && wb) return *wa < *wb ? -1 : *wa > *wb;
  const auto x = static_cast<long double>(wa ? static_cast<long double>(*wa) : *a.get<double>());
  const auto y = static_cast<long double>(wb ? static_cast<long double>(*wb) : *b.get<double>());
  return x < y ? -1 : x > y ? 1 : x == y ? 0 : 2;  // 2: one is no number
}

bool same_form(const Sequence& a, const Sequence& b) {
  return a.form == b.form || (a.form == Sequence::keys && b.form == Sequence::keys);
}

bool equal_mappings(Run& run, const Mapping& a, const Mapping& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [key, value] : a.entries()) {
    const Value* other = b.find(key);
    if (!other || !equal(run, value, *other)) return false;
  }
  return true;
}

}  // namespace

bool equal(Run& run, const Value& a, const Value& b) {
  run.spend(1);
  if (a.number() && b.number()) return order_of(a, b) == 0;
  if (a.content.index() != b.content.index()) return false;
  if (a.is_text()) return run.spend_bytes(*a.text()), *a.text() == *b.text();
  if (const Sequence* left = a.sequence()) {
    const Sequence* right = b.sequence();
    if (left == right) return true;
    if (!same_form(*left, *right) || left->elements.size() != right->elements.size()) return false;
    if (left->form == Sequence::generator || left->form == Sequence::values) return false;
    return std::equal(left->elements.begin(), left->elements.end(), right->elements.begin(),
                      [&](const Value& x, const Value& y) { return equal(run, x, y); });
  }
  if (a.mapping()) return a.mapping() == b.mapping() || equal_mappings(run, *a.mapping(), *b.mapping());
  if (const auto* object = a.get<std::shared_ptr<Object>>()) return *object == *b.get<std::shared_ptr<Object>>();
  return true;  // both none, or both undefined
}

bool less(Run& run, const Value& a, const Value& b) {
  run.spend(1);
  if (a.number() && b.number()) return order_of(a, b) == -1;
  // The bytes of UTF-8 have the order of the characters.
  if (a.is_text() && b.is_text()) return run.spend_bytes(*a.text()), *a.text() < *b.text();
  const Sequence *left = a.sequence(), *right = b.sequence();
  if (left && right && left->form == right->form && (left->form == Sequence::list || left->form == Sequence::tuple)) {
    const std::size_t both = std::min(left->elements.size(), right->elements.size());
    for (std::size_t i = 0; i < both; ++i)
      if (!equal(run, left->elements[i], right->elements[i])) return less(run, left->elements[i], right->elements[i]);
    return left->elements.size() < right->elements.size();
  }
  for (const Value* one : {&a, &b})
    if (const auto* undefined = one->get<Undefined>()) fail("{}", *undefined->why);
  fail("a {} and a {} have no order", a.type(), b.type());
}

bool contains(Run& run, const Value& container, const Value& value) {
  if (const std::string* text = container.text()) {
    check(value.is_text(), "only a text can be in a text, not a value of the type {}", value.type());
    run.spend_bytes(*text);
    return find_text(*text, *value.text()) != text->npos;
  }
  if (const Mapping* mapping = container.mapping()) return run.spend(4), mapping->find(value) != nullptr;
  const auto all = iterate(run, container);
  return std::any_of(all->begin(), all->end(), [&](const Value& one) { return equal(run, one, value); });
}

}  // namespace adora::jinja
