#include "../conv.h"

#include <algorithm>

#include "../basic.h"
#include "../gemm.h"
#include "../reduce.h"
#include "planes.h"

// Columns of as many images as a bound on memory allows, and one batch of products for them. Depthwise convolutions
// have kernels of their own, one thread or one block for each number of the result. Nothing is added by several
// threads.
namespace adora::backends::cuda {
namespace {

constexpr std::int64_t most_numbers = 1 << 26;  // of columns at a time

// ---- columns -----------------------------------------------------------------------------------------------------

/// columns [planes, taps, windows], `n` numbers of them, of planes [D, H, W]; Word is of the numbers' size.
template <class Word> __global__ void unfold_kernel(const Word* x, Word* columns, const Windows w, std::int64_t n) {
  const WindowAxis &a0 = w.axis[0], &a1 = w.axis[1], &a2 = w.axis[2];
  for (std::int64_t i = global_thread(); i < n; i += global_threads()) {
    const PlanePlace o(i, a0.out, a1.out, a2.out);  // its plane is that of a tap
    const PlanePlace tap(o.plane, a0.kernel, a1.kernel, a2.kernel);
    const std::int64_t i0 = a0.place(o.at[0], tap.at[0]), i1 = a1.place(o.at[1], tap.at[1]),
                       i2 = a2.place(o.at[2], tap.at[2]);
    const bool inside = i0 >= 0 && i0 < a0.in && i1 >= 0 && i1 < a1.in && i2 >= 0 && i2 < a2.in;
    columns[i] = inside ? x[tap.plane * w.image() + (i0 * a1.in + i1) * a2.in + i2] : Word(0);
  }
}

/// Calls f(window, tap) for the windows and taps that look at a place, in their order.
template <class F> __device__ void each_look_at(const Windows& w, const PlanePlace& place, F&& f) {
  const WindowAxis &a0 = w.axis[0], &a1 = w.axis[1], &a2 = w.axis[2];
  const std::int64_t i0 = place.at[0], i1 = place.at[1], i2 = place.at[2];
  for (std::int64_t o0 = a0.first_over(i0); o0 < a0.end_over(i0); ++o0) {
    const std::int64_t k0 = a0.tap_at(o0, i0);
    for (std::int64_t o1 = a1.first_over(i1); k0 >= 0 && o1 < a1.end_over(i1); ++o1) {
      const std::int64_t k1 = a1.tap_at(o1, i1);
      for (std::int64_t o2 = a2.first_over(i2); k1 >= 0 && o2 < a2.end_over(i2); ++o2) {
        const std::int64_t k2 = a2.tap_at(o2, i2);
        if (k2 >= 0) f((o0 * a1.out + o1) * a2.out + o2, (k0 * a1.kernel + k1) * a2.kernel + k2);
      }
    }
  }
}

/// x = bias + what the columns, of type From, add up to at each place; `n` numbers of planes, `channels` an image.
template <class From, class T>
__global__ void fold_kernel(const From* columns, const T* bias, T* x, const Windows w, std::int64_t channels,
                            std::int64_t n) {
  using C = Compute<T>;
  const std::int64_t count = w.count(), taps = w.taps();
  for (std::int64_t i = global_thread(); i < n; i += global_threads()) {
    const PlanePlace place(i, w.axis[0].in, w.axis[1].in, w.axis[2].in);
    const From* of_plane = columns + place.plane * taps * count;
    C sum = 0;
    each_look_at(w, place,
                 [&](std::int64_t window, std::int64_t tap) { sum += static_cast<C>(of_plane[tap * count + window]); });
    if (bias) sum += static_cast<C>(bias[place.plane % channels]);
    x[i] = T(sum);
  }
}

void unfold_cuda(const Tensor& x, const Tensor& columns, const Windows& w) {
  visit_word(x.dtype(), [&]<class Word>() {
    launch(unfold_kernel<Word>, blocks_for(columns.numel()), block_threads, 0, static_cast<const Word*>(x.raw()),
           static_cast<Word*>(columns.raw()), w, columns.numel());
  });
}

/// Columns of x's dtype, or of float32.
void fold_onto(const Tensor& columns, const Tensor& bias, const Tensor& x, const Windows& w) {
  visit_floating("fold", x.dtype(), [&]<class T>() {
    auto run = [&]<class From>() {
      launch(fold_kernel<From, T>, blocks_for(x.numel()), block_threads, 0, static_cast<const From*>(columns.raw()),
             bias.defined() ? static_cast<const T*>(bias.raw()) : nullptr, static_cast<T*>(x.raw()), w, x.shape()[1],
             x.numel());
    };
    if (columns.dtype() == x.dtype()) run.template operator()<T>();
    else run.template operator()<float>();
  });
}

void fold_cuda(const Tensor& columns, const Tensor& x, const Windows& w) { fold_onto(columns, Tensor(), x, w); }

// ---- depthwise ---------------------------------------------------------------------------------------------------

/// The sizes of a convolution; channels and outputs are those of a group.
struct Sizes {
  Windows w;
  std::int64_t images, groups, channels, outputs, taps, image, windows;

  Sizes(const Tensor& x, const Tensor& weight, const Windows& w)
      : w(w),
        images(x.shape()[0]),
        groups(weight.shape()[1] ? x.shape()[1] / weight.shape()[1] : 1),
        channels(weight.shape()[1]),
        outputs(weight.shape()[0] / groups),
        taps(w.taps()),
        image(w.image()),
        windows(w.count()) {}
  bool depthwise() const { return groups > 1 && channels * outputs <= 8; }
};

/// Calls f(tap, place) for the taps of a window that do not lie in the padding.
template <class F> __device__ void each_seen(const Windows& w, const std::int64_t* o, F&& f) {
  std::int64_t tap = 0;
  for (std::int64_t k0 = 0; k0 < w.axis[0].kernel; ++k0) {
    const std::int64_t i0 = w.axis[0].place(o[0], k0);
    for (std::int64_t k1 = 0; k1 < w.axis[1].kernel; ++k1) {
      const std::int64_t i1 = w.axis[1].place(o[1], k1);
      for (std::int64_t k2 = 0; k2 < w.axis[2].kernel; ++k2, ++tap) {
        const std::int64_t i2 = w.axis[2].place(o[2], k2);
        if (i0 >= 0 && i0 < w.axis[0].in && i1 >= 0 && i1 < w.axis[1].in && i2 >= 0 && i2 < w.axis[2].in)
          f(tap, (i0 * w.axis[1].in + i1) * w.axis[2].in + i2);
      }
    }
  }
}

template <class T> __global__ void depthwise_kernel(const T* x, const T* weight, const T* bias, T* out, const Sizes c) {
  using C = Compute<T>;
  const std::int64_t of_image = c.groups * c.outputs, n = c.images * of_image * c.windows;
  for (std::int64_t i = global_thread(); i < n; i += global_threads()) {
    const PlanePlace o(i, c.w.axis[0].out, c.w.axis[1].out, c.w.axis[2].out);
    const std::int64_t image = o.plane / of_image, output = o.plane % of_image, group = output / c.outputs;
    C sum = bias ? static_cast<C>(bias[output]) : C(0);
    for (std::int64_t channel = 0; channel < c.channels; ++channel) {
      const T* plane = x + ((image * c.groups + group) * c.channels + channel) * c.image;
      const T* factors = weight + (output * c.channels + channel) * c.taps;
      each_seen(c.w, o.at, [&](std::int64_t tap, std::int64_t place) {
        sum += static_cast<C>(factors[tap]) * static_cast<C>(plane[place]);
      });
    }
    out[i] = T(sum);
  }
}

template <class T>
__global__ void depthwise_input_kernel(const T* g, const T* weight, const T* bias, T* dx, const Sizes c) {
  using C = Compute<T>;
  const std::int64_t of_image = c.groups * c.channels, n = c.images * of_image * c.image;
  for (std::int64_t i = global_thread(); i < n; i += global_threads()) {
    const PlanePlace place(i, c.w.axis[0].in, c.w.axis[1].in, c.w.axis[2].in);
    const std::int64_t image = place.plane / of_image, input = place.plane % of_image, group = input / c.channels;
    C sum = bias ? static_cast<C>(bias[input]) : C(0);
    for (std::int64_t o = group * c.outputs; o < (group + 1) * c.outputs; ++o) {
      const T* plane = g + (image * c.groups * c.outputs + o) * c.windows;
      const T* factors = weight + (o * c.channels + input % c.channels) * c.taps;
      each_look_at(c.w, place, [&](std::int64_t window, std::int64_t tap) {
        sum += static_cast<C>(factors[tap]) * static_cast<C>(plane[window]);
      });
    }
    dx[i] = T(sum);
  }
}

/// One block for each number of the weight.
template <class T> __global__ void depthwise_weight_kernel(const T* x, const T* g, T* dweight, const Sizes c) {
  using C = Compute<T>;
  const std::int64_t numbers = c.groups * c.outputs * c.channels * c.taps;
  for (std::int64_t i = blockIdx.x; i < numbers; i += gridDim.x) {
    const PlanePlace tap(i, c.w.axis[0].kernel, c.w.axis[1].kernel, c.w.axis[2].kernel);
    const std::int64_t output = tap.plane / c.channels, channel = tap.plane % c.channels, group = output / c.outputs;
    double sum = 0;
    for (std::int64_t j = threadIdx.x; j < c.images * c.windows; j += blockDim.x) {
      const PlanePlace o(j, c.w.axis[0].out, c.w.axis[1].out, c.w.axis[2].out);
      std::int64_t at = 0;
      bool inside = true;
      for (int d = 0; d < 3; ++d) {
        const std::int64_t place = c.w.axis[d].place(o.at[d], tap.at[d]);
        inside = inside && place >= 0 && place < c.w.axis[d].in;
        at = at * c.w.axis[d].in + place;
      }
      if (!inside) continue;
      const T* plane = x + ((o.plane * c.groups + group) * c.channels + channel) * c.image;
      sum +=
          static_cast<double>(static_cast<C>(plane[at])) *
          static_cast<double>(static_cast<C>(g[(o.plane * c.groups * c.outputs + output) * c.windows + j % c.windows]));
    }
    sum = block_sum(sum);
    if (threadIdx.x == 0) dweight[i] = T(static_cast<C>(sum));
  }
}

// ---- products ----------------------------------------------------------------------------------------------------

/// Images from `first` on as a tensor [groups, count, rows, columns] of the contiguous x [N, groups · rows, columns].
Tensor by_groups(const Tensor& x, std::int64_t first, std::int64_t count, std::int64_t groups, std::int64_t rows,
                 std::int64_t columns) {
  const std::int64_t each = rows * columns;
  return x.with_layout(
      {{groups, count, rows, columns}, {each, groups * each, columns, 1}, x.layout().offset + first * groups * each});
}
/// The weight for each of `count` images: [groups, count, outputs, rows].
Tensor weight_by_groups(const Tensor& weight, const Sizes& c, std::int64_t count) {
  const std::int64_t rows = c.channels * c.taps;
  return weight.with_layout(
      {{c.groups, count, c.outputs, rows}, {c.outputs * rows, 0, rows, 1}, weight.layout().offset});
}
Tensor transposed(const Tensor& matrices) { return matrices.with_layout(matrices.layout().transposed(2, 3)); }

/// Images from `first` on of the contiguous x, as [count, …].
Tensor images_of(const Tensor& x, std::int64_t first, std::int64_t count) {
  return x.with_layout(x.layout().sliced(0, first, first + count));
}

/// Columns of as many images as there is memory for: [images, channels, taps, windows].
Tensor room_for_columns(const Sizes& c, DType dtype) {
  const std::int64_t channels = c.groups * c.channels;
  const std::int64_t each = std::max<std::int64_t>(1, numel({channels, c.taps, c.windows}, "a convolution"));
  const std::int64_t images = std::clamp<std::int64_t>(most_numbers / each, 1, std::max<std::int64_t>(1, c.images));
  return empty({images, channels, c.taps, c.windows}, dtype, cuda_device);
}

DType sums_dtype(const Tensor& x) { return x.dtype() == float64 ? float64 : float32; }

void conv_cuda(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& out, const Windows& w) {
  if (out.numel() == 0) return;
  const Sizes c(x, weight, w);
  if (c.depthwise()) {
    return visit_floating("conv", x.dtype(), [&]<class T>() {
      launch(depthwise_kernel<T>, blocks_for(out.numel()), block_threads, 0, static_cast<const T*>(x.raw()),
             static_cast<const T*>(weight.raw()), bias.defined() ? static_cast<const T*>(bias.raw()) : nullptr,
             static_cast<T*>(out.raw()), c);
    });
  }
  if (bias.defined()) {
    const Layout each{{bias.numel(), 1, 1, 1}, {bias.strides()[0], 0, 0, 0}, bias.layout().offset};
    copy(bias.with_layout(each.expanded(out.shape())), out);
  }
  const double beta = bias.defined() ? 1 : 0;
  const bool pointwise = w.pointwise();
  const Tensor columns = pointwise ? x : room_for_columns(c, x.dtype());
  const std::int64_t together = pointwise ? c.images : columns.shape()[0], rows = c.channels * c.taps;
  for (std::int64_t first = 0; first < c.images; first += together) {
    const std::int64_t count = std::min(together, c.images - first);
    if (!pointwise) unfold_cuda(images_of(x, first, count), images_of(columns, 0, count), w);
    gemm(weight_by_groups(weight, c, count), by_groups(columns, 0, count, c.groups, rows, c.windows),
         by_groups(out, first, count, c.groups, c.outputs, c.windows), 1, beta);
  }
}

void conv_input_gradient_cuda(const Tensor& g, const Tensor& weight, const Tensor& bias, const Tensor& dx,
                              const Windows& w) {
  if (dx.numel() == 0) return;
  const Sizes c(dx, weight, w);
  if (c.depthwise()) {
    return visit_floating("conv_input_gradient", g.dtype(), [&]<class T>() {
      launch(depthwise_input_kernel<T>, blocks_for(dx.numel()), block_threads, 0, static_cast<const T*>(g.raw()),
             static_cast<const T*>(weight.raw()), bias.defined() ? static_cast<const T*>(bias.raw()) : nullptr,
             static_cast<T*>(dx.raw()), c);
    });
  }
  const Tensor columns = room_for_columns(c, sums_dtype(dx));
  const std::int64_t together = columns.shape()[0], rows = c.channels * c.taps;
  for (std::int64_t first = 0; first < c.images; first += together) {
    const std::int64_t count = std::min(together, c.images - first);
    gemm(transposed(weight_by_groups(weight, c, count)), by_groups(g, first, count, c.groups, c.outputs, c.windows),
         by_groups(columns, 0, count, c.groups, rows, c.windows), 1, 0);
    fold_onto(images_of(columns, 0, count), bias, images_of(dx, first, count), w);
  }
}

/// A product for each image, and the sum over images.
void conv_weight_gradient_cuda(const Tensor& x, const Tensor& g, const Tensor& dweight, const Windows& w) {
  if (dweight.numel() == 0) return;
  if (x.shape()[0] == 0) return fill(dweight, 0);
  const Sizes c(x, dweight, w);
  if (c.depthwise()) {
    const auto blocks = static_cast<unsigned>(std::min<std::int64_t>(dweight.numel(), 1 << 30));
    return visit_floating("conv_weight_gradient", x.dtype(), [&]<class T>() {
      launch(depthwise_weight_kernel<T>, blocks, block_threads, 0, static_cast<const T*>(x.raw()),
             static_cast<const T*>(g.raw()), static_cast<T*>(dweight.raw()), c);
    });
  }
  const bool pointwise = w.pointwise();
  const std::int64_t rows = c.channels * c.taps, numbers = dweight.numel();
  const std::int64_t most = std::clamp<std::int64_t>(most_numbers / numbers, 1, c.images);
  const Tensor columns = pointwise ? x : room_for_columns(c, x.dtype());
  const std::int64_t together = pointwise ? most : std::min(most, columns.shape()[0]);
  const std::int64_t rounds = (c.images + together - 1) / together;
  const Tensor products = empty({together, numbers}, sums_dtype(x), cuda_device),
               sums = empty({rounds, numbers}, sums_dtype(x), cuda_device),
               total = empty({1, numbers}, sums_dtype(x), cuda_device);
  for (std::int64_t first = 0, round = 0; first < c.images; first += together, ++round) {
    const std::int64_t count = std::min(together, c.images - first);
    if (!pointwise) unfold_cuda(images_of(x, first, count), images_of(columns, 0, count), w);
    const Tensor seen = by_groups(columns, pointwise ? first : 0, count, c.groups, rows, c.windows);
    gemm(by_groups(g, first, count, c.groups, c.outputs, c.windows), transposed(seen),
         by_groups(products, 0, count, c.groups, c.outputs, rows), 1, 0);
    reduce(images_of(products, 0, count), images_of(sums, round, 1), ReduceOp::sum);
  }
  reduce(sums, total, ReduceOp::sum);
  copy(total.with_layout(Layout::contiguous(dweight.shape())), dweight);
}

[[maybe_unused]] const bool registered =
    conv.on(DeviceType::cuda, conv_cuda) && conv_input_gradient.on(DeviceType::cuda, conv_input_gradient_cuda) &&
    conv_weight_gradient.on(DeviceType::cuda, conv_weight_gradient_cuda) && unfold.on(DeviceType::cuda, unfold_cuda) &&
    fold.on(DeviceType::cuda, fold_cuda);

}  // namespace
}  // namespace adora::backends::cuda
