#include "cdist.h"

#include <cmath>

#include "../autograd/fused.h"
#include "../backends/cdist.h"
#include "arithmetic.h"
#include "broadcast.h"
#include "creation.h"
#include "op.h"
#include "vector_length.h"
#include "view.h"

namespace adora {
namespace {

/// From all differences at once.
Tensor composed_distances(const Tensor& x1, const Tensor& x2, double p) {
  return detail::vector_length(unsqueeze(x1, 2) - unsqueeze(x2, 1), p, false);
}

Tensor flipped(const Tensor& x) { return x.with_layout(x.layout().transposed(1, 2)); }

/// Of x1 [B, P, M] and x2 [B, R, M].
Tensor distances(const Tensor& x1, const Tensor& x2, double p) {
  Tensor y = empty_like(x1, {x1.size(0), x1.size(1), x2.size(1)});
  backends::cdist(x1.detach(), x2.detach(), p, y);
  bool want_1 = grad_required_now(x1), want_2 = grad_required_now(x2);
  auto gradient = [=](const Tensors& g, const SavedTensors& saved) {
    Tensor x1 = saved["x1"], x2 = saved["x2"], y = saved["y"];
    Tensors result{want_1 ? empty_like(x1) : Tensor(), want_2 ? empty_like(x2) : Tensor()};
    if (want_1) backends::cdist_gradient(x1, x2, p, y, g[0], result[0]);
    if (want_2) backends::cdist_gradient(x2, x1, p, flipped(y), flipped(g[0]), result[1]);
    return result;
  };
  auto composed = [p](const Tensors& g, const SavedTensors& saved) {
    auto twin = [p](const Tensors& in) { return Tensors{composed_distances(in[0], in[1], p)}; };
    return gradients_through(twin, {where_asked(0, saved["x1"]), where_asked(1, saved["x2"])}, g);
  };
  record_fused("cdist", {y}, {x1, x2}, {{"x1", x1}, {"x2", x2}, {"y", y}}, gradient, composed);
  return y;
}

}  // namespace

Tensor cdist(const Tensor& x1, const Tensor& x2, double p) {
  const char* op = "cdist";
  check_inputs(op, {&x1, &x2});
  check(is_floating(x1.dtype()) && x1.dtype() == x2.dtype(), "{}: {} and {} must have one floating dtype", op,
        describe(x1), describe(x2));
  check(x1.ndim() >= 2 && x2.ndim() >= 2 && x1.size(-1) == x2.size(-1), "{}: {} and {} do not fit: rows of one length",
        op, describe(x1), describe(x2));
  check(p >= 0, "{}: p must be 0 or above, not {}", op, p);
  if (size_of(x1.dtype()) == 2) return to(cdist(to(x1, float32), to(x2, float32), p), x1.dtype());
  auto batch_of = [](const Tensor& x) {
    Shape batch = x.shape();
    batch.erase(batch.size() - 1), batch.erase(batch.size() - 1);
    return batch;
  };
  Shape shape = broadcast(op, batch_of(x1), batch_of(x2));
  const std::int64_t batch = numel(shape, op);
  auto rows_of = [&](const Tensor& x) {
    Shape whole = shape;
    whole.push_back(x.size(-2)), whole.push_back(x.size(-1));
    return reshape(broadcast_to(x, whole), {batch, x.size(-2), x.size(-1)});
  };
  Tensor a = rows_of(x1), b = rows_of(x2);
  const bool composed = p == 0 || std::isinf(p);
  shape.push_back(x1.size(-2)), shape.push_back(x2.size(-2));
  return reshape(composed ? composed_distances(a, b, p) : distances(a, b, p), shape);
}
const Op cdist_op{"cdist"};

}  // namespace adora
