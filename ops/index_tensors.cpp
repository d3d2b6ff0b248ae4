#include "index_tensors.h"

#include "../backends/index.h"
#include "arithmetic.h"
#include "broadcast.h"
#include "compare.h"
#include "creation.h"
#include "index.h"
#include "index_copy.h"
#include "mask.h"
#include "view.h"

namespace adora {
namespace {

void check_call(const char* op, const Tensor& x, const Tensors& indices) {
  check_inputs(op, {&x});
  for (const Tensor& index : indices) {
    check_inputs(op, {&x}, {&index});
    check(!index.defined() || index.dtype() == int64 || (index.dtype() == boolean && index.ndim() > 0),
          "{}: the index {} must be int64, or boolean with the sizes of the dimensions it stands for", op,
          describe(index));
  }
}

/// The int64 tensor for each dimension of x, undefined where all of it is taken.
Tensors places_of(const char* op, const Tensor& x, const Tensors& indices) {
  Tensors places;
  for (const Tensor& index : indices) {
    const auto d = static_cast<int>(places.size()),
               dims = index.defined() && index.dtype() == boolean ? index.ndim() : 1;
    check(d + dims <= x.ndim(), "{}: the indices are for more dimensions than {} has", op, describe(x));
    if (!index.defined() || index.dtype() == int64) {
      places.push_back(index);
      continue;
    }
    for (int i = 0; i < dims; ++i) {
      check(index.shape()[i] == x.shape()[d + i], "{}: the mask {} does not have the sizes of {} from dimension {} on",
            op, describe(index), describe(x), d);
    }
    check(index.device() != meta, "{}: the places of the mask {} are not there on {}", op, describe(index), meta);
    const Tensor found = nonzero(index);
    for (int i = 0; i < dims; ++i) places.push_back(select(found, 1, i));
  }
  places.resize(static_cast<std::size_t>(x.ndim()));
  return places;
}

/// Indices as one: the dimensions that are indexed lie side by side, as one, and an index names places of it.
struct OneIndex {
  Shape order;          ///< x's dimensions, those that are indexed side by side
  Shape moved, merged;  ///< x's shape in that order, and with one dimension for them
  int at = 0;           ///< which that is
  Tensor index;         ///< int64 [n]
  Shape result;         ///< of what the indices take: the index's own shape in the place of that dimension

  Tensor apply(const Tensor& x) const { return reshape(permute(x, order), merged); }
  Tensor undo(const Tensor& x) const {
    Shape inverse = order;
    for (int i = 0; i < order.size(); ++i) inverse[static_cast<int>(order[i])] = i;
    return permute(reshape(x, moved), inverse);
  }
};

OneIndex indexed(const char* op, const Tensor& x, const Tensors& places) {
  OneIndex to;
  Shape dims, shape;
  for (int d = 0; d < x.ndim(); ++d) {
    const Tensor& index = places[static_cast<std::size_t>(d)];
    if (!index.defined()) continue;
    dims.push_back(d);
    shape = broadcast(op, shape, index.shape());
  }
  const int count = dims.size();
  to.at = dims.back() - dims[0] == count - 1 ? static_cast<int>(dims[0]) : 0;
  check(x.ndim() - count + shape.size() <= Shape::max_size,
        "{}: an index of shape {} in {} gives more dimensions than a tensor can have", op, shape, describe(x));
  for (int d = 0; d < x.ndim(); ++d) {
    if (!places[static_cast<std::size_t>(d)].defined()) to.order.push_back(d);
  }
  for (int i = 0; i < count; ++i) to.order.insert(to.at + i, dims[i]);
  std::int64_t size = 1;
  Tensor index;
  for (int i = 0; i < count; ++i) {
    const std::int64_t there = x.shape()[static_cast<int>(dims[i])];
    const Tensor& given = places[static_cast<std::size_t>(dims[i])];
    Tensor wrapped = empty_like(given);
    backends::wrap_index(op, given, there, x, wrapped);
    index = index.defined() ? affine(index, static_cast<double>(there), 0) + wrapped : wrapped;
    size *= there;
  }
  to.index = reshape(broadcast_to(index, shape), {numel(shape, op)});
  for (int i = 0; i < x.ndim(); ++i) to.moved.push_back(x.shape()[static_cast<int>(to.order[i])]);
  for (int i = 0; i < x.ndim(); ++i) {
    if (i == to.at) {
      to.merged.push_back(size);
      for (std::int64_t n : shape) to.result.push_back(n);
    }
    if (i >= to.at && i < to.at + count) continue;
    to.merged.push_back(to.moved[i]);
    to.result.push_back(to.moved[i]);
  }
  numel(to.result, op);
  return to;
}

bool all_undefined(const Tensors& places) {
  return std::none_of(places.begin(), places.end(), [](const Tensor& x) { return x.defined(); });
}

/// The mask, where it is the only index, as one that broadcasts with x: one number is then written without asking how
/// many places there are.
Tensor only_mask(const Tensor& x, const Tensors& indices, const Tensor& values) {
  if (indices.size() != 1 || !indices[0].defined() || indices[0].dtype() != boolean || values.numel() != 1) return {};
  const Tensor& mask = indices[0];
  if (mask.ndim() > x.ndim()) return {};
  Shape shape = mask.shape();
  for (int d = 0; d < mask.ndim(); ++d) {
    if (shape[d] != x.shape()[d]) return {};
  }
  while (shape.size() < x.ndim()) shape.push_back(1);
  return reshape(mask, shape);
}

}  // namespace

Tensor detail::index_by_tensors(const char* op, const Tensor& x, const Tensors& indices) {
  check_call(op, x, indices);
  const Tensors places = places_of(op, x, indices);
  if (all_undefined(places)) return x;
  const OneIndex to = indexed(op, x, places);
  return reshape(index_select(to.apply(x), to.at, to.index), to.result);
}

Tensor detail::index_put_by_tensors(const char* op, const Tensor& x, const Tensors& indices, const Tensor& values,
                                    bool accumulate) {
  check_call(op, x, indices);
  check(values.dtype() == x.dtype(), "{}: the values {} must have the dtype of {}; convert with to(values, {})", op,
        describe(values), describe(x), name(x.dtype()));
  auto stretched = [&](const Shape& shape) {
    check(values.ndim() <= shape.size() && broadcast(op, values.shape(), shape) == shape,
          "{}: the values {} cannot be stretched to {}, what the indices name of {}", op, describe(values), shape,
          describe(x));
    return broadcast_to(values, shape);
  };
  if (!accumulate) {
    const Tensor mask = only_mask(x, indices, values);
    if (mask.defined()) return where(mask, reshape(values, {}), x);
  }
  const Tensors places = places_of(op, x, indices);
  if (all_undefined(places)) return accumulate ? x + stretched(x.shape()) : clone(stretched(x.shape()));
  const OneIndex to = indexed(op, x, places);
  Shape slices = to.merged;
  slices[to.at] = to.index.numel();
  const Tensor merged = to.apply(x), src = reshape(stretched(to.result), slices);
  return to.undo(accumulate ? index_add(merged, to.at, to.index, src) : index_copy(merged, to.at, to.index, src));
}
}  // namespace adora
