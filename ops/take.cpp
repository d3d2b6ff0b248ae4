#include "take.h"

#include "../backends/index.h"
#include "broadcast.h"
#include "creation.h"
#include "index.h"
#include "op.h"
#include "scatter.h"
#include "view.h"

namespace adora {
namespace {

void check_index(const char* op, const Tensor& index) {
  check(index.dtype() == int64, "{}: the index is {}; it must be int64, convert it with to(index, int64)", op,
        describe(index));
}

}  // namespace

Tensor take(const Tensor& x, const Tensor& index) {
  check_inputs("take", {&x, &index});
  check_index("take", index);
  const Tensor flat = reshape(x, {x.numel()});
  Tensor places = empty({index.numel()}, int64, index.device());
  backends::wrap_index("take", index, x.numel(), flat, places.with_layout(Layout::contiguous(index.shape())));
  return reshape(index_select(flat, 0, places), index.shape());
}
const Op take_op{"take"};

Tensor take_along_dim(const Tensor& x, const Tensor& index, std::optional<std::int64_t> dim) {
  const char* op = "take_along_dim";
  check_inputs(op, {&x, &index});
  check_index(op, index);
  if (!dim) {
    return take_along_dim(reshape(x, {x.numel()}), reshape(index, {index.numel()}), 0);
  }
  const int d = wrap_dim(op, *dim, x.ndim());
  check(index.ndim() == x.ndim(), "{}: an index {} does not fit {}: it needs the same number of dimensions", op,
        describe(index), describe(x));
  Shape one = x.shape(), other = index.shape();
  one[d] = other[d] = 1;
  Shape from = broadcast(op, one, other), at = from;
  from[d] = x.shape()[d], at[d] = index.shape()[d];
  return gather(broadcast_to(x, from), d, broadcast_to(index, at));
}
const Op take_along_dim_op{"take_along_dim"};

Tensor one_hot(const Tensor& index, std::int64_t classes) {
  check_inputs("one_hot", {&index});
  check_index("one_hot", index);
  check(index.ndim() < Shape::max_size && classes >= -1, "one_hot: {} cannot be made of {} classes", describe(index),
        classes);
  if (classes == -1) {
    check(index.numel() > 0 && index.device() != meta,
          "one_hot: {} does not tell how many classes there are; give their number", describe(index));
    const std::vector<std::int64_t> values = to_vector<std::int64_t>(index);
    const std::int64_t most = *std::max_element(values.begin(), values.end());
    check(most < std::numeric_limits<std::int64_t>::max(), "one_hot: there can't be a class {}", most);
    classes = std::max<std::int64_t>(most + 1, 0);  // the index is below 0 then, and refused
  }
  Shape shape = index.shape();
  shape.push_back(classes);
  numel(shape, "one_hot");
  Tensor y = zeros(shape, int64, index.device());
  const Tensor one = ones({}, int64, index.device()), places = unsqueeze(index, index.ndim());
  backends::scatter("one_hot", places, one.with_layout(one.layout().expanded(places.shape())), y);
  return y;
}
const Op one_hot_op{"one_hot", {.recorded = false}};  // whole numbers have no gradient

}  // namespace adora
