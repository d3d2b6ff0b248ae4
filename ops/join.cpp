#include "join.h"

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "creation.h"
#include "op.h"
#include "view.h"

namespace adora {

Tensor cat(const Tensors& parts, std::int64_t dim) {
  check(!parts.empty(), "cat: there is no tensor to join");
  const Tensor& first = parts[0];
  for (const Tensor& part : parts) check_inputs("cat", {&first, &part});
  int d = wrap_dim("cat", dim, first.ndim());
  Shape shape = first.shape();
  shape[d] = 0;
  std::vector<bool> wanted;
  for (const Tensor& part : parts) {
    Shape others = part.shape();
    if (part.ndim() == first.ndim()) others[d] = shape[d];
    check(others == shape && part.dtype() == first.dtype(),
          "cat: {} and {} cannot be joined along dimension {}: dtype and all other sizes must be the same",
          describe(first), describe(part), dim);
    shape[d] += part.shape()[d];
    wanted.push_back(grad_required_now(part));
  }
  Tensor y = empty_like(first, shape);
  std::vector<std::int64_t> ends;
  for (const Tensor& part : parts) {
    std::int64_t begin = ends.empty() ? 0 : ends.back();
    ends.push_back(begin + part.shape()[d]);
    backends::copy(part, y.with_layout(y.layout().sliced(d, begin, ends.back())));
  }
  record_joint("cat", {y}, parts, [=](const Tensors& g) {
    Tensors grads(ends.size());
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (wanted[i]) grads[i] = slice(g[0], d, i ? ends[i - 1] : 0, ends[i]);
    }
    return grads;
  });
  return y;
}
const Op cat_op{"cat"};

Tensor stack(const Tensors& parts, std::int64_t dim) {
  check(!parts.empty(), "stack: there is no tensor to join");
  Tensors thick;
  for (const Tensor& part : parts) {
    check_inputs("stack", {&parts[0], &part});
    check(part.ndim() < Shape::max_size, "stack: {} has as many dimensions as a tensor can have", describe(part));
    wrap_dim("stack", dim, part.ndim() + 1);
    check(part.shape() == parts[0].shape() && part.dtype() == parts[0].dtype(),
          "stack: {} and {} cannot be stacked: shape and dtype must be the same", describe(parts[0]), describe(part));
    thick.push_back(unsqueeze(part, dim));
  }
  return cat(thick, dim);
}
const Op stack_op{"stack"};

Tensors split(const Tensor& x, const std::vector<std::int64_t>& sizes, std::int64_t dim) {
  check_inputs("split", {&x});
  int d = wrap_dim("split", dim, x.ndim());
  std::int64_t total = 0;
  bool fits = true;
  for (std::int64_t size : sizes) {
    fits = fits && size >= 0 && size <= x.shape()[d] - total;
    if (fits) total += size;
  }
  check(fits && total == x.shape()[d], "split: sizes {} do not make up dimension {} of {}",
        to_string(Shape(std::span(sizes).first(std::min<std::size_t>(sizes.size(), Shape::max_size)))), dim,
        describe(x));
  Tensors parts;
  std::int64_t begin = 0;
  for (std::int64_t size : sizes) {
    parts.push_back(x.with_layout(x.layout().sliced(d, begin, begin + size)));
    begin += size;
  }
  record_joint("split", parts, {x}, [=, shape = x.shape(), dtype = x.dtype(), device = x.device()](const Tensors& g) {
    Tensors pieces;
    for (std::size_t i = 0; i < g.size(); ++i) {
      Shape part = shape;
      part[d] = sizes[i];
      pieces.push_back(g[i].defined() ? g[i] : zeros(part, dtype, device));
    }
    return Tensors{cat(pieces, d)};
  });
  return parts;
}
const Op split_op{"split"};

}  // namespace adora
