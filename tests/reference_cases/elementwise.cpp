#include "adora.h"
#include "calls.h"

namespace adora::reference {
namespace {

using In = const Inputs&;
using At = const Attributes&;

const RegisterCalls calls{
    {"acos", unary(acos)},
    {"acosh", unary(acosh)},
    {"asin", unary(asin)},
    {"asinh", unary(asinh)},
    {"atan", unary(atan)},
    {"atanh", unary(atanh)},
    {"ceil", unary(ceil)},
    {"cosh", unary(cosh)},
    {"digamma", unary(digamma)},
    {"erfc", unary(erfc)},
    {"erfinv", unary(erfinv)},
    {"exp2", unary(exp2)},
    {"floor", unary(floor)},
    {"hardsigmoid", unary(hardsigmoid)},
    {"hardswish", unary(hardswish)},
    {"lgamma", unary(lgamma)},
    {"log10", unary(log10)},
    {"log2", unary(log2)},
    {"logsigmoid", unary(logsigmoid)},
    {"mish", unary(mish)},
    {"relu6", unary(relu6)},
    {"round", unary(round)},
    {"selu", unary(selu)},
    {"sign", unary(sign)},
    {"sinh", unary(sinh)},
    {"softsign", unary(softsign)},
    {"tan", unary(tan)},
    {"tanhshrink", unary(tanhshrink)},
    {"trunc", unary(trunc)},
    {"atan2", binary(atan2)},
    {"fmod", binary(fmod)},
    {"hypot", binary(hypot)},
    {"remainder", binary(remainder)},
    {"xlogy", binary(xlogy)},
    {"logaddexp", binary(logaddexp)},
    {"eq", binary(eq)},
    {"ne", binary(ne)},
    {"less", binary(less)},
    {"less_equal", binary(less_equal)},
    {"greater", binary(greater)},
    {"greater_equal", binary(greater_equal)},
    {"isclose", one([](In in, At) { return isclose(in("a"), in("b")); })},
    {"isnan", unary(isnan)},
    {"isinf", unary(isinf)},
    {"isfinite", unary(isfinite)},
    {"nan_to_num", one([](In in, At) { return nan_to_num(in("x")); })},
    {"clamp_tensors", one([](In in, At) { return clamp(in("x"), in("a"), in("b")); })},
    {"elu", one([](In in, At a) { return elu(in("x"), a.number({"alpha"}, 1)); })},
    {"celu", one([](In in, At a) { return celu(in("x"), a.number({"alpha"}, 1)); })},
    {"hardtanh",
     one([](In in, At a) { return hardtanh(in("x"), a.number({"min_val"}, -1), a.number({"max_val"}, 1)); })},
    {"hardshrink", one([](In in, At a) { return hardshrink(in("x"), a.number({"lambd"}, 0.5)); })},
    {"softshrink", one([](In in, At a) { return softshrink(in("x"), a.number({"lambd"}, 0.5)); })},
    {"threshold",
     one([](In in, At a) { return threshold(in("x"), a.number({"threshold"}, 0), a.number({"value"}, 0)); })},
    {"logit", one([](In in, At a) { return logit(in("x"), a.number({"eps"}, -1)); })},
    {"prelu", one([](In in, At) { return prelu(in("x"), in("weight")); })},
    {"glu", one([](In in, At a) { return glu(in("x"), a.whole({"dim"}, -1)); })},
    {"lerp", one([](In in, At a) {
       const Tensor weight = in.optional({"weight", "w"});
       return weight.defined() ? lerp(in({"a", "x"}), in({"b", "y"}), weight)
                               : lerp(in({"a", "x"}), in({"b", "y"}), a.number({"weight"}, 0.5));
     })},
};

}  // namespace
}  // namespace adora::reference
