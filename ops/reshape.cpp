#include "reshape.h"

#include "broadcast.h"
#include "op.h"
#include "view.h"

namespace adora {

Tensor squeeze(const Tensor& x) {
  check_inputs("squeeze", {&x});
  Shape shape;
  for (std::int64_t size : x.shape()) {
    if (size != 1) shape.push_back(size);
  }
  return reshape(x, shape);
}

Tensor squeeze(const Tensor& x, const Shape& dims) {
  check_inputs("squeeze", {&x});
  Shape taken = Shape::filled(x.ndim(), 0), shape;
  for (std::int64_t dim : dims) {
    const int d = wrap_dim("squeeze", dim, x.ndim());
    check(x.shape()[d] == 1, "squeeze: dimension {} of {} has not size 1", dim, describe(x));
    check(taken[d]++ == 0, "squeeze: dimension {} of {} is named twice", dim, describe(x));
  }
  for (int d = 0; d < x.ndim(); ++d) {
    if (!taken[d]) shape.push_back(x.shape()[d]);
  }
  return reshape(x, shape);
}

Tensor flatten(const Tensor& x, std::int64_t start, std::int64_t end) {
  check_inputs("flatten", {&x});
  if (x.ndim() == 0) {
    wrap_dim("flatten", start, 1), wrap_dim("flatten", end, 1);
    return reshape(x, {1});
  }
  const int first = wrap_dim("flatten", start, x.ndim()), last = wrap_dim("flatten", end, x.ndim());
  check(first <= last, "flatten: dimension {} of {} comes after dimension {}", start, describe(x), end);
  Shape shape;
  for (int d = 0; d < x.ndim(); ++d) {
    if (d <= first || d > last) shape.push_back(x.shape()[d]);
    else shape[first] *= x.shape()[d];
  }
  return reshape(x, shape);
}
const Op flatten_op{"flatten"};

Tensor unflatten(const Tensor& x, std::int64_t dim, const Shape& sizes) {
  check_inputs("unflatten", {&x});
  const int d = wrap_dim("unflatten", dim, x.ndim());
  check(!sizes.empty() && x.ndim() - 1 + sizes.size() <= Shape::max_size,
        "unflatten: {} cannot have the sizes {} in the place of dimension {}: a tensor has at most {} dimensions, and "
        "needs one size there",
        describe(x), sizes, dim, Shape::max_size);
  Shape parts = sizes;
  std::int64_t known = 1, whole = x.shape()[d];
  int open = -1;
  bool fits = true;
  for (int i = 0; fits && i < sizes.size(); ++i) {
    if (sizes[i] == -1 && open < 0) open = i;
    else fits = sizes[i] >= 0 && !__builtin_mul_overflow(known, sizes[i], &known);
  }
  fits = fits && (open < 0 ? known == whole : known > 0 && whole % known == 0);
  check(fits, "unflatten: the sizes {} do not make up dimension {} of {}; one of them may be -1", sizes, dim,
        describe(x));
  if (open >= 0) parts[open] = whole / known;
  Shape shape = x.shape();
  shape.erase(d);
  for (int i = 0; i < parts.size(); ++i) shape.insert(d + i, parts[i]);
  return reshape(x, shape);
}
const Op unflatten_op{"unflatten"};

Tensor movedim(const Tensor& x, const Shape& source, const Shape& destination) {
  check_inputs("movedim", {&x});
  check(source.size() == destination.size(), "movedim: the dimensions {} do not go with the places {}", source,
        destination);
  Shape order = Shape::filled(x.ndim(), -1), moved = Shape::filled(x.ndim(), 0);
  for (int i = 0; i < source.size(); ++i) {
    const int from = wrap_dim("movedim", source[i], x.ndim()), to = wrap_dim("movedim", destination[i], x.ndim());
    check(moved[from]++ == 0 && order[to] < 0, "movedim: a dimension of {} is named twice in {} or {}", describe(x),
          source, destination);
    order[to] = from;
  }
  for (int d = 0, from = 0; d < x.ndim(); ++d) {
    if (order[d] >= 0) continue;
    while (moved[from]) ++from;
    order[d] = from++;
  }
  return permute(x, order);
}
const Op movedim_op{"movedim"};

Tensor movedim(const Tensor& x, std::int64_t source, std::int64_t destination) {
  return movedim(x, Shape{source}, Shape{destination});
}

Tensor swapaxes(const Tensor& x, std::int64_t a, std::int64_t b) {
  check_inputs("swapaxes", {&x});
  return transpose(x, wrap_dim("swapaxes", a, x.ndim()), wrap_dim("swapaxes", b, x.ndim()));
}
const Op swapaxes_op{"swapaxes"};

Tensor atleast_1d(const Tensor& x) {
  check_inputs("atleast_1d", {&x});
  return x.ndim() == 0 ? reshape(x, {1}) : x;
}
const Op atleast_1d_op{"atleast_1d"};

Tensor atleast_2d(const Tensor& x) {
  check_inputs("atleast_2d", {&x});
  return x.ndim() < 2 ? reshape(x, {1, x.numel()}) : x;
}
const Op atleast_2d_op{"atleast_2d"};

Tensor atleast_3d(const Tensor& x) {
  check_inputs("atleast_3d", {&x});
  if (x.ndim() < 2) return reshape(x, {1, x.numel(), 1});
  return x.ndim() == 2 ? unsqueeze(x, 2) : x;
}
const Op atleast_3d_op{"atleast_3d"};

Tensor expand_as(const Tensor& x, const Tensor& other) {
  check_inputs("expand_as", {&x, &other});
  check(broadcast("expand_as", x.shape(), other.shape()) == other.shape(),
        "expand_as: {} cannot be stretched to the shape of {}", describe(x), describe(other));
  return broadcast_to(x, other.shape());
}
const Op expand_as_op{"expand_as"};

Tensors broadcast_tensors(const Tensors& xs) {
  Shape shape;
  for (const Tensor& x : xs) {
    check_inputs("broadcast_tensors", {&xs[0], &x});
    shape = broadcast("broadcast_tensors", shape, x.shape());
  }
  Tensors stretched;
  for (const Tensor& x : xs) stretched.push_back(broadcast_to(x, shape));
  return stretched;
}
const Op broadcast_tensors_op{"broadcast_tensors"};

}  // namespace adora
