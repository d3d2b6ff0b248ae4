#pragma once
// Not in adora.h: the library's own.
#include <optional>

#include "arithmetic.h"
#include "elementwise.h"

namespace adora {

/// A parameter that may be left out.
using OptionalNumber = std::optional<double>;

/// What elementwise functions with parameters, or of tensors that must be brought into shape, do before.
namespace detail {

/// A parameter that must not be 0; `what` are the op and its name, "celu: alpha".
double not_0(const char* what, double value);
/// The same for one that must not be below a number.
double not_below(const char* what, double value, double least);
/// A bound for x of that sign's side: unless given, the largest finite number of x's dtype.
double or_most(const OptionalNumber& given, int sign, const Tensor& x);

/// A tensor of one number, which broadcasts to x, of x's dtype and on its device.
Tensor number_like(const char* op, double value, const Tensor& x);
/// The tensor, or infinity of that sign where it is undefined.
Tensor clamp_bound(const Tensor& given, int sign, const Tensor& x);

/// A weight of one number, or of one for each channel of x [N, C, …], in a shape that broadcasts to x.
Tensor for_channels(const char* op, const Tensor& weight, const Tensor& x);
/// The half number 0 or 1 of x in a dimension of even size.
Tensor half(const char* op, const Tensor& x, std::int64_t dim, int number);

}  // namespace detail
}  // namespace adora
