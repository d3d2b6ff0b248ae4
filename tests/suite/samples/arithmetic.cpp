#include "ops/arithmetic.h"
#include "autograd/backward.h"
#include "autograd/grad_mode.h"
#include "autograd/variable.h"
#include "ops/creation.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples accumulate_samples{
    "accumulate", [](Generator& g) {
      auto slope_of_cube = [](const Tensors& in) {
        Tensor x = grad_required(in[0]) ? in[0] : requires_grad(in[0].detach());
        GradMode on(true);
        Tensor y = mul(mul(x, x), x);
        return gradients({y}, {x}, {.create_graph = true, .gradients = {ones_like(y)}})[0];
      };
      return std::vector<Sample>{{"a tensor used twice", {sample_tensor(g, {2, 3})}, slope_of_cube}};
    }};

}  // namespace
}  // namespace adora::suite
