#pragma once
// Not in adora.h: the library's own.
#include "../backends/windows.h"
#include "../core/tensor.h"

/// Sizes of windows as users give them: one number for every spatial axis, or one for each.
namespace adora::detail {

/// The largest size, stride or padding, so that products of two are numbers still.
inline constexpr std::int64_t most_places = 0x7fffffff;

/// `sizes` for each of `axes` axes, which are called `what`; an error naming `op` where they are neither one number nor
/// one for each axis, or are not in least … most_places.
Shape for_each_axis(const char* op, const char* what, const Shape& sizes, int axes, std::int64_t least);

/// The images of x, [N, C, spatial…] or [C, spatial…], as [N, C, spatial…]; recorded. An error where x has neither
/// number of dimensions, is not floating, or has a spatial size of 0 or beyond most_places.
Tensor batch_of_images(const char* op, const Tensor& x, int axes);
/// The result for x as it was given: without a batch where that had none. Recorded.
Tensor as_given(const Tensor& y, const Tensor& x, int axes);

/// The numbers of x without history, row by row in that shape of as many: a view where they lie so.
Tensor contiguous_as(const Tensor& x, const Shape& shape);
/// x [N, C, spatial…] contiguous and without history, as kernels take it: [N, C, D, H, W], leading axes of 1 put in.
Tensor with_three_axes(const Tensor& x);

/// The sizes of windows' axis number `axis` of `axes`, among the three.
inline backends::WindowAxis& axis_of(backends::Windows& w, int axes, int axis) { return w.axis[3 - axes + axis]; }

/// [N, C] of x, and the number of places or of windows along each axis.
Shape images_shape(const Tensor& x, const Shape& spatial);
Shape sizes_in(const backends::Windows& w, int axes);
Shape sizes_out(const backends::Windows& w, int axes);

}  // namespace adora::detail
