#include "unfold.h"

#include "../autograd/record.h"
#include "../backends/conv.h"
#include "op.h"
#include "view.h"
#include "windows.h"

namespace adora {
namespace {

using backends::Windows, detail::for_each_axis;

/// The windows over images of the sizes `image`.
Windows windows_of(const char* op, const Shape& image, const Shape& kernel_size, const UnfoldOptions& options) {
  const Shape kernel = for_each_axis(op, "kernel_size", kernel_size, 2, 1),
              dilation = for_each_axis(op, "dilation", options.dilation, 2, 1),
              padding = for_each_axis(op, "padding", options.padding, 2, 0),
              stride = for_each_axis(op, "stride", options.stride, 2, 1);
  Windows w;
  for (int d = 0; d < 2; ++d) {
    const std::int64_t reach = dilation[d] * (kernel[d] - 1), space = image[d] + 2 * padding[d];
    check(space > reach, "{}: a kernel of {} with the dilation {} is larger than images of {} with the padding {}", op,
          kernel, dilation, image, padding);
    detail::axis_of(w, 2, d) = {.in = image[d],
                                .out = (space - reach - 1) / stride[d] + 1,
                                .kernel = kernel[d],
                                .stride = stride[d],
                                .padding = padding[d],
                                .dilation = dilation[d]};
  }
  return w;
}

/// x [N, C, H, W]
Tensor unfolded(const Tensor& x, const Windows& w);

/// x [N, C·taps, L]
Tensor folded(const Tensor& x, const Windows& w) {
  const std::int64_t channels = x.size(1) / w.taps();
  Tensor y = empty_like(x, {x.size(0), channels, w.axis[1].in, w.axis[2].in});
  backends::fold(detail::contiguous_as(x, {x.size(0), channels, w.taps(), w.count()}), detail::with_three_axes(y), w);
  return record("fold", y, input(x, [w](const Tensor& g) { return unfolded(g, w); }));
}

Tensor unfolded(const Tensor& x, const Windows& w) {
  Tensor y = empty_like(x, {x.size(0), x.size(1) * w.taps(), w.count()});
  backends::unfold(detail::with_three_axes(x),
                   y.with_layout(Layout::contiguous({x.size(0), x.size(1), w.taps(), w.count()})), w);
  return record("unfold", y, input(x, [w](const Tensor& g) { return folded(g, w); }));
}

}  // namespace

Tensor unfold(const Tensor& x, const Shape& kernel_size, const UnfoldOptions& options) {
  check_inputs("unfold", {&x});
  const Tensor images = detail::batch_of_images("unfold", x, 2);
  const Windows w = windows_of("unfold", {images.size(2), images.size(3)}, kernel_size, options);
  numel({images.size(0), images.size(1), w.axis[1].kernel, w.axis[2].kernel, w.axis[1].out, w.axis[2].out}, "unfold");
  return detail::as_given(unfolded(images, w), x, 2);
}
const Op unfold_op{"unfold"};

Tensor fold(const Tensor& x, const Shape& output_size, const Shape& kernel_size, const UnfoldOptions& options) {
  check_inputs("fold", {&x});
  check(is_floating(x.dtype()), "fold: works on floating tensors, not on {}; convert with to(x, float32)", describe(x));
  check(x.ndim() == 2 || x.ndim() == 3, "fold: {} must be [batch, channels · taps, windows], or without the batch",
        describe(x));
  const Shape image = for_each_axis("fold", "output_size", output_size, 2, 1);
  const Windows w = windows_of("fold", image, kernel_size, options);
  const std::int64_t taps = numel({w.axis[1].kernel, w.axis[2].kernel}, "fold"),
                     windows = numel({w.axis[1].out, w.axis[2].out}, "fold");
  check(x.size(-2) % taps == 0 && x.size(-1) == windows,
        "fold: {} does not fit: its last but one size must be a multiple of the kernel's {} taps, and its last the {} "
        "windows over images of {}",
        describe(x), taps, windows, image);
  const Tensor columns = x.ndim() == 3 ? x : unsqueeze(x, 0);
  numel({columns.size(0), columns.size(1) / taps, image[0], image[1]}, "fold");
  const Tensor y = folded(columns, w);
  return x.ndim() == 3 ? y : squeeze(y, 0);
}
const Op fold_op{"fold"};

}  // namespace adora
