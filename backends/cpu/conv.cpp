#include "../conv.h"

#include "../basic.h"
#include "../loops.h"
#include "blas.h"
#include "columns.h"
#include "conv_sizes.h"
#include "parallel.h"
#include "scratch.h"

// One matrix product for each strip of windows, whose columns are gathered just before and stay near: columns [rows,
// width] of channels and taps by windows. Small images share a strip.
namespace adora::backends::cpu {
namespace {

/// The windows of all images in strips, of about as many columns as a core's own memory holds.
struct Strips {
  std::int64_t images, windows, rows;
  std::int64_t together = 1;  ///< images of a strip
  std::int64_t pieces = 1;    ///< strips of an image
  std::int64_t length;        ///< windows of an image in a strip
  std::int64_t bunches;       ///< of images that share strips

  Strips(std::int64_t images, std::int64_t windows, std::int64_t rows) : images(images), windows(windows), rows(rows) {
    constexpr std::int64_t numbers = 1 << 17, most_numbers = 1 << 20;
    std::int64_t wanted = std::clamp<std::int64_t>(numbers / std::max<std::int64_t>(rows, 1), 64, 4096);
    // Whole images are gathered faster; of several, the threads find enough to do.
    if (images >= 8) wanted = std::max(wanted, most_numbers / std::max<std::int64_t>(rows, 1));
    pieces = (windows + wanted - 1) / wanted;
    length = ((windows + pieces - 1) / pieces + 15) / 16 * 16;  // whole multiples of what a kernel computes at once
    pieces = (windows + length - 1) / length;
    if (pieces == 1) {
      length = windows;
      // What lies in several images is copied to stand side by side, which pays where the products were small without.
      const std::int64_t most = windows < 128 ? std::clamp<std::int64_t>(wanted / windows, 1, 256 / windows) : 1;
      bunches = (images + most - 1) / most;
      together = bunches ? (images + bunches - 1) / bunches : 1;
    }
    bunches = (images + together - 1) / together;
  }

  std::int64_t count() const { return bunches * pieces; }
  std::int64_t most_width() const { return together * length; }
  Strip at(std::int64_t i) const {
    const std::int64_t image = i / pieces * together, begin = i % pieces * length;
    return {image, std::min(together, images - image), begin, std::min(begin + length, windows)};
  }
};

/// A matrix in memory: rows `ld` apart.
template <class T> struct Matrix {
  T* data;
  std::int64_t ld;
};

/// What one thread needs of memory: the columns of a strip, and rows of a strip that lie in several images.
template <class T> class Room {
 public:
  Room(std::int64_t parts, std::int64_t columns, std::int64_t rows)
      : columns_(columns),
        rows_(rows),
        numbers_(scratch_tensor({parts, columns_ + rows}, dtype_of<T>())),
        data_(numbers_.data<T>()) {}
  T* columns(std::int64_t part) const { return data_ + part * (columns_ + rows_); }
  T* rows(std::int64_t part) const { return columns(part) + columns_; }

 private:
  std::int64_t columns_, rows_;
  Tensor numbers_;
  T* data_;
};

/// A group's columns of a strip, [rows, width]: of `channels` planes from `first` on. Those of a pointwise convolution
/// are the planes themselves.
template <class T>
Matrix<const T> columns_of(const ConvSizes& c, const T* x, std::int64_t g, std::int64_t first, std::int64_t channels,
                           const Strip& strip, T* room) {
  const T* planes = x + c.x_at(strip.image, g) + first * c.image;
  if (strip.images == 1 && c.w.pointwise()) return {planes + strip.begin, c.image};
  gather_columns(c.w, planes, c.x_step(), channels, strip, room);
  return {room, strip.width()};
}

/// A strip's windows of the planes of out, [outputs, width]: where they lie, or gathered in `room`.
template <class T>
Matrix<const T> windows_of(const ConvSizes& c, const T* out, std::int64_t g, const Strip& strip, T* room) {
  const T* planes = out + c.out_at(strip.image, g);
  if (strip.images == 1) return {planes + strip.begin, c.windows};
  T* to = room;
  for (std::int64_t o = 0; o < c.outputs; ++o) {
    for (std::int64_t n = 0; n < strip.images; ++n, to += c.windows) {
      std::copy_n(planes + n * c.out_step() + o * c.windows, c.windows, to);
    }
  }
  return {room, strip.width()};
}

template <class T> void forward(const ConvSizes& c, const T* x, const T* weight, const T* bias, T* out) {
  const Strips strips(c.images, c.windows, c.rows);
  const bool gathers = strips.together > 1 || !c.w.pointwise();
  const std::int64_t tasks = strips.count() * c.groups, width = strips.most_width();
  const std::int64_t grain = conv_grain(c.outputs * c.rows * width), parts = parts_of(tasks, grain);
  const Room<T> room(parts, gathers ? c.rows * width : 0, strips.together > 1 ? c.outputs * width : 0);
  parallel_for(tasks, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t part = this_part(parts);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t g = i % c.groups;
      const Strip strip = strips.at(i / c.groups);
      const Matrix<const T> columns = columns_of(c, x, g, 0, c.channels, strip, room.columns(part));
      T* planes = out + c.out_at(strip.image, g);
      const bool in_place = strip.images == 1;
      const Matrix<T> result =
          in_place ? Matrix<T>{planes + strip.begin, c.windows} : Matrix<T>{room.rows(part), strip.width()};
      if (bias) {
        for (std::int64_t o = 0; o < c.outputs; ++o)
          std::fill_n(result.data + o * result.ld, strip.width(), bias[g * c.outputs + o]);
      }
      blas_gemm(false, false, c.outputs, strip.width(), c.rows, T(1), weight + c.weight_at(g), c.rows, columns.data,
                columns.ld, T(bias ? 1 : 0), result.data, result.ld);
      if (in_place) continue;
      const T* from = result.data;
      for (std::int64_t o = 0; o < c.outputs; ++o) {
        for (std::int64_t n = 0; n < strip.images; ++n, from += c.windows)
          std::copy_n(from, c.windows, planes + n * c.out_step() + o * c.windows);
      }
    }
  });
}

template <class T> void input_gradient(const ConvSizes& c, const T* g, const T* weight, const T* bias, T* dx) {
  const Strips whole(c.images, c.windows, c.rows);
  // Where there are fewer images than threads they share an image's channels.
  const std::int64_t wanted = 2 * static_cast<std::int64_t>(omp_get_max_threads());
  const std::int64_t shares = std::clamp<std::int64_t>(wanted / std::max<std::int64_t>(1, whole.bunches * c.groups), 1,
                                                       std::max<std::int64_t>(1, c.channels));
  const std::int64_t each = (c.channels + shares - 1) / shares, taps = c.w.taps();
  const Strips strips(c.images, c.windows, each * taps);
  const bool gathers = strips.together > 1 || !c.w.pointwise();
  const std::int64_t tasks = strips.bunches * c.groups * shares, width = strips.most_width();
  const std::int64_t grain = conv_grain(c.outputs * each * taps * width * strips.pieces);
  const std::int64_t parts = parts_of(tasks, grain);
  const Room<T> room(parts, gathers ? each * taps * width : 0, strips.together > 1 ? c.outputs * width : 0);
  parallel_for(tasks, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t part = this_part(parts);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t group = i / shares % c.groups, bunch = i / shares / c.groups;
      const std::int64_t first = std::min(i % shares * each, c.channels), channels = std::min(each, c.channels - first);
      for (std::int64_t piece = 0; piece < strips.pieces; ++piece) {
        const Strip strip = strips.at(bunch * strips.pieces + piece);
        T* planes = dx + c.x_at(strip.image, group) + first * c.image;
        for (std::int64_t n = 0; piece == 0 && n < strip.images; ++n) {
          for (std::int64_t channel = 0; channel < channels; ++channel)
            std::fill_n(planes + n * c.x_step() + channel * c.image, c.image,
                        bias ? bias[group * c.channels + first + channel] : T(0));
        }
        const Matrix<const T> from = windows_of(c, g, group, strip, room.rows(part));
        const Matrix<T> result =
            gathers ? Matrix<T>{room.columns(part), strip.width()} : Matrix<T>{planes + strip.begin, c.image};
        blas_gemm(true, false, channels * taps, strip.width(), c.outputs, T(1),
                  weight + c.weight_at(group) + first * taps, c.rows, from.data, from.ld, T(gathers ? 0 : 1),
                  result.data, result.ld);
        if (gathers) add_columns(c.w, result.data, c.x_step(), channels, strip, planes);
      }
    }
  });
}

/// The strips' sums go into a few parts, which are added up in their order, whatever the number of threads.
template <class T> void weight_gradient(const ConvSizes& c, const T* x, const T* g, T* dweight) {
  const std::int64_t numbers = c.groups * c.outputs * c.rows, taps = c.w.taps();
  const Strips whole(c.images, c.windows, c.rows);
  constexpr std::int64_t most_sums = 8, most_numbers = 1 << 21;
  const std::int64_t sums = std::clamp<std::int64_t>(
      std::min(whole.count(), most_numbers / std::max<std::int64_t>(numbers, 1)), 1, most_sums);
  // Where these are fewer than the threads, they share the channels.
  const std::int64_t wanted = 2 * static_cast<std::int64_t>(omp_get_max_threads());
  const std::int64_t shares = std::clamp<std::int64_t>(wanted / std::max<std::int64_t>(1, sums * c.groups), 1,
                                                       std::max<std::int64_t>(1, c.channels));
  const std::int64_t each = (c.channels + shares - 1) / shares;
  const Strips& strips = whole;
  const std::int64_t tasks = sums * c.groups * shares, width = strips.most_width();
  const std::int64_t grain = conv_grain(c.outputs * each * taps * width * strips.count() / sums);
  const std::int64_t parts = parts_of(tasks, grain);
  const bool gathers = strips.together > 1 || !c.w.pointwise();
  const Room<T> room(parts, gathers ? each * taps * width : 0, strips.together > 1 ? c.outputs * width : 0);
  const Tensor several = sums > 1 ? scratch_tensor({sums, numbers}, dtype_of<T>()) : Tensor();
  T* results = sums > 1 ? several.data<T>() : dweight;
  parallel_for(tasks, grain, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t part = this_part(parts);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t group = i / shares % c.groups, sum = i / shares / c.groups;
      const std::int64_t first = std::min(i % shares * each, c.channels), channels = std::min(each, c.channels - first);
      T* result = results + sum * numbers + c.weight_at(group) + first * taps;
      for (std::int64_t o = 0; o < c.outputs; ++o) std::fill_n(result + o * c.rows, channels * taps, T(0));
      for (std::int64_t s = strips.count() * sum / sums; s < strips.count() * (sum + 1) / sums; ++s) {
        const Strip strip = strips.at(s);
        const Matrix<const T> from = windows_of(c, g, group, strip, room.rows(part));
        const Matrix<const T> columns = columns_of(c, x, group, first, channels, strip, room.columns(part));
        blas_gemm(false, true, c.outputs, channels * taps, strip.width(), T(1), from.data, from.ld, columns.data,
                  columns.ld, T(1), result, c.rows);
      }
    }
  });
  if (sums == 1) return;
  parallel_for(numbers, 1 << 14, [&](std::int64_t begin, std::int64_t end) {
    std::copy(results + begin, results + end, dweight + begin);
    for (std::int64_t s = 1; s < sums; ++s) {
      const T* more = results + s * numbers;
      ADORA_INDEPENDENT
      for (std::int64_t i = begin; i < end; ++i) dweight[i] += more[i];
    }
  });
}

Tensor wide(const Tensor& x) {
  if (!x.defined()) return x;
  Tensor y = scratch_tensor(x.shape(), float32);
  copy(x, y);
  return y;
}

template <class T> const T* numbers_of(const Tensor& x) { return x.defined() ? x.data<T>() : nullptr; }

void conv_cpu(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& out, const Windows& w) {
  if (out.numel() == 0) return;
  if (size_of(out.dtype()) == 2) {
    Tensor y = scratch_tensor(out.shape(), float32);
    conv_cpu(wide(x), wide(weight), wide(bias), y, w);
    return copy(y, out);
  }
  const ConvSizes c(x, weight, w);
  auto run = [&]<class T>() {
    const auto f = c.depthwise() ? depthwise_conv<T> : forward<T>;
    f(c, x.data<T>(), weight.data<T>(), numbers_of<T>(bias), out.data<T>());
  };
  if (out.dtype() == float64) run.template operator()<double>();
  else run.template operator()<float>();
}

void input_gradient_cpu(const Tensor& g, const Tensor& weight, const Tensor& bias, const Tensor& dx, const Windows& w) {
  if (dx.numel() == 0) return;
  if (size_of(dx.dtype()) == 2) {
    Tensor y = scratch_tensor(dx.shape(), float32);
    input_gradient_cpu(wide(g), wide(weight), wide(bias), y, w);
    return copy(y, dx);
  }
  const ConvSizes c(dx, weight, w);
  auto run = [&]<class T>() {
    const auto f = c.depthwise() ? depthwise_input_gradient<T> : input_gradient<T>;
    f(c, g.data<T>(), weight.data<T>(), numbers_of<T>(bias), dx.data<T>());
  };
  if (dx.dtype() == float64) run.template operator()<double>();
  else run.template operator()<float>();
}

void weight_gradient_cpu(const Tensor& x, const Tensor& g, const Tensor& dweight, const Windows& w) {
  if (dweight.numel() == 0) return;
  if (size_of(dweight.dtype()) == 2) {
    Tensor y = scratch_tensor(dweight.shape(), float32);
    weight_gradient_cpu(wide(x), wide(g), y, w);
    return copy(y, dweight);
  }
  const ConvSizes c(x, dweight, w);
  auto run = [&]<class T>() {
    const auto f = c.depthwise() ? depthwise_weight_gradient<T> : weight_gradient<T>;
    f(c, x.data<T>(), g.data<T>(), dweight.data<T>());
  };
  if (dweight.dtype() == float64) run.template operator()<double>();
  else run.template operator()<float>();
}

[[maybe_unused]] const bool registered = conv.on(DeviceType::cpu, conv_cpu) &&
                                         conv_input_gradient.on(DeviceType::cpu, input_gradient_cpu) &&
                                         conv_weight_gradient.on(DeviceType::cpu, weight_gradient_cpu);

}  // namespace
}  // namespace adora::backends::cpu
