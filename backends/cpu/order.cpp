#include "../order.h"

#include <algorithm>
#include <limits>

#include "../sort_key.h"
#include "parallel.h"
#include "scratch.h"
#include "strided_rows.h"

namespace adora::backends::cpu {
namespace {

// An element is sorted as a word, its key followed by its place: no two words are equal, so that any way to sort them
// leaves equal elements in their order.

/// For numbers of up to 32 bits in rows of fewer than 2³² of them.
struct ShortWord {
  std::uint64_t bits;
  static constexpr int key_bits = 32;
  static constexpr std::int64_t longest_row = (std::int64_t{1} << 32) - 1;

  template <class C> static ShortWord of(C x, std::int64_t place, bool descending) {
    const std::uint32_t key = short_sort_key(x);
    return {std::uint64_t{descending ? ~key : key} << 32 | static_cast<std::uint64_t>(place)};
  }
  static ShortWord last() { return {~std::uint64_t{0}}; }
  std::uint64_t key() const { return bits >> 32; }
  std::int64_t place() const { return static_cast<std::int64_t>(bits & 0xffffffffu); }
  bool operator<(const ShortWord& other) const { return bits < other.bits; }
};

/// For all others.
struct LongWord {
  std::uint64_t sorted, at;
  static constexpr int key_bits = 64;

  template <class C> static LongWord of(C x, std::int64_t place, bool descending) {
    using Wide = std::conditional_t<std::is_integral_v<C>, std::int64_t, double>;
    const std::uint64_t key = sort_key(static_cast<Wide>(x));
    return {descending ? ~key : key, static_cast<std::uint64_t>(place)};
  }
  static LongWord last() { return {~std::uint64_t{0}, ~std::uint64_t{0}}; }
  std::uint64_t key() const { return sorted; }
  std::int64_t place() const { return static_cast<std::int64_t>(at); }
  bool operator<(const LongWord& other) const { return sorted != other.sorted ? sorted < other.sorted : at < other.at; }
};

constexpr int digit_bits = 11, digits = 1 << digit_bits;

/// Sorts `n` words, which stand in the order of their places, from the lowest digit of their keys up. A digit that all
/// keys share is passed over. Returns where the result is: in `words` or in `other`.
template <class Word> Word* sort_by_digits(Word* words, Word* other, std::int64_t n) {
  constexpr int passes = (Word::key_bits + digit_bits - 1) / digit_bits;
  std::int64_t counts[passes][digits] = {};
  auto digit = [](const Word& word, int pass) {
    return static_cast<std::size_t>(word.key() >> (pass * digit_bits)) % digits;
  };
  for (std::int64_t i = 0; i < n; ++i) {
    for (int pass = 0; pass < passes; ++pass) ++counts[pass][digit(words[i], pass)];
  }
  for (int pass = 0; pass < passes; ++pass) {
    std::int64_t* count = counts[pass];
    if (count[digit(words[0], pass)] == n) continue;
    std::int64_t place = 0;
    for (int d = 0; d < digits; ++d) {
      const std::int64_t own = count[d];
      count[d] = place;
      place += own;
    }
    for (std::int64_t i = 0; i < n; ++i) other[count[digit(words[i], pass)]++] = words[i];
    std::swap(words, other);
  }
  return words;
}

/// How the words of a row come into order, and the memory this takes.
enum class Way { all, first, middle };

/// A part that is small against the row is found without sorting all of it.
Way way_of(std::int64_t n, std::int64_t first, std::int64_t count) {
  if (count > n / 8) return Way::all;
  return first == 0 ? Way::first : Way::middle;
}

/// The number of words that the smallest `count` are chosen from at once.
std::int64_t room_for(std::int64_t count) { return 2 * count + 64; }

std::int64_t words_needed(Way way, std::int64_t n, std::int64_t count) {
  return way == Way::all ? 2 * n : way == Way::first ? room_for(count) : n;
}

/// The words of places first, first + 1, … of the sorted row, found in `memory`.
template <class Word, class C>
const Word* ordered(const C* row, std::int64_t n, std::int64_t first, std::int64_t count, bool descending,
                    Word* memory) {
  const Way way = way_of(n, first, count);
  if (way == Way::first) {
    // Candidates gather in a room; when it is full the best stay, and what is no better than all of these is passed
    // over.
    Word limit = Word::last();
    std::int64_t kept = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const Word word = Word::of(row[i], i, descending);
      if (!(word < limit)) continue;
      memory[kept++] = word;
      if (kept < room_for(count)) continue;
      std::nth_element(memory, memory + count - 1, memory + kept);
      limit = memory[count - 1];
      kept = count;
    }
    std::partial_sort(memory, memory + count, memory + kept);
    return memory;
  }
  for (std::int64_t i = 0; i < n; ++i) memory[i] = Word::of(row[i], i, descending);
  if (way == Way::middle) {
    std::nth_element(memory, memory + first, memory + n);
    if (count > 1) std::partial_sort(memory + first, memory + first + count, memory + n);
    return memory + first;
  }
  if (n < 512) {  // the counts of digits alone take as long
    std::sort(memory, memory + n);
    return memory + first;
  }
  return sort_by_digits(memory, memory + n, n) + first;
}

template <class Word, class C> void run(const Tensor& x, const Tensor& out, std::int64_t first, bool descending) {
  const std::int64_t n = x.size(-1), count = out.size(-1), rows = count_rows(x), grain = row_grain(8 * n);
  const std::int64_t parts = parts_of(rows, grain);
  const std::int64_t each = words_needed(way_of(n, first, count), n, count);
  const Tensor memory = scratch_tensor({parts, each, static_cast<std::int64_t>(sizeof(Word) / 8)}, int64);
  parallel_for(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    Rows<C> from(x);
    Rows<std::int64_t> places(out);
    Word* words = static_cast<Word*>(memory.raw()) + this_part(parts) * each;
    for (std::int64_t r = begin; r < end; ++r) {
      const Word* sorted = ordered(from.read(r), n, first, count, descending, words);
      std::int64_t* to = places.write(r);
      for (std::int64_t j = 0; j < count; ++j) to[j] = sorted[j].place();
      places.written(r);
    }
  });
}

void order_cpu(const Tensor& x, const Tensor& out, std::int64_t first, bool descending) {
  if (out.numel() == 0) return;
  const bool is_short = size_of(x.dtype()) <= 4 && x.size(-1) <= ShortWord::longest_row;
  auto as = [&]<class C>() {
    if (is_short) {
      if constexpr (!std::is_same_v<C, double>) run<ShortWord, C>(x, out, first, descending);
    } else {
      run<LongWord, C>(x, out, first, descending);
    }
  };
  if (is_floating(x.dtype())) visit_compute(x.dtype(), as);
  else as.template operator()<std::int64_t>();
}

[[maybe_unused]] const bool registered = order.on(DeviceType::cpu, order_cpu);

}  // namespace
}  // namespace adora::backends::cpu
