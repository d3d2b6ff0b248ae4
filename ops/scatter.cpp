#include "scatter.h"

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "../backends/index.h"
#include "arithmetic.h"
#include "broadcast.h"
#include "compare.h"
#include "creation.h"
#include "filled.h"
#include "index.h"
#include "op.h"
#include "view.h"

namespace adora {
namespace {

/// Checks a call of `op` without its src; returns the dimension.
int check_places(const char* op, const Tensor& x, std::int64_t dim, const Tensor& index) {
  check(index.dtype() == int64, "{}: the index is {}; it must be int64, convert it with to(index, int64)", op,
        describe(index));
  const int d = wrap_dim(op, dim, x.ndim());
  bool fits = index.ndim() == x.ndim();
  for (int i = 0; fits && i < x.ndim(); ++i) fits = i == d || index.shape()[i] <= x.shape()[i];
  check(fits,
        "{}: an index {} does not fit {} along dimension {}: it needs the same number of dimensions and at most its "
        "sizes in the others",
        op, describe(index), describe(x), dim);
  return d;
}

void check_source(const char* op, const Tensor& x, const Tensor& index, const Tensor& src) {
  bool fits = src.ndim() == index.ndim() && src.dtype() == x.dtype();
  for (int i = 0; fits && i < src.ndim(); ++i) fits = index.shape()[i] <= src.shape()[i];
  check(fits,
        "{}: {} cannot be written into {} at the places of an index {}: it must have the same dtype and at least the "
        "index's sizes",
        op, describe(src), describe(x), describe(index));
}

/// The part of src that an index of that shape uses.
Tensor used_part(Tensor src, const Shape& shape) {
  for (int i = 0; i < src.ndim(); ++i) {
    if (src.shape()[i] != shape[i]) src = slice(src, i, 0, shape[i]);
  }
  return src;
}

/// A copy of x with src written into it, not recorded; of index's shape.
Tensor written(const Tensor& x, int d, const Tensor& index, const Tensor& src) {
  Tensor y = empty_like(x);
  backends::copy(x, y);
  auto last = [d](const Tensor& t) { return t.with_layout(t.layout().transposed(d, t.ndim() - 1)); };
  backends::scatter("scatter", last(index), last(src), last(y));
  return y;
}

/// Where the elements of an index are the last ones that name their place.
Tensor last_ones(const Shape& shape, int d, const Tensor& index) {
  // The numbers of an index's elements along the dimension.
  Shape line = Shape::filled(index.ndim(), 1);
  line[d] = index.shape()[d];
  const Tensor numbers = reshape(arange(line[d], int64, index.device()), line);
  const Tensor each = numbers.with_layout(numbers.layout().expanded(index.shape()));
  const Tensor winners = written(full(shape, -1, int64, index.device()), d, index, each);
  return eq(gather(winners, d, index), each);
}

Tensor as_zeros(const Tensor& like, const Shape& shape) {
  const Tensor zero = zeros({}, like.dtype(), like.device());
  return zero.with_layout(zero.layout().expanded(shape));
}

}  // namespace

Tensor scatter(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& src) {
  check_inputs("scatter", {&x, &index, &src});
  const int d = check_places("scatter", x, dim, index);
  check_source("scatter", x, index, src);
  if (src.shape() != index.shape()) return scatter(x, d, index, used_part(src, index.shape()));
  return record(
      "scatter", written(x, d, index, src),
      input(x, {{"index", index}},
            [d](const Tensor& g, const Tensor& index) { return scatter(g, d, index, as_zeros(g, index.shape())); }),
      input(src, {{"index", index}}, [d](const Tensor& g, const Tensor& index) {
        return where(last_ones(g.shape(), d, index), gather(g, d, index), as_zeros(g, {}));
      }));
}
const Op scatter_op{"scatter"};

Tensor scatter(const Tensor& x, std::int64_t dim, const Tensor& index, double value) {
  check_inputs("scatter", {&x, &index});
  const Tensor one = detail::number_like("scatter", value, x);
  return scatter(x, dim, index, one.with_layout(one.layout().expanded(index.shape())));
}

Tensor scatter_reduce(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& src, ScatterReduce reduce,
                      bool include_self) {
  const char* op = "scatter_reduce";
  check_inputs(op, {&x, &index, &src});
  const int d = check_places(op, x, dim, index);
  check_source(op, x, index, src);
  check(is_floating(x.dtype()) || reduce == ScatterReduce::sum,
        "{}: a mean of whole numbers ({}) would be rounded; convert with to(x, float32)", op, describe(x));
  // Half types are summed and divided in float32, and rounded once.
  if (reduce == ScatterReduce::mean && size_of(x.dtype()) == 2) {
    return to(scatter_reduce(to(x, float32), d, index, to(src, float32), reduce, include_self), x.dtype());
  }
  const Tensor self = include_self ? x : scatter(x, d, index, 0.0);
  const Tensor total = scatter_add(self, d, index, src);
  if (reduce == ScatterReduce::sum) return total;
  // Places that no index names are divided by 1 in either case.
  const Tensor own = include_self ? ones(x.shape(), x.dtype(), x.device())
                                  : scatter(ones(x.shape(), x.dtype(), x.device()), d, index, 0.0);
  const Tensor one = ones({}, x.dtype(), x.device());
  return total / scatter_add(own, d, index, one.with_layout(one.layout().expanded(index.shape())));
}
const Op scatter_reduce_op{"scatter_reduce"};

}  // namespace adora
