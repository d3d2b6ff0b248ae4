#include "softmax.h"

#include "../autograd/fused.h"
#include "../backends/softmax.h"
#include "arithmetic.h"
#include "elementwise/exp.h"
#include "op.h"
#include "reduce.h"

namespace adora {
namespace {

/// x with dimension d as the last one; kernels work along that.
Tensor rows_of(const Tensor& x, int d) { return x.with_layout(x.layout().transposed(d, x.ndim() - 1)); }

Tensor forward(const char* op, const Tensor& x, std::int64_t dim, bool logarithm) {
  check_inputs(op, {&x});
  check(is_floating(x.dtype()) && x.ndim() > 0, "{}: works on floating tensors of one dimension or more, not on {}", op,
        describe(x));
  int d = wrap_dim(op, dim, x.ndim());
  Tensor y = empty_like(x);
  backends::softmax(rows_of(x, d), rows_of(y, d), logarithm);
  return y;
}

/// The gradient in one pass, for when it is not itself recorded.
Tensor backward_pass(const Tensor& y, const Tensor& g, int d, bool logarithm) {
  Tensor dx = empty_like(y);
  backends::softmax_backward(rows_of(y, d), rows_of(g, d), rows_of(dx, d), logarithm);
  return dx;
}

}  // namespace

Tensor softmax(const Tensor& x, std::int64_t dim) {
  Tensor y = forward("softmax", x, dim, false);
  const int d = wrap_dim("softmax", dim, x.ndim());
  record_fused(
      "softmax", {y}, {x}, {{"y", y}},
      [d](const Tensors& g, const SavedTensors& saved) { return Tensors{backward_pass(saved["y"], g[0], d, false)}; },
      [d](const Tensors& g, const SavedTensors& saved) {
        Tensor y = saved["y"];
        return Tensors{y * (g[0] - sum(g[0] * y, {d}, true))};
      });
  return y;
}
const Op softmax_op{"softmax"};

Tensor log_softmax(const Tensor& x, std::int64_t dim) {
  Tensor y = forward("log_softmax", x, dim, true);
  const int d = wrap_dim("log_softmax", dim, x.ndim());
  record_fused(
      "log_softmax", {y}, {x}, {{"y", y}},
      [d](const Tensors& g, const SavedTensors& saved) { return Tensors{backward_pass(saved["y"], g[0], d, true)}; },
      [d](const Tensors& g, const SavedTensors& saved) {
        Tensor y = saved["y"];
        return Tensors{g[0] - exp(y) * sum(g[0], {d}, true)};
      });
  return y;
}
const Op log_softmax_op{"log_softmax"};

}  // namespace adora
