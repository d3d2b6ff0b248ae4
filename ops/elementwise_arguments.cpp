#include "elementwise_arguments.h"

#include <limits>

#include "creation.h"
#include "view.h"

namespace adora::detail {

double not_0(const char* what, double value) {
  check(value != 0, "{} is 0; x is divided by it", what);
  return value;
}

double not_below(const char* what, double value, double least) {
  check(!(value < least), "{} is {}; it must be at least {}", what, value, least);
  return value;
}

double or_most(const OptionalNumber& given, int sign, const Tensor& x) {
  if (given) return *given;
  check_inputs("nan_to_num", {&x});
  switch (x.dtype()) {
    case float16: return sign * 65504.0;
    case bfloat16: return sign * 0x1.fep127;
    case float32: return sign * static_cast<double>(std::numeric_limits<float>::max());
    default: return sign * std::numeric_limits<double>::max();
  }
}

Tensor number_like(const char* op, double value, const Tensor& x) {
  check_inputs(op, {&x});
  check(is_floating(x.dtype()), "{}: works on floating tensors, not on {}; convert with to(x, float32)", op,
        describe(x));
  return full({}, value, x.dtype(), x.device());
}

Tensor clamp_bound(const Tensor& given, int sign, const Tensor& x) {
  return given.defined() ? given : number_like("clamp_tensors", sign * std::numeric_limits<double>::infinity(), x);
}

Tensor for_channels(const char* op, const Tensor& weight, const Tensor& x) {
  check_inputs(op, {&weight, &x});
  if (weight.numel() == 1) return reshape(weight, {});
  const std::int64_t channels = x.ndim() > 1 ? x.size(1) : 1;
  check(weight.ndim() == 1 && weight.numel() == channels,
        "{}: the weight {} must have one number, or one for each of {}'s {} channels", op, describe(weight),
        describe(x), channels);
  Shape shape = Shape::filled(x.ndim() - 1, 1);
  shape[0] = channels;
  return reshape(weight, shape);
}

Tensor half(const char* op, const Tensor& x, std::int64_t dim, int number) {
  check_inputs(op, {&x});
  check(x.ndim() > 0, "{}: {} has no dimension to halve", op, describe(x));
  const int d = wrap_dim(op, dim, x.ndim());
  const std::int64_t size = x.shape()[d] / 2;
  check(x.shape()[d] % 2 == 0, "{}: {} cannot be halved in dimension {}, of odd size", op, describe(x), d);
  return slice(x, d, number * size, (number + 1) * size);
}

}  // namespace adora::detail
