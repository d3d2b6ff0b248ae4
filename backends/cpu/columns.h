#pragma once
#include <algorithm>

#include "../windows.h"
#include "padded_plane.h"
#include "runs.h"

/// What windows see of an image, as a matrix: one row for each channel and tap, one column for each window.
namespace adora::backends::cpu {

/// Windows begin … end - 1 of each of some images, which follow one another.
struct Strip {
  std::int64_t image, images, begin, end;
  std::int64_t each() const { return end - begin; }
  std::int64_t width() const { return images * each(); }
};

/// The taps' numbers along the axes, in order: f(k0, k1, k2).
template <class F> void each_tap(const Windows& w, F&& f) {
  for (std::int64_t k0 = 0; k0 < w.axis[0].kernel; ++k0)
    for (std::int64_t k1 = 0; k1 < w.axis[1].kernel; ++k1)
      for (std::int64_t k2 = 0; k2 < w.axis[2].kernel; ++k2) f(k0, k1, k2);
}

/// The rows of windows, or parts of rows, that a strip has in each image, as one tap sees them.
class TapRows {
 public:
  TapRows(const Windows& w, const Strip& strip)
      : w_(w),
        strip_(strip),
        o0_(strip.begin / w.axis[2].out / w.axis[1].out),
        o1_(strip.begin / w.axis[2].out % w.axis[1].out),
        o2_(strip.begin % w.axis[2].out) {}

  /// Calls f(before, count, after, at) for each: `before` windows in the padding, `count` windows of which the first
  /// looks at place `at`, its next ones a stride further each, and `after` in the padding again.
  template <class F> void each(std::int64_t k0, std::int64_t k1, std::int64_t k2, F&& f) const {
    // Copies, since what f writes might be anything's memory.
    const WindowAxis a0 = w_.axis[0], a1 = w_.axis[1], a2 = w_.axis[2];
    const std::int64_t low = a2.first_inside(k2), high = a2.end_inside(k2), shift = k2 * a2.dilation - a2.padding;
    std::int64_t o1 = o1_, o2 = o2_, left = strip_.each();
    std::int64_t i0 = a0.place(o0_, k0), i1 = a1.place(o1, k1);
    while (left > 0) {
      const std::int64_t stop = std::min(a2.out, o2 + left);
      left -= stop - o2;
      if (i0 < 0 || i0 >= a0.in || i1 < 0 || i1 >= a1.in) {
        f(stop - o2, std::int64_t{0}, std::int64_t{0}, std::int64_t{0});
      } else {
        const std::int64_t first = std::min(std::max(low, o2), stop), last = std::max(std::min(high, stop), first);
        f(first - o2, last - first, stop - last, (i0 * a1.in + i1) * a2.in + first * a2.stride + shift);
      }
      o2 = 0, i1 += a1.stride;
      if (++o1 == a1.out) o1 = 0, i1 = a1.place(0, k1), i0 += a0.stride;
    }
  }

 private:
  const Windows& w_;
  const Strip& strip_;
  std::int64_t o0_, o1_, o2_;
};

// Of whole images each plane is copied with its padding first, or added up there, since their rows are short and
// looking for each one's ends is dearer.

/// columns [channels·taps, strip's width] of the images from x on, `image_step` apart, each of `channels` planes.
template <class T>
void gather_columns(const Windows& w, const T* x, std::int64_t image_step, std::int64_t channels, const Strip& strip,
                    T* columns) {
  const std::int64_t step = w.axis[2].stride;
  if (strip.begin == 0 && strip.end == w.count() && w.taps() > 1) {
    PaddedPlane<T> padded(TapAxes::of(w));
    const std::int64_t taps = w.taps(), width = padded.width(), rows = static_cast<std::int64_t>(padded.rows().size());
    // Rows behind which there is room for what is copied too far; the next ones are written over it.
    const std::int64_t room = rows * width - (width + loose_numbers - 1) / loose_numbers * loose_numbers;
    const std::int64_t loose = room < 0 ? 0 : room / width + 1;
    const std::int64_t *tap_at = padded.taps().data(), *row_at = padded.rows().data();
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t n = 0; n < strip.images; ++n) {
        padded.fill(x + n * image_step + c * w.image());
        for (std::int64_t tap = 0; tap < taps; ++tap) {
          T* to = columns + (c * taps + tap) * strip.width() + n * strip.each();
          const T* from = padded.data() + tap_at[tap];
          if (step == 1) {
            for (std::int64_t row = 0; row < loose; ++row, to += width) copy_loosely(from + row_at[row], width, to);
            for (std::int64_t row = loose; row < rows; ++row, to += width) copy_run(from + row_at[row], width, to);
          } else {
            for (std::int64_t row = 0; row < rows; ++row)
              for (std::int64_t j = 0; j < width; ++j) *to++ = from[row_at[row] + j * step];
          }
        }
      }
    }
    return;
  }
  const TapRows rows(w, strip);
  for (std::int64_t c = 0; c < channels; ++c) {
    each_tap(w, [&](std::int64_t k0, std::int64_t k1, std::int64_t k2) {
      for (std::int64_t n = 0; n < strip.images; ++n) {
        const T* plane = x + n * image_step + c * w.image();
        rows.each(k0, k1, k2, [&](std::int64_t before, std::int64_t count, std::int64_t after, std::int64_t at) {
          const T* from = plane + at;
          clear_run(before, columns), columns += before;
          if (step == 1) {
            copy_run(from, count, columns);
          } else {
            for (std::int64_t j = 0; j < count; ++j) columns[j] = from[j * step];
          }
          columns += count;
          clear_run(after, columns), columns += after;
        });
      }
    });
  }
}

/// The transpose: adds the columns to the planes of the images from x on, in an order that the sizes determine.
template <class T>
void add_columns(const Windows& w, const T* columns, std::int64_t image_step, std::int64_t channels, const Strip& strip,
                 T* x) {
  const std::int64_t step = w.axis[2].stride;
  if (strip.begin == 0 && strip.end == w.count() && w.taps() > 1) {
    PaddedPlane<T> padded(TapAxes::of(w));
    const std::int64_t taps = w.taps(), width = padded.width(), rows = static_cast<std::int64_t>(padded.rows().size());
    const std::int64_t *tap_at = padded.taps().data(), *row_at = padded.rows().data();
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t n = 0; n < strip.images; ++n) {
        padded.clear();
        for (std::int64_t tap = 0; tap < taps; ++tap) {
          const T* from = columns + (c * taps + tap) * strip.width() + n * strip.each();
          T* to = padded.data() + tap_at[tap];
          for (std::int64_t row = 0; row < rows; ++row, from += width) {
            if (step == 1) {
              add_run(from, width, to + row_at[row]);
            } else {
              for (std::int64_t j = 0; j < width; ++j) to[row_at[row] + j * step] += from[j];
            }
          }
        }
        padded.add_to(x + n * image_step + c * w.image());
      }
    }
    return;
  }
  const TapRows rows(w, strip);
  for (std::int64_t c = 0; c < channels; ++c) {
    each_tap(w, [&](std::int64_t k0, std::int64_t k1, std::int64_t k2) {
      for (std::int64_t n = 0; n < strip.images; ++n) {
        T* plane = x + n * image_step + c * w.image();
        rows.each(k0, k1, k2, [&](std::int64_t before, std::int64_t count, std::int64_t after, std::int64_t at) {
          const T* from = columns + before;
          T* to = plane + at;
          if (step == 1) {
            add_run(from, count, to);
          } else {
            for (std::int64_t j = 0; j < count; ++j) to[j * step] += from[j];
          }
          columns += before + count + after;
        });
      }
    });
  }
}

}  // namespace adora::backends::cpu
