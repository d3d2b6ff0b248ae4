#pragma once
#include "../backends/dual.h"
#include "../backends/taylor.h"
#include "op.h"

namespace adora {

/// Applies a formula of one number (or of two or three) to every element, with
/// broadcasting, and records its gradient, which the formula itself supplies: it is computed
/// once more with dual numbers, and for third and higher derivatives with Taylor polynomials. There are derivatives of
/// every order, mixed ones too.
/// `F` is a struct whose template call operator takes and returns any number type:
///
///     struct Softplus {
///       template <class T> ADORA_HD T operator()(T x) const { return math::softplus(x); }
///     };
///     inline Tensor softplus(const Tensor& x) { return elementwise("softplus", Softplus{}, x); }
///     inline const Op softplus_op{"softplus", softplus};
///
/// That is a whole op, on every device, and the suite tests it. In the library such a
/// file lies in ops/elementwise/ and nothing else is to be touched; a program of its own
/// needs no Op. It includes adora.h, or "elementwise_define.h" after the ops that it uses: those that come later it
/// would compile anew. All inputs have one dtype.
///
/// The derivative is that of the formula, step by step: what overflows on the way, or is 0 times infinity, makes a
/// derivative NaN even where it has a limit. log(1 + eˣ) has none at 800, softplus(x), the same, has; so `math` has
/// softplus, log1p, expm1 and sigmoid.
/// A formula whose float version holds
/// for arguments up to some size only says so with `static constexpr float float_limit`, as `Sin` does; one that is
/// also for whole numbers, with `static constexpr bool integers = true`; which derivatives are fast,
/// `static constexpr int compiled_orders` (elementwise_define.h).
// Not inlined: the one file that defines it for the library's ops must also emit it.
template <class F, class... X> [[gnu::noinline]] Tensor elementwise(const char* name, const F& formula, const X&... x);

}  // namespace adora
