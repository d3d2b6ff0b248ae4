#pragma once
#include "../backends/dual.h"
#include "op.h"

namespace adora {

/// Applies a formula of one number (or of two or three) to every element, with
/// broadcasting, and records its gradient, which the formula itself supplies: it is computed
/// once more with dual numbers. Gradients of gradients exist up to the second.
/// `F` is a struct whose template call operator takes and returns any number type:
///
///     struct Softplus {
///       template <class T> ADORA_HD T operator()(T x) const { return math::log1p(math::exp(x)); }
///     };
///     inline Tensor softplus(const Tensor& x) { return elementwise("softplus", Softplus{}, x); }
///     inline const Op softplus_op{"softplus", softplus};
///
/// That is a whole op, on every device, and the suite tests it. In the library such a
/// file lies in ops/elementwise/ and nothing else is to be touched; a program of its own
/// also includes "elementwise_define.h" and needs no Op. All inputs have one dtype. A formula whose float version holds
/// for arguments up to some size only says so with `static constexpr float float_limit`, as `Sin` does.
// Not inlined: the one file that defines it for the library's ops must also emit it.
template <class F, class... X> [[gnu::noinline]] Tensor elementwise(const char* name, const F& formula, const X&... x);

}  // namespace adora
