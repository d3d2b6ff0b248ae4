#pragma once
// Not in adora.h: the library's own.
#include <algorithm>
#include <vector>

#include "value.h"

namespace adora::jinja {

/// Python's a == b, which holds for 1 and 1.0 and looks into lists and dicts.
bool equal(Run& run, const Value& a, const Value& b);
/// Python's a < b. An error for values that have no order, such as a number and a text.
bool less(Run& run, const Value& a, const Value& b);
/// Python's `value in container`. An error where it contains nothing.
bool contains(Run& run, const Value& container, const Value& value);

/// Sorts so that equal ones keep their order, whatever the order says: one that contradicts itself does no harm, nor
/// does one that throws.
template <class T, class Less> void sort_values(std::vector<T>& values, Less&& less) {
  std::vector<T> merged(values.size());
  for (std::size_t width = 1; width < values.size(); width *= 2) {
    for (std::size_t start = 0; start < values.size(); start += 2 * width) {
      const std::size_t middle = std::min(start + width, values.size()), end = std::min(middle + width, values.size());
      std::size_t left = start, right = middle;
      for (std::size_t to = start; to < end; ++to) {
        const bool second = left == middle || (right < end && less(values[right], values[left]));
        merged[to] = std::move(values[second ? right++ : left++]);
      }
    }
    std::swap(values, merged);
  }
}

}  // namespace adora::jinja
