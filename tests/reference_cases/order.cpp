#include "calls.h"

#include "ops/cumulative.h"
#include "ops/prod.h"
#include "ops/sort.h"
#include "ops/statistics.h"

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

using In = const Inputs&;
using At = const Attributes&;
const RegisterCalls calls{
    {"prod", one([](In in, At a) { return prod(in("x"), dims_of(a), keepdim_of(a)); })},
    {"std", one([](In in, At a) { return adora::std(in("x"), dims_of(a), variance_of(a)); })},
    {"var", one([](In in, At a) { return var(in("x"), dims_of(a), variance_of(a)); })},
    {"cumsum", one([](In in, At a) { return cumsum(in("x"), dim_of(a, 0)); })},
    {"cumprod", one([](In in, At a) { return cumprod(in("x"), dim_of(a, 0)); })},
    {"sort",
     several([](In in, At a) { return indices_and_y(sort(in("x"), dim_of(a, -1), a.flag({"descending"}, false))); })},
    {"topk", several([](In in, At a) {
       return indices_and_y(topk(in("x"), a.whole({"k"}, 1), dim_of(a, -1), a.flag({"largest"}, true)));
     })},
};

}  // namespace
}  // namespace adora::reference
