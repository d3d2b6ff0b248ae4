#pragma once
#include <algorithm>
#include <cstring>

#include "../loops.h"
#include "../windows.h"

/// What windows see of an image, as a matrix: one row for each channel and tap, one column for each window.
namespace adora::backends::cpu {

/// Windows begin … end - 1 of each of some images, which follow one another.
struct Strip {
  std::int64_t image, images, begin, end;
  std::int64_t each() const { return end - begin; }
  std::int64_t width() const { return images * each(); }
};

// A row of windows is often short, and a call to copy it as dear as the copy.

/// Calls f.template operator()<n>(at) for runs of n = 8, 4, 2 and 1 numbers that make up 0 … count - 1.
template <class F> void in_runs(std::int64_t count, F&& f) {
  std::int64_t at = 0;
  for (; at + 8 <= count; at += 8) f.template operator()<8>(at);
  if (count - at >= 4) f.template operator()<4>(at), at += 4;
  if (count - at >= 2) f.template operator()<2>(at), at += 2;
  if (count > at) f.template operator()<1>(at);
}
template <class T> void copy_run(const T* from, std::int64_t count, T* to) {
  in_runs(count, [=]<int n>(std::int64_t at) { std::memcpy(to + at, from + at, n * sizeof(T)); });
}
template <class T> void clear_run(std::int64_t count, T* to) {
  in_runs(count, [=]<int n>(std::int64_t at) { std::memset(to + at, 0, n * sizeof(T)); });
}

/// Calls f(done, count, at, step) for the runs of a tap's windows begin … end - 1 that lie side by side in a row of
/// windows: `count` of them, the first one's number less `begin` is `done`, at place `at` and its next ones `step`
/// further; `at` is -1 where they lie in the padding.
template <class F>
void tap_runs(const Windows& w, std::int64_t k0, std::int64_t k1, std::int64_t k2, std::int64_t begin, std::int64_t end,
              F&& f) {
  const auto& [a0, a1, a2] = w.axis;
  const std::int64_t low = a2.first_inside(k2), high = a2.end_inside(k2), step = a2.stride;
  std::int64_t o2 = begin % a2.out, o1 = begin / a2.out % a1.out, o0 = begin / a2.out / a1.out;
  for (std::int64_t done = 0; done < end - begin; o2 = 0) {
    const std::int64_t stop = std::min(a2.out, o2 + end - begin - done);
    const std::int64_t i0 = a0.place(o0, k0), i1 = a1.place(o1, k1);
    const bool outside = i0 < 0 || i0 >= a0.in || i1 < 0 || i1 >= a1.in;
    const std::int64_t first = outside ? stop : std::clamp(low, o2, stop), last = outside ? stop : std::clamp(high, first, stop);
    if (first > o2) f(done, first - o2, std::int64_t{-1}, step);
    if (last > first) f(done + first - o2, last - first, (i0 * a1.in + i1) * a2.in + a2.place(first, k2), step);
    if (stop > last) f(done + last - o2, stop - last, std::int64_t{-1}, step);
    done += stop - o2;
    if (++o1 == a1.out) o1 = 0, ++o0;
  }
}

/// The taps' numbers along the axes, in order: f(k0, k1, k2).
template <class F> void each_tap(const Windows& w, F&& f) {
  for (std::int64_t k0 = 0; k0 < w.axis[0].kernel; ++k0)
    for (std::int64_t k1 = 0; k1 < w.axis[1].kernel; ++k1)
      for (std::int64_t k2 = 0; k2 < w.axis[2].kernel; ++k2) f(k0, k1, k2);
}

/// columns [channels·taps, strip's width] of the images from x on, `image_step` apart, each of `channels` planes.
template <class T>
void gather_columns(const Windows& w, const T* x, std::int64_t image_step, std::int64_t channels, const Strip& strip,
                    T* columns) {
  for (std::int64_t c = 0; c < channels; ++c) {
    each_tap(w, [&](std::int64_t k0, std::int64_t k1, std::int64_t k2) {
      for (std::int64_t n = 0; n < strip.images; ++n, columns += strip.each()) {
        const T* plane = x + n * image_step + c * w.image();
        tap_runs(w, k0, k1, k2, strip.begin, strip.end,
                 [&](std::int64_t done, std::int64_t count, std::int64_t at, std::int64_t step) {
                   T* to = columns + done;
                   if (at < 0) {
                     clear_run(count, to);
                   } else if (step == 1) {
                     copy_run(plane + at, count, to);
                   } else {
                     for (std::int64_t j = 0; j < count; ++j) to[j] = plane[at + j * step];
                   }
                 });
      }
    });
  }
}

/// The transpose: adds the columns to the planes of the images from x on, in the order of channels, taps and windows.
template <class T>
void add_columns(const Windows& w, const T* columns, std::int64_t image_step, std::int64_t channels, const Strip& strip,
                 T* x) {
  for (std::int64_t c = 0; c < channels; ++c) {
    each_tap(w, [&](std::int64_t k0, std::int64_t k1, std::int64_t k2) {
      for (std::int64_t n = 0; n < strip.images; ++n, columns += strip.each()) {
        T* plane = x + n * image_step + c * w.image();
        tap_runs(w, k0, k1, k2, strip.begin, strip.end,
                 [&](std::int64_t done, std::int64_t count, std::int64_t at, std::int64_t step) {
                   if (at < 0) return;
                   const T* from = columns + done;
                   T* to = plane + at;
                   if (step == 1) {
                     ADORA_INDEPENDENT
                     for (std::int64_t j = 0; j < count; ++j) to[j] += from[j];
                   } else {
                     for (std::int64_t j = 0; j < count; ++j) to[j * step] += from[j];
                   }
                 });
      }
    });
  }
}

}  // namespace adora::backends::cpu
