#include "embedding_loss.h"

#include <limits>

#include "arithmetic.h"
#include "broadcast.h"
#include "compare.h"
#include "creation.h"
#include "elementwise/clamp.h"
#include "elementwise/minimum.h"
#include "elementwise/rsqrt.h"
#include "elementwise/square.h"
#include "loss_parts.h"
#include "op.h"
#include "reduce.h"
#include "vector_length.h"

namespace adora {
namespace {

using detail::check_pair;
using detail::kept_above;
using detail::loss_input;
using detail::reduced_losses;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// max(0, x) with the slope 1 at 0, which PyTorch's losses have there.
Tensor positive_part(const Tensor& x) { return clamp(x, 0, infinity); }

Tensor number(const Tensor& like, double value) { return full({}, value, like.dtype(), like.device()); }

/// Two inputs of one dtype that broadcast and have a last dimension.
void check_vectors(const char* op, const Tensor& x1, const Tensor& x2) {
  check_inputs(op, {&x1, &x2});
  check(x1.dtype() == x2.dtype() && is_floating(x1.dtype()), "{}: {} and {} must have one floating dtype", op,
        describe(x1), describe(x2));
  check(broadcast(op, x1.shape(), x2.shape()).size() > 0, "{}: works on vectors, not on {}", op, describe(x1));
}

Tensor distance(const char* op, const Tensor& x1, const Tensor& x2, double p, double eps, bool keepdim) {
  return detail::vector_length(loss_input(op, x1) - loss_input(op, x2) + eps, p, keepdim);
}

}  // namespace

Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, std::int64_t dim, double eps) {
  const char* op = "cosine_similarity";
  check_vectors(op, x1, x2);
  check(eps >= 0, "{}: eps must be 0 or above, not {}", op, eps);
  const Shape shape = broadcast(op, x1.shape(), x2.shape());
  const int d = wrap_dim(op, dim, shape.size());
  Tensor a = broadcast_to(loss_input(op, x1), shape), b = broadcast_to(loss_input(op, x2), shape);
  return to(sum((a / kept_above(norm(a, {d}, true), eps)) * (b / kept_above(norm(b, {d}, true), eps)), {d}),
            x1.dtype());
}
const Op cosine_similarity_op{"cosine_similarity"};

Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, double p, double eps, bool keepdim) {
  const char* op = "pairwise_distance";
  check_vectors(op, x1, x2);
  check(p >= 0, "{}: p must be 0 or above, not {}", op, p);
  return to(distance(op, x1, x2, p, eps, keepdim), x1.dtype());
}
const Op pairwise_distance_op{"pairwise_distance"};

Tensor cosine_embedding_loss(const Tensor& x1, const Tensor& x2, const Tensor& target, double margin,
                             Reduction reduction) {
  const char* op = "cosine_embedding_loss";
  check_pair(op, x1, x2);
  check_inputs(op, {&x1, &target});
  check((x1.ndim() == 1 || x1.ndim() == 2) && target.ndim() == x1.ndim() - 1 &&
            (target.ndim() == 0 || target.size(0) == x1.size(0)),
        "{}: {} and targets {} do not fit: vectors [N, D] and targets [N], or one of each", op, describe(x1),
        describe(target));
  constexpr double eps = 1e-12;
  Tensor a = loss_input(op, x1), b = loss_input(op, x2), t = to(target, a.dtype());
  Tensor cosine = sum(a * b, {-1}) * rsqrt((sum(square(a), {-1}) + eps) * (sum(square(b), {-1}) + eps));
  Tensor apart = where(eq(t, number(t, -1)), positive_part(cosine - margin), number(t, 0));
  return reduced_losses(op, where(eq(t, number(t, 1)), 1 - cosine, apart), reduction);
}
const Op cosine_embedding_loss_op{"cosine_embedding_loss"};

Tensor margin_ranking_loss(const Tensor& x1, const Tensor& x2, const Tensor& target, double margin,
                           Reduction reduction) {
  const char* op = "margin_ranking_loss";
  check_pair(op, x1, x2);
  check_pair(op, x1, target);
  Tensor difference = loss_input(op, x1) - loss_input(op, x2);
  return reduced_losses(op, positive_part(margin - loss_input(op, target) * difference), reduction);
}
const Op margin_ranking_loss_op{"margin_ranking_loss"};

Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target, double margin, Reduction reduction) {
  const char* op = "hinge_embedding_loss";
  check_pair(op, input, target);
  Tensor x = loss_input(op, input), t = loss_input(op, target), zero = number(x, 0);
  Tensor apart = where(eq(t, number(t, 1)), zero, positive_part(margin - x));
  return reduced_losses(op, where(eq(t, number(t, -1)), zero, x) + apart, reduction);
}
const Op hinge_embedding_loss_op{"hinge_embedding_loss"};

Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           const TripletMarginOptions& options) {
  const char* op = "triplet_margin_loss";
  check_pair(op, anchor, positive);
  check_pair(op, anchor, negative);
  check_vectors(op, anchor, positive);
  check(options.p >= 0, "{}: p must be 0 or above, not {}", op, options.p);
  check(options.margin > 0, "{}: the margin must be above 0, not {}", op, options.margin);
  auto between = [&](const Tensor& x, const Tensor& y) { return distance(op, x, y, options.p, options.eps, false); };
  Tensor far = between(anchor, negative);
  if (options.swap) far = minimum(far, between(positive, negative));
  return reduced_losses(op, positive_part(between(anchor, positive) - far + options.margin), options.reduction);
}
const Op triplet_margin_loss_op{"triplet_margin_loss"};

}  // namespace adora
