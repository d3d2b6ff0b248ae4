#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>

/// Short runs of numbers, for which a call of memcpy is as dear as the copy.
namespace adora::backends::cpu {

/// Calls f.template operator()<n>(at) for runs of n = 8, 4, 2 and 1 numbers that make up 0 … count - 1.
template <class F> void in_runs(std::int64_t count, F&& f) {
  std::int64_t at = 0;
  for (; at + 8 <= count; at += 8) f.template operator()<8>(at);
  if (count - at >= 4) f.template operator()<4>(at), at += 4;
  if (count - at >= 2) f.template operator()<2>(at), at += 2;
  if (count > at) f.template operator()<1>(at);
}
/// n numbers in a register.
template <class T, int n> struct Run {
  typedef T Numbers __attribute__((vector_size(n * sizeof(T))));
  static Numbers load(const T* from) {
    Numbers x;
    std::memcpy(&x, from, sizeof x);
    return x;
  }
  static void store(Numbers x, T* to) { std::memcpy(to, &x, sizeof x); }
};

template <class T> void copy_run(const T* from, std::int64_t count, T* to) {
  in_runs(count, [=]<int n>(std::int64_t at) { Run<T, n>::store(Run<T, n>::load(from + at), to + at); });
}
template <class T> void clear_run(std::int64_t count, T* to) {
  in_runs(count, [=]<int n>(std::int64_t at) { Run<T, n>::store(typename Run<T, n>::Numbers{}, to + at); });
}
template <class T> void add_run(const T* from, std::int64_t count, T* to) {
  in_runs(count, [=]<int n>(std::int64_t at) {
    Run<T, n>::store(Run<T, n>::load(to + at) + Run<T, n>::load(from + at), to + at);
  });
}

/// Copies whole runs of `loose_numbers`, so up to that many less one too far, which has to be memory on both sides.
inline constexpr int loose_numbers = 8;
template <class T> void copy_loosely(const T* from, std::int64_t count, T* to) {
  using Whole = Run<T, loose_numbers>;
  for (std::int64_t at = 0; at < count; at += loose_numbers) Whole::store(Whole::load(from + at), to + at);
}

}  // namespace adora::backends::cpu
