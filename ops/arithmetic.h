#pragma once
#include "../core/tensor.h"

/// The four operations with broadcasting: a and b have one dtype, shapes that
/// broadcast (NumPy's rule), and every one has gradients of gradients.
namespace adora {

Tensor add(const Tensor& a, const Tensor& b);
Tensor sub(const Tensor& a, const Tensor& b);
Tensor mul(const Tensor& a, const Tensor& b);
Tensor div(const Tensor& a, const Tensor& b);
Tensor neg(const Tensor& x);
/// scale·x + shift
Tensor affine(const Tensor& x, double scale, double shift);

/// In place: target = target + x, and so on; x broadcasts to it and has its dtype. Not recorded: an error where one of
/// them wants a gradient and recording is on.
void add_(const Tensor& target, const Tensor& x);
void sub_(const Tensor& target, const Tensor& x);
void mul_(const Tensor& target, const Tensor& x);
void div_(const Tensor& target, const Tensor& x);

inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return sub(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return mul(a, b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return div(a, b); }
inline Tensor operator-(const Tensor& x) { return neg(x); }

inline Tensor operator+(const Tensor& x, double c) { return affine(x, 1, c); }
inline Tensor operator+(double c, const Tensor& x) { return affine(x, 1, c); }
inline Tensor operator-(const Tensor& x, double c) { return affine(x, 1, -c); }
inline Tensor operator-(double c, const Tensor& x) { return affine(x, -1, c); }
inline Tensor operator*(const Tensor& x, double c) { return affine(x, c, 0); }
inline Tensor operator*(double c, const Tensor& x) { return affine(x, c, 0); }
inline Tensor operator/(const Tensor& x, double c) { return affine(x, 1 / c, 0); }

}  // namespace adora
