#include "sort.h"

#include "../backends/order.h"
#include "along.h"
#include "index.h"
#include "op.h"
#include "ordered.h"
#include "reduced.h"

namespace adora {

Tensor detail::ordered_places(const Tensor& x, int d, std::int64_t first, std::int64_t count, bool descending) {
  Shape shape = x.shape();
  shape[d] = count;
  Tensor places = empty(shape, int64, x.device());
  backends::order(with_last(x, d), with_last(places, d), first, descending);
  return places;
}

ValuesAndIndices sort(const Tensor& x, std::int64_t dim, bool descending) {
  return detail::along("sort", x, dim, [=](const Tensor& x, int d) {
    const Tensor places = detail::ordered_places(x, d, 0, x.shape()[d], descending);
    return ValuesAndIndices{gather(x, d, places), places};
  });
}
const Op sort_op{"sort"};

Tensor argsort(const Tensor& x, std::int64_t dim, bool descending) {
  return detail::along("argsort", x, dim, [=](const Tensor& x, int d) {
    return detail::ordered_places(x, d, 0, x.shape()[d], descending);
  });
}
const Op argsort_op{"argsort", {.recorded = false}};

ValuesAndIndices topk(const Tensor& x, std::int64_t k, std::int64_t dim, bool largest, bool /*sorted*/) {
  return detail::along("topk", x, dim, [=](const Tensor& x, int d) {
    check(k >= 0 && k <= x.shape()[d], "topk: there are no {} elements to choose along dimension {} of {}", k, dim,
          describe(x));
    const Tensor places = detail::ordered_places(x, d, 0, k, largest);
    return ValuesAndIndices{gather(x, d, places), places};
  });
}
const Op topk_op{"topk"};

}  // namespace adora
