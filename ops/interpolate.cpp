#include "interpolate.h"

#include "../autograd/record.h"
#include "../backends/interpolate.h"
#include "op.h"
#include "windows.h"

namespace adora {
namespace {

using backends::Resized, backends::ResizedAxis;

struct Sizes {
  Resized resized;
  Shape out;
};

/// The scale factors for each axis; an error where there is not one for all or for each.
std::vector<double> factors_of(const InterpolateOptions& options, int axes) {
  std::vector<double> factors = options.scale_factor;
  const int given = static_cast<int>(factors.size());
  check(given == 1 || given == axes,
        "interpolate: {} scale factors are neither one nor one for each of {} spatial axes", given, axes);
  factors.resize(static_cast<std::size_t>(axes), factors[0]);
  return factors;
}

ResizedAxis::Rule rule_of(const InterpolateOptions& options, int axes) {
  const InterpolateMode mode = options.mode;
  if (mode == InterpolateMode::nearest || mode == InterpolateMode::nearest_exact) {
    check(!options.align_corners, "interpolate: align_corners is for the linear modes");
    return mode == InterpolateMode::nearest ? ResizedAxis::Rule::nearest : ResizedAxis::Rule::nearest_exact;
  }
  const int wanted = mode == InterpolateMode::linear ? 1 : mode == InterpolateMode::bilinear ? 2 : 3;
  const char* names[] = {"linear", "bilinear", "trilinear"};
  check(axes == wanted, "interpolate: the mode {} is for {} spatial axes, not {}; with these it is called {}",
        names[wanted - 1], wanted, axes, names[axes - 1]);
  return options.align_corners ? ResizedAxis::Rule::linear_corners : ResizedAxis::Rule::linear;
}

/// For images of the spatial sizes `image`.
Sizes sizes_of(const Shape& image, const InterpolateOptions& options) {
  const int axes = image.size();
  check(options.size.empty() != options.scale_factor.empty(), "interpolate: give either a size or a scale_factor");
  const ResizedAxis::Rule rule = rule_of(options, axes);
  const bool by_size = !options.size.empty();
  const Shape size = by_size ? detail::for_each_axis("interpolate", "size", options.size, axes, 1) : Shape();
  const std::vector<double> factors = by_size ? std::vector<double>() : factors_of(options, axes);
  Sizes sizes;
  for (int d = 0; d < axes; ++d) {
    const std::int64_t in = image[d];
    const double factor = by_size ? 0 : factors[static_cast<std::size_t>(d)];
    const double wanted = by_size ? static_cast<double>(size[d]) : static_cast<double>(in) * factor;
    check(wanted >= 1 && wanted <= static_cast<double>(detail::most_places),
          "interpolate: the scale factor {} leaves nothing of images of {}, or more than {} places", factor, image,
          detail::most_places);
    const auto out = static_cast<std::int64_t>(wanted);
    const double ratio = static_cast<double>(in) / static_cast<double>(out);
    double scale = by_size ? ratio : 1 / factor;
    if (rule == ResizedAxis::Rule::linear_corners)
      scale = out > 1 ? static_cast<double>(in - 1) / static_cast<double>(out - 1) : 0;
    // As PyTorch has it: of two axes, an image of its own or twice its size is that, whatever the factor was exactly.
    if (rule == ResizedAxis::Rule::nearest && axes == 2 && (out == in || out == 2 * in)) scale = ratio;
    sizes.resized.axis[3 - axes + d] = {.in = in, .out = out, .scale = scale, .rule = rule};
    sizes.out.push_back(out);
  }
  return sizes;
}

}  // namespace

Tensor interpolate(const Tensor& x, const InterpolateOptions& options) {
  check_inputs("interpolate", {&x});
  check(x.ndim() >= 3 && x.ndim() <= 5, "interpolate: {} must be [batch, channels and one to three spatial axes]",
        describe(x));
  detail::batch_of_images("interpolate", x, x.ndim() - 2);
  Shape image = x.shape();
  image.erase(0), image.erase(0);
  const Sizes sizes = sizes_of(image, options);
  numel(detail::images_shape(x, sizes.out), "interpolate");
  Tensor y = empty_like(x, detail::images_shape(x, sizes.out));
  backends::interpolate(detail::with_three_axes(x), detail::with_three_axes(y), sizes.resized);
  return record("interpolate", y,
                input(x, [=](const Tensor& g) { return detail::interpolate_gradient(g, image, options); }));
}
const Op interpolate_op{"interpolate"};

Tensor detail::interpolate_gradient(const Tensor& g, const Shape& image, const InterpolateOptions& options) {
  check_inputs("interpolate_gradient", {&g});
  check(is_floating(g.dtype()), "interpolate_gradient: works on floating tensors, not on {}", describe(g));
  const Sizes sizes = sizes_of(image, options);
  Tensor dx = empty_like(g, images_shape(g, image));
  backends::interpolate_gradient(with_three_axes(g), with_three_axes(dx), sizes.resized);
  return record("interpolate_gradient", dx, input(g, [options](const Tensor& gg) { return interpolate(gg, options); }));
}
const Op interpolate_gradient_op{"interpolate_gradient"};

}  // namespace adora
