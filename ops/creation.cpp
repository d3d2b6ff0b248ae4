#include "creation.h"

#include "../autograd/record.h"
#include "../autograd/variable.h"
#include "../backends/basic.h"
#include "op.h"

namespace adora {

Tensor full(const Shape& shape, double value, DType dtype, Device device) {
  Tensor y = empty(shape, dtype, device);
  backends::fill(y, value);
  return y;
}
Tensor zeros(const Shape& shape, DType dtype, Device device) { return full(shape, 0, dtype, device); }
Tensor ones(const Shape& shape, DType dtype, Device device) { return full(shape, 1, dtype, device); }
Tensor zeros_like(const Tensor& x) { return zeros(x.shape(), x.dtype(), x.device()); }
Tensor ones_like(const Tensor& x) { return ones(x.shape(), x.dtype(), x.device()); }

Tensor arange(std::int64_t n, DType dtype, Device device) {
  Tensor y = empty({n}, dtype, cpu);
  visit(dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < n; ++i) y.data<T>()[i] = static_cast<T>(static_cast<Compute<T>>(i));
  });
  return to(y, device);
}

Tensor uniform(const Shape& shape, double low, double high, Generator& generator, DType dtype, Device device) {
  Tensor y = empty(shape, dtype, device);
  backends::fill_uniform(y, low, high, generator);
  return y;
}

Tensor normal(const Shape& shape, double mean, double deviation, Generator& generator, DType dtype, Device device) {
  Tensor y = empty(shape, dtype, device);
  backends::fill_normal(y, mean, deviation, generator);
  return y;
}

Tensor clone(const Tensor& x) {
  Tensor y = empty_like(x);
  backends::copy(x, y);
  return record("clone", y, input(x, [](const Tensor& g) { return g; }));
}
const Op clone_op{"clone", clone};

Tensor contiguous(const Tensor& x) { return x.is_contiguous() ? x : clone(x); }
const Op contiguous_op{"contiguous", contiguous};

Tensor to(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  Tensor y = empty(x.shape(), dtype, x.device());
  backends::copy(x, y);
  if (!is_floating(dtype)) return y;  // whole numbers carry no gradient
  return record("to", y, input(x, [from = x.dtype()](const Tensor& g) { return to(g, from); }));
}

Tensor to(const Tensor& x, Device device) {
  if (x.device() == device) return x;
  Tensor y = empty(x.shape(), x.dtype(), device);
  // Between devices only contiguous blocks travel.
  backends::transfer(backends::contiguous(x), y);
  return record("to", y, input(x, [from = x.device()](const Tensor& g) { return to(g, from); }));
}
const Op to_op{"to", [](Generator& generator) {
                 return std::vector<Sample>{
                     {"no change (rounding has no numeric derivative: unit tests have the gradient of a conversion)",
                      {sample_tensor(generator, {2, 3})},
                      [](const Tensors& in) { return to(to(in[0], float64), float64); }}};
               }};

namespace {
void check_in_place(const char* op, const Tensor& target) {
  check(!needs_grad(target),
        "{}: {} wants a gradient, and a change in place is not recorded; do it under NoGrad, or "
        "change a detached copy",
        op, describe(target));
}
/// Elements that share one place can't be written one by one.
void check_distinct(const char* op, const Tensor& target) {
  for (int d = 0; d < target.ndim(); ++d)
    check(target.strides()[d] != 0 || target.shape()[d] <= 1,
          "{}: {} is broadcast, and several of its elements lie at one place; write to contiguous(x)", op,
          describe(target));
}
}  // namespace

void copy_(const Tensor& target, const Tensor& from) {
  check_in_place("copy_", target);
  check(target.shape() == from.shape(), "copy_: {} cannot be written over {}: the shapes differ", describe(from),
        describe(target));
  check_distinct("copy_", target);
  refuse_to_record("copy_", {from}, "do it under NoGrad, or copy a detached tensor");
  const bool shared = from.defined() && from.storage() == target.storage();
  if (shared) {
    // They may overlap: what is read must not have been written before.
    Tensor copied = empty_like(from);
    backends::copy(from, copied);
    backends::copy(copied, target);
  } else {
    backends::copy(from, target);
  }
  target.storage()->bump_version();
}
// As a function of what is copied.
const Op copy_op{"copy_",
                 [](Generator& g) {
                   auto copied = [](const Tensors& in) {
                     Tensor y = empty_like(in[0]);
                     copy_(y, in[0]);
                     return y;
                   };
                   return std::vector<Sample>{{"a matrix", {sample_tensor(g, {2, 3})}, copied},
                                              {"drawn sizes", {sample_tensor(g, sample_shape(g))}, copied}};
                 },
                 {.recorded = false}};

void fill_(const Tensor& target, double value) {
  check_in_place("fill_", target);
  backends::fill(target, value);
  target.storage()->bump_version();
}

}  // namespace adora
