#include "ops/pool.h"

#include "calls.h"
#include "ops/interpolate.h"

namespace adora::reference {
namespace {

/// The sizes under that name, or `otherwise` where the case has none.
Shape sizes(const Attributes& a, const char* name, const Shape& otherwise) {
  return a.has(name) ? a.list({name}) : otherwise;
}

Maker max_pool(Tensor (*f)(const Tensor&, const Shape&, const MaxPoolOptions&)) {
  return one([f](const Inputs& in, const Attributes& a) {
    return f(in("x"), a.list({"kernel_size"}),
             {.stride = sizes(a, "stride", {}),
              .padding = sizes(a, "padding", {0}),
              .dilation = sizes(a, "dilation", {1}),
              .ceil_mode = a.flag({"ceil_mode"}, false)});
  });
}

Maker avg_pool(Tensor (*f)(const Tensor&, const Shape&, const AvgPoolOptions&)) {
  return one([f](const Inputs& in, const Attributes& a) {
    return f(in("x"), a.list({"kernel_size"}),
             {.stride = sizes(a, "stride", {}),
              .padding = sizes(a, "padding", {0}),
              .ceil_mode = a.flag({"ceil_mode"}, false),
              .count_include_pad = a.flag({"count_include_pad"}, true)});
  });
}

Maker adaptive(Tensor (*f)(const Tensor&, const Shape&)) {
  return one([f](const Inputs& in, const Attributes& a) { return f(in("x"), a.list({"output_size"})); });
}

InterpolateMode mode_of(const std::string& name) {
  if (name == "nearest") return InterpolateMode::nearest;
  if (name == "nearest-exact") return InterpolateMode::nearest_exact;
  if (name == "linear") return InterpolateMode::linear;
  if (name == "bilinear") return InterpolateMode::bilinear;
  check(name == "trilinear", "interpolate: the mode '{}' is not known", name);
  return InterpolateMode::trilinear;
}

Tensor interpolate_of(const Inputs& in, const Attributes& a) {
  InterpolateOptions options{.size = a.list({"size"}),
                             .mode = mode_of(a.text("mode", "nearest")),
                             .align_corners = a.flag({"align_corners"}, false)};
  if (a.has("scale_factor")) options.scale_factor = {a.number({"scale_factor"}, 1)};
  return interpolate(in("x"), options);
}

const RegisterCalls calls{
    {"max_pool1d", max_pool(max_pool1d)},
    {"max_pool2d", max_pool(max_pool2d)},
    {"max_pool3d", max_pool(max_pool3d)},
    {"avg_pool1d", avg_pool(avg_pool1d)},
    {"avg_pool2d", avg_pool(avg_pool2d)},
    {"avg_pool3d", avg_pool(avg_pool3d)},
    {"adaptive_avg_pool1d", adaptive(adaptive_avg_pool1d)},
    {"adaptive_avg_pool2d", adaptive(adaptive_avg_pool2d)},
    {"adaptive_avg_pool3d", adaptive(adaptive_avg_pool3d)},
    {"adaptive_max_pool1d", adaptive(adaptive_max_pool1d)},
    {"adaptive_max_pool2d", adaptive(adaptive_max_pool2d)},
    {"adaptive_max_pool3d", adaptive(adaptive_max_pool3d)},
    {"interpolate", one(interpolate_of)},
};

}  // namespace
}  // namespace adora::reference
