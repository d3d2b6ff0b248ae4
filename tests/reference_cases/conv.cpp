#include "ops/conv.h"
#include "calls.h"
#include "ops/unfold.h"

namespace adora::reference {
namespace {

/// The sizes under that name, or `otherwise` where the case has none.
Shape sizes(const Attributes& a, const char* name, std::int64_t otherwise) {
  return a.has(name) ? a.list({name}) : Shape{otherwise};
}

using Conv = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, const ConvOptions&);
using ConvTranspose = Tensor (*)(const Tensor&, const Tensor&, const Tensor&, const ConvTransposeOptions&);

Maker conv(Conv f) {
  return one([f](const Inputs& in, const Attributes& a) {
    return f(in({"x", "input"}), in("weight"), in.optional({"bias"}),
             {.stride = sizes(a, "stride", 1),
              .padding = sizes(a, "padding", 0),
              .dilation = sizes(a, "dilation", 1),
              .groups = a.whole({"groups"}, 1)});
  });
}

Maker conv_transpose(ConvTranspose f) {
  return one([f](const Inputs& in, const Attributes& a) {
    return f(in({"x", "input"}), in("weight"), in.optional({"bias"}),
             {.stride = sizes(a, "stride", 1),
              .padding = sizes(a, "padding", 0),
              .output_padding = sizes(a, "output_padding", 0),
              .groups = a.whole({"groups"}, 1),
              .dilation = sizes(a, "dilation", 1)});
  });
}

UnfoldOptions unfold_options(const Attributes& a) {
  return {.dilation = sizes(a, "dilation", 1), .padding = sizes(a, "padding", 0), .stride = sizes(a, "stride", 1)};
}

const RegisterCalls calls{
    {"conv1d", conv(conv1d)},
    {"conv2d", conv(conv2d)},
    {"conv3d", conv(conv3d)},
    {"conv_transpose1d", conv_transpose(conv_transpose1d)},
    {"conv_transpose2d", conv_transpose(conv_transpose2d)},
    {"conv_transpose3d", conv_transpose(conv_transpose3d)},
    {"unfold", one([](const Inputs& in, const Attributes& a) {
       return unfold(in("x"), a.list({"kernel_size"}), unfold_options(a));
     })},
    {"fold", one([](const Inputs& in, const Attributes& a) {
       return fold(in("x"), a.list({"output_size"}), a.list({"kernel_size"}), unfold_options(a));
     })},
};

}  // namespace
}  // namespace adora::reference
