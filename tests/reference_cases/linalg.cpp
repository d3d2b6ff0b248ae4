#include "calls.h"

namespace adora::reference {
namespace {

using In = const Inputs&;
using At = const Attributes&;
const RegisterCalls calls{
    {"einsum", one([](In in, At a) { return einsum(a.text("equation", ""), in.all()); })},
    {"dot", binary(dot)},
    {"cross", one([](In in, At a) { return cross(in("a"), in("b"), a.whole({"dim"}, -1)); })},
    {"tensordot", one([](In in, At a) { return tensordot(in("a"), in("b"), a.whole({"dims"}, 2)); })},
    {"trace", unary(trace)},
    {"addmm", one([](In in, At) { return addmm(in("x"), in("a"), in("b")); })},
    {"baddbmm", one([](In in, At) { return baddbmm(in("x"), in("a"), in("b")); })},
    {"bilinear", one([](In in, At) { return bilinear(in("a"), in("b"), in("weight"), in("bias")); })},
    {"cosine_similarity", one([](In in, At a) { return cosine_similarity(in("a"), in("b"), a.whole({"dim"}, 1)); })},
    {"pairwise_distance", one([](In in, At) { return pairwise_distance(in("a"), in("b")); })},
    {"pinv", one([](In in, At) { return pinv(in("a")); })},
    {"matrix_power", one([](In in, At a) { return matrix_power(in("a"), a.whole({"n"}, 1)); })},
    {"solve_triangular",
     one([](In in, At a) { return solve_triangular(in("a"), in("b"), {.upper = a.flag({"upper"}, true)}); })},
    {"cholesky_solve", one([](In in, At) { return cholesky_solve(in("b"), in("a")); })},
    {"lstsq", binary(lstsq)},
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
