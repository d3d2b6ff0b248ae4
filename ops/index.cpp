#include "index.h"

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "../backends/index.h"
#include "creation.h"
#include "op.h"
#include "view.h"

namespace adora {
namespace {

void check_index(const char* op, const Tensor& index) {
  check(index.dtype() == int64, "{}: the index is {}; it must be int64, convert it with to(index, int64)", op,
        describe(index));
}

/// `index` names places along `dim` of x; in the other dimensions it must not be larger.
int check_places(const char* op, const Tensor& x, std::int64_t dim, const Tensor& index) {
  check_inputs(op, {&x, &index});
  check_index(op, index);
  int d = wrap_dim(op, dim, x.ndim());
  bool fits = index.ndim() == x.ndim();
  for (int i = 0; fits && i < x.ndim(); ++i) fits = i == d || index.shape()[i] <= x.shape()[i];
  check(fits,
        "{}: an index {} does not fit {} along dimension {}: it needs the same number of dimensions and at most its "
        "sizes in the others",
        op, describe(index), describe(x), dim);
  return d;
}

/// x with dimension d last, or first; kernels work along those.
Tensor last(const Tensor& x, int d) { return x.with_layout(x.layout().transposed(d, x.ndim() - 1)); }
Tensor first(const Tensor& x, int d) { return x.with_layout(x.layout().transposed(d, 0)); }

Tensor copied(const Tensor& x) {
  Tensor y = empty_like(x);
  backends::copy(x, y);
  return y;
}

}  // namespace

Tensor gather(const Tensor& x, std::int64_t dim, const Tensor& index) {
  int d = check_places("gather", x, dim, index);
  Tensor y = empty_like(x, index.shape());
  backends::gather("gather", last(x, d), last(index, d), last(y, d));
  return record("gather", y, input(x, {{"index", index}}, [d, shape = x.shape()](const Tensor& g, const Tensor& index) {
                  return scatter_add(zeros(shape, g.dtype(), g.device()), d, index, g);
                }));
}
const Op gather_op{"gather"};

Tensor scatter_add(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& src) {
  check_inputs("scatter_add", {&x, &index, &src});
  int d = check_places("scatter_add", x, dim, index);
  bool fits = src.ndim() == index.ndim() && src.dtype() == x.dtype();
  for (int i = 0; fits && i < src.ndim(); ++i) fits = index.shape()[i] <= src.shape()[i];
  check(fits,
        "scatter_add: {} cannot be added to {} at the places of an index {}: it must have the same dtype and at "
        "least the index's sizes",
        describe(src), describe(x), describe(index));
  if (src.shape() != index.shape()) {
    Tensor used = src;
    for (int i = 0; i < src.ndim(); ++i) used = slice(used, i, 0, index.shape()[i]);
    return scatter_add(x, dim, index, used);
  }
  Tensor y = copied(x);
  backends::scatter_add("scatter_add", last(index, d), last(src, d), last(y, d));
  return record(
      "scatter_add", y, input(x, [](const Tensor& g) { return g; }),
      input(src, {{"index", index}}, [d](const Tensor& g, const Tensor& index) { return gather(g, d, index); }));
}
const Op scatter_add_op{"scatter_add"};

Tensor index_select(const Tensor& x, std::int64_t dim, const Tensor& index) {
  check_inputs("index_select", {&x, &index});
  check_index("index_select", index);
  int d = wrap_dim("index_select", dim, x.ndim());
  check(index.ndim() == 1, "index_select: the index {} must have one dimension", describe(index));
  Shape shape = x.shape();
  shape[d] = index.size(0);
  Tensor y = empty_like(x, shape);
  backends::index_select("index_select", first(x, d), index, first(y, d));
  return record("index_select", y,
                input(x, {{"index", index}}, [d, shape = x.shape()](const Tensor& g, const Tensor& index) {
                  return index_add(zeros(shape, g.dtype(), g.device()), d, index, g);
                }));
}
const Op index_select_op{"index_select"};

Tensor index_add(const Tensor& x, std::int64_t dim, const Tensor& index, const Tensor& src) {
  check_inputs("index_add", {&x, &index, &src});
  check_index("index_add", index);
  int d = wrap_dim("index_add", dim, x.ndim());
  Shape wanted = x.shape();
  if (index.ndim() == 1) wanted[d] = index.size(0);
  check(index.ndim() == 1 && src.shape() == wanted && src.dtype() == x.dtype(),
        "index_add: {} cannot be added to {} along dimension {} at an index {}: it must be {} {}", describe(src),
        describe(x), dim, describe(index), name(x.dtype()), wanted);
  // The kernel writes slices that lie side by side.
  Tensor slices = copied(first(x, d));
  backends::index_add("index_add", index, first(src, d), slices);
  return record(
      "index_add", first(slices, d), input(x, [](const Tensor& g) { return g; }),
      input(src, {{"index", index}}, [d](const Tensor& g, const Tensor& index) { return index_select(g, d, index); }));
}
const Op index_add_op{"index_add"};

}  // namespace adora
