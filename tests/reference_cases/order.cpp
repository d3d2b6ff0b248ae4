#include "calls.h"

#include "ops/count.h"
#include "ops/cumulative.h"
#include "ops/mask.h"
#include "ops/order_statistics.h"
#include "ops/prod.h"
#include "ops/search.h"
#include "ops/sort.h"
#include "ops/statistics.h"
#include "ops/truth.h"

/// Products, spreads, running results and orders.
namespace adora::reference {
namespace {

Shape dims_of(const Attributes& a) { return a.list({"dim", "dims", "axis"}); }
bool keepdim_of(const Attributes& a) { return a.flag({"keepdim", "keepdims"}, false); }
std::int64_t dim_of(const Attributes& a, std::int64_t otherwise) { return a.whole({"dim", "axis"}, otherwise); }

VarianceOptions variance_of(const Attributes& a) {
  return {.correction = a.number({"correction"}, 1), .keepdim = keepdim_of(a)};
}

/// In the order of the outputs' names.
Tensors indices_and_y(const ValuesAndIndices& found) { return {found.indices, found.values}; }

Maker along(Tensor (*f)(const Tensor&, std::int64_t)) {
  return one([=](const Inputs& in, const Attributes& a) { return f(in("x"), dim_of(a, 0)); });
}
Maker values_along(ValuesAndIndices (*f)(const Tensor&, std::int64_t)) {
  return several([=](const Inputs& in, const Attributes& a) { return indices_and_y(f(in("x"), dim_of(a, 0))); });
}
Maker values_along(ValuesAndIndices (*f)(const Tensor&, std::int64_t, bool)) {
  return several(
      [=](const Inputs& in, const Attributes& a) { return indices_and_y(f(in("x"), dim_of(a, 0), keepdim_of(a))); });
}
Maker over(Tensor (*f)(const Tensor&, const Shape&, bool)) {
  return one([=](const Inputs& in, const Attributes& a) { return f(in("x"), dims_of(a), keepdim_of(a)); });
}

using In = const Inputs&;
using At = const Attributes&;
const RegisterCalls calls{
    {"prod", one([](In in, At a) { return prod(in("x"), dims_of(a), keepdim_of(a)); })},
    {"std", one([](In in, At a) { return adora::std(in("x"), dims_of(a), variance_of(a)); })},
    {"var", one([](In in, At a) { return var(in("x"), dims_of(a), variance_of(a)); })},
    {"any", over(any)},
    {"all", one([](In in, At a) { return all(in("x"), dims_of(a), keepdim_of(a)); })},
    {"nansum", over(nansum)},
    {"nanmean", over(nanmean)},
    {"count_nonzero", one([](In in, At a) { return count_nonzero(in("x"), dims_of(a)); })},
    {"cumsum", along(cumsum)},
    {"cumprod", along(cumprod)},
    {"logcumsumexp", along(logcumsumexp)},
    {"cummax", values_along(cummax)},
    {"cummin", values_along(cummin)},
    {"max_with_indices", values_along(max_with_indices)},
    {"min_with_indices", values_along(min_with_indices)},
    {"median", values_along(median)},
    {"mode", values_along(mode)},
    {"kthvalue", several([](In in, At a) {
       return indices_and_y(kthvalue(in("x"), a.whole({"k"}, 1), dim_of(a, -1), keepdim_of(a)));
     })},
    {"quantile", one([](In in, At a) { return quantile(in("x"), a.number({"q"}, 0.5), dim_of(a, 0), keepdim_of(a)); })},
    {"argmin", one([](In in, At a) { return argmin(in("x"), dim_of(a, 0), keepdim_of(a)); })},
    {"argsort", one([](In in, At a) { return argsort(in("x"), dim_of(a, -1), a.flag({"descending"}, false)); })},
    {"bincount",
     one([](In in, At a) { return bincount(in("x"), in.optional({"weights"}), a.whole({"minlength"}, 0)); })},
    {"histc", one([](In in, At a) {
       return histc(in("x"), a.whole({"bins"}, 100), a.number({"min"}, 0), a.number({"max"}, 0));
     })},
    {"bucketize", one([](In in, At a) { return bucketize(in("x"), in("boundaries"), a.flag({"right"}, false)); })},
    {"searchsorted",
     one([](In in, At a) { return searchsorted(in("boundaries"), in("x"), a.flag({"right"}, false)); })},
    {"nonzero", unary(nonzero)},
    {"sort",
     several([](In in, At a) { return indices_and_y(sort(in("x"), dim_of(a, -1), a.flag({"descending"}, false))); })},
    {"topk", several([](In in, At a) {
       return indices_and_y(topk(in("x"), a.whole({"k"}, 1), dim_of(a, -1), a.flag({"largest"}, true)));
     })},
};

}  // namespace
}  // namespace adora::reference
