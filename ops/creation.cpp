#include "creation.h"

#include <cmath>
#include <limits>

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "filled.h"
#include "in_place.h"
#include "op.h"

namespace adora {

/// Whole numbers don't take every value: they would wrap around, and NaN has no counterpart among them.
void detail::check_holds(const char* op, DType dtype, double value) {
  visit(dtype, [&]<class T>() {
    if constexpr (std::is_integral_v<T>) {
      constexpr double least = static_cast<double>(std::numeric_limits<T>::lowest());
      // The first that is too large, a power of two, which is exact also where the largest is not.
      constexpr double end = 2.0 * static_cast<double>(std::numeric_limits<T>::max() / 2 + 1);
      check(value == std::floor(value) && value >= least && value < end, "{}: {} is no number of {}", op, value,
            name(dtype));
    }
  });
}

void detail::check_holds(const char* op, DType dtype, std::int64_t value) {
  // Exactly, as no double says whether it is the largest of int64.
  if (dtype != int64) check_holds(op, dtype, static_cast<double>(value));
}

Tensor detail::filled(const char* op, const Shape& shape, double value, DType dtype, Device device) {
  numel(shape, op);
  detail::check_holds(op, dtype, value);
  Tensor y = empty(shape, dtype, device);
  backends::fill(y, value);
  return y;
}
using detail::filled;

Tensor full(const Shape& shape, double value, DType dtype, Device device) {
  return filled("full", shape, value, dtype, device);
}
Tensor zeros(const Shape& shape, DType dtype, Device device) { return filled("zeros", shape, 0, dtype, device); }
Tensor ones(const Shape& shape, DType dtype, Device device) { return filled("ones", shape, 1, dtype, device); }
Tensor zeros_like(const Tensor& x) {
  check_inputs("zeros_like", {&x});
  return zeros(x.shape(), x.dtype(), x.device());
}
Tensor ones_like(const Tensor& x) {
  check_inputs("ones_like", {&x});
  return ones(x.shape(), x.dtype(), x.device());
}

Tensor full_like(const Tensor& x, double value) {
  check_inputs("full_like", {&x});
  return filled("full_like", x.shape(), value, x.dtype(), x.device());
}

Tensor arange(std::int64_t n, DType dtype, Device device) {
  check(n >= 0, "arange: there can't be {} numbers", n);
  if (n > 0) detail::check_holds("arange", dtype, n - 1);
  Tensor y = empty({n}, dtype, cpu);
  visit(dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < n; ++i) y.data<T>()[i] = static_cast<T>(static_cast<Compute<T>>(i));
  });
  return to(y, device);
}

Tensor uniform(const Shape& shape, double low, double high, Generator& generator, DType dtype, Device device) {
  numel(shape, "uniform");
  check(std::isfinite(low) && std::isfinite(high - low) && low <= high,
        "uniform: there is nothing to draw from {} to {}; the bounds must be finite, the lower one first", low, high);
  check(is_floating(dtype), "uniform: draws floating numbers, not {}", name(dtype));
  Tensor y = empty(shape, dtype, device);
  backends::fill_uniform(y, low, high, generator);
  return y;
}

Tensor normal(const Shape& shape, double mean, double deviation, Generator& generator, DType dtype, Device device) {
  numel(shape, "normal");
  check(std::isfinite(mean) && std::isfinite(deviation) && deviation >= 0,
        "normal: the mean ({}) must be finite, and the deviation ({}) finite and not negative", mean, deviation);
  check(is_floating(dtype), "normal: draws floating numbers, not {}", name(dtype));
  Tensor y = empty(shape, dtype, device);
  backends::fill_normal(y, mean, deviation, generator);
  return y;
}

Tensor clone(const Tensor& x) {
  check_inputs("clone", {&x});
  Tensor y = empty_like(x);
  backends::copy(x, y);
  return record("clone", y, input(x, [](const Tensor& g) { return g; }));
}
const Op clone_op{"clone", clone};

Tensor contiguous(const Tensor& x) {
  check_inputs("contiguous", {&x});
  return x.is_contiguous() ? x : clone(x);
}
const Op contiguous_op{"contiguous", contiguous};

Tensor to(const Tensor& x, DType dtype) {
  check_inputs("to", {&x});
  if (x.dtype() == dtype) return x;
  Tensor y = empty(x.shape(), dtype, x.device());
  backends::copy(x, y);
  if (!is_floating(dtype)) return y;  // whole numbers carry no gradient
  return record("to", y, input(x, [from = x.dtype()](const Tensor& g) { return to(g, from); }));
}

Tensor to(const Tensor& x, Device device) {
  check_inputs("to", {&x});
  if (x.device() == device) return x;
  Tensor y = empty(x.shape(), x.dtype(), device);
  // Between devices only contiguous blocks travel.
  backends::transfer(backends::contiguous(x), y);
  return record("to", y, input(x, [from = x.device()](const Tensor& g) { return to(g, from); }));
}
const Op to_op{"to"};

void detail::check_in_place(const char* op, const Tensor& target) {
  check(!grad_required_now(target),
        "{}: {} wants a gradient, and a change in place is not recorded; do it under NoGrad, or "
        "change a detached copy",
        op, describe(target));
  for (int d = 0; d < target.ndim(); ++d)
    check(target.strides()[d] != 0 || target.shape()[d] <= 1,
          "{}: {} is broadcast, and several of its elements lie at one place; write to contiguous(x)", op,
          describe(target));
}

Tensor detail::apart(const Tensor& from, const Tensor& target) {
  if (from.storage() != target.storage()) return from;
  Tensor copied = empty_like(from);
  backends::copy(from, copied);
  return copied;
}

void copy_(const Tensor& target, const Tensor& from) {
  check_inputs("copy_", {&target, &from});
  check(target.shape() == from.shape(), "copy_: {} cannot be written over {}: the shapes differ", describe(from),
        describe(target));
  detail::check_in_place("copy_", target);
  refuse_to_record("copy_", {from}, "do it under NoGrad, or copy a detached tensor");
  backends::copy(detail::apart(from, target), target);
  target.storage()->bump_version();
}
const Op copy_op{"copy_", {.recorded = false}};

void fill_(const Tensor& target, double value) {
  check_inputs("fill_", {&target});
  detail::check_holds("fill_", target.dtype(), value);
  detail::check_in_place("fill_", target);
  backends::fill(target, value);
  target.storage()->bump_version();
}

}  // namespace adora
