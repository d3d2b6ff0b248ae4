#include "calls.h"

namespace adora::reference {
namespace {

using In = const Inputs&;
using At = const Attributes&;
const RegisterCalls calls{
    {"einsum", one([](In in, At a) { return einsum(a.text("equation", ""), in.all()); })},
    {"solve", binary(solve)},
    {"inv", unary(inv)},
    {"det", unary(det)},
    {"logdet", unary(logdet)},
    {"cholesky", one([](In in, At a) {
       return cholesky(in({"a", "x"}), a.flag({"upper"}, false));
     })},
    {"outer", binary(outer)},
    {"kron", binary(kron)},
    {"cdist", one([](In in, At a) {
       return cdist(in({"a", "x1"}), in({"b", "x2"}), a.number({"p"}, 2));
     })},
};

}  // namespace
}  // namespace adora::reference
