#pragma once
#include <concepts>
#include <iterator>

#include "arithmetic.h"
#include "compare.h"
#include "creation.h"

/// What a tensor can be written with beside the operations of arithmetic.h. Numbers stand on either side.
namespace adora {

/// c / x, as c times the reciprocal.
Tensor operator/(double c, const Tensor& x);
inline Tensor operator+(const Tensor& x) { return x; }
/// The rest of a division with the divisor's sign, as Python's % and unlike C's: remainder
/// (ops/elementwise/remainder.h).
Tensor operator%(const Tensor& x, const Tensor& y);
Tensor operator%(const Tensor& x, double c);

/// What holds several numbers is no tensor yet.
template <class T>
concept Collection = !std::derived_from<T, Tensor> && requires(const T& values) {
  std::begin(values);
};
template <Collection T> Tensor operator+(const Tensor& x, const T&) = delete;  // tensor(values) makes a tensor of them
template <Collection T> Tensor operator-(const Tensor& x, const T&) = delete;  // tensor(values) makes a tensor of them
template <Collection T> Tensor operator*(const Tensor& x, const T&) = delete;  // tensor(values) makes a tensor of them
template <Collection T> Tensor operator/(const Tensor& x, const T&) = delete;  // tensor(values) makes a tensor of them

// Element by element, as boolean tensors. Whether two are the same tensor asks a.is(b), whether all their numbers are
// equal, equal(a, b).
inline Tensor operator==(const Tensor& a, const Tensor& b) { return eq(a, b); }
inline Tensor operator!=(const Tensor& a, const Tensor& b) { return ne(a, b); }
inline Tensor operator<(const Tensor& a, const Tensor& b) { return less(a, b); }
inline Tensor operator<=(const Tensor& a, const Tensor& b) { return less_equal(a, b); }
inline Tensor operator>(const Tensor& a, const Tensor& b) { return greater(a, b); }
inline Tensor operator>=(const Tensor& a, const Tensor& b) { return greater_equal(a, b); }

inline Tensor operator==(const Tensor& x, double c) { return eq(x, c); }
inline Tensor operator!=(const Tensor& x, double c) { return ne(x, c); }
inline Tensor operator<(const Tensor& x, double c) { return less(x, c); }
inline Tensor operator<=(const Tensor& x, double c) { return less_equal(x, c); }
inline Tensor operator>(const Tensor& x, double c) { return greater(x, c); }
inline Tensor operator>=(const Tensor& x, double c) { return greater_equal(x, c); }
inline Tensor operator==(double c, const Tensor& x) { return eq(x, c); }
inline Tensor operator!=(double c, const Tensor& x) { return ne(x, c); }
inline Tensor operator<(double c, const Tensor& x) { return greater(x, c); }
inline Tensor operator<=(double c, const Tensor& x) { return greater_equal(x, c); }
inline Tensor operator>(double c, const Tensor& x) { return less(x, c); }
inline Tensor operator>=(double c, const Tensor& x) { return less_equal(x, c); }

/// Of truths; of whole numbers, of one dtype, bit by bit. With broadcasting.
Tensor operator&(const Tensor& a, const Tensor& b);
Tensor operator|(const Tensor& a, const Tensor& b);
Tensor operator^(const Tensor& a, const Tensor& b);
template <std::integral N> Tensor operator&(const Tensor& x, N c) {
  return x & full({}, static_cast<double>(c), x.dtype(), x.device());
}
template <std::integral N> Tensor operator|(const Tensor& x, N c) {
  return x | full({}, static_cast<double>(c), x.dtype(), x.device());
}
template <std::integral N> Tensor operator^(const Tensor& x, N c) {
  return x ^ full({}, static_cast<double>(c), x.dtype(), x.device());
}
/// The opposite truths; the opposite bits of whole numbers.
Tensor operator~(const Tensor& x);
/// Whether each element is 0, as a boolean tensor.
inline Tensor operator!(const Tensor& x) { return eq(x, 0); }

/// x += y changes x's memory, which every handle on it and every view of it sees, and has x's shape and dtype, as in
/// PyTorch; where a gradient has to flow through it, this handle becomes the new tensor x + y, and others keep the old
/// one. A leaf that wants a gradient is changed under NoGrad only (`w -= lr * w.grad()`), and refused elsewhere.
Tensor& operator+=(Tensor& x, const Tensor& y);
Tensor& operator-=(Tensor& x, const Tensor& y);
Tensor& operator*=(Tensor& x, const Tensor& y);
Tensor& operator/=(Tensor& x, const Tensor& y);
Tensor& operator+=(Tensor& x, double c);
Tensor& operator-=(Tensor& x, double c);
Tensor& operator*=(Tensor& x, double c);
Tensor& operator/=(Tensor& x, double c);

Tensor& operator&=(Tensor& x, const Tensor& y) = delete;  // x = x & y
Tensor& operator|=(Tensor& x, const Tensor& y) = delete;  // x = x | y

}  // namespace adora
