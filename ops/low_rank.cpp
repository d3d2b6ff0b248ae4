#include "low_rank.h"

#include "adapted_linear.h"
#include "adapter_check.h"
#include "arithmetic.h"
#include "creation.h"
#include "dropout.h"
#include "matmul.h"
#include "op.h"
#include "quantize.h"
#include "view.h"

namespace adora {

Tensor low_rank_matmul(const Tensor& x, const Tensor& A, const Tensor& B, double scale) {
  check_inputs("low_rank_matmul", {&x, &A, &B});
  check(x.ndim() >= 1, "low_rank_matmul: x is {}; it must be [..., in]", describe(x));
  check(is_floating(x.dtype()) && A.dtype() == x.dtype() && B.dtype() == x.dtype(),
        "low_rank_matmul: x {}, A {} and B {} must have one floating dtype; convert with to(x, dtype)", describe(x),
        describe(A), describe(B));
  detail::check_factors("low_rank_matmul", x.size(-1), B.defined() && B.ndim() == 2 ? B.size(0) : -1, A, B);
  Tensor narrow = linear(x, A);
  return linear(scale == 1 ? narrow : narrow * scale, B);
}
const Op low_rank_matmul_op{"low_rank_matmul"};

Tensor lora_linear_composed(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias, const Tensor& A,
                            const Tensor& B, const LoraOptions& options) {
  const FrozenMatrix frozen = detail::check_adapter("lora_linear_composed", x, weight, bias, A, B, {});
  detail::check_options("lora_linear_composed", options.scale, options.dropout, options.generator);
  DType compute = detail::compute_dtype(x.dtype());
  Tensor plain = dequantize(frozen.for_numbers_of(compute));
  auto wide = [=](const Tensor& t) { return t.defined() ? to(t, compute) : t; };
  Tensor wx = wide(x);
  // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): check_options has seen to it
  Tensor dropped = options.dropout > 0 ? dropout(wx, options.dropout, *options.generator) : wx;
  return to(linear(wx, wide(plain), wide(bias)) + low_rank_matmul(dropped, wide(A), wide(B), options.scale), x.dtype());
}
const Op lora_linear_composed_op{"lora_linear_composed"};

Tensor lora_linear(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias, const Tensor& A, const Tensor& B,
                   const LoraOptions& options) {
  const FrozenMatrix frozen = detail::check_adapter("lora_linear", x, weight, bias, A, B, {});
  detail::check_options("lora_linear", options.scale, options.dropout, options.generator);
  detail::AdaptedLinear a{"lora_linear", "lora_linear_composed", x, frozen, bias, A, B, {}, {}, options.scale};
  if (options.dropout > 0) a.mask = backends::DropoutMask(options.dropout, x.numel(), *options.generator);
  return detail::adapted_linear(a);
}
const Op lora_linear_op{"lora_linear"};

Tensor vera_factor(const Tensor& B, const Tensor& d, const Tensor& b) {
  check_inputs("vera_factor", {&B, &d, &b});
  check(B.ndim() == 2, "vera_factor: B is {}; it must be a matrix", describe(B));
  detail::check_vector("vera_factor", "d", d, B.size(1));
  detail::check_vector("vera_factor", "b", b, B.size(0));
  DType compute = detail::compute_dtype(B.dtype());
  return to(B, compute) * to(d, compute) * unsqueeze(to(b, compute), 1);
}
const Op vera_factor_op{"vera_factor"};

namespace {
void check_vera(const char* op, const Tensor& x, const FrozenMatrix& weight, const Tensor& bias, const Tensor& A,
                const Tensor& B, const Tensor& d, const Tensor& b, const LoraOptions& options) {
  detail::check_adapter(op, x, weight, bias, A, B, {});
  check_inputs(op, {&x, &d, &b});
  detail::check_vector(op, "d", d, B.size(1));
  detail::check_vector(op, "b", b, B.size(0));
  detail::check_options(op, options.scale, options.dropout, options.generator);
}
}  // namespace

Tensor vera_linear(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias, const Tensor& A, const Tensor& B,
                   const Tensor& d, const Tensor& b, const LoraOptions& options) {
  check_vera("vera_linear", x, weight, bias, A, B, d, b, options);
  return lora_linear(x, weight, bias, to(A, detail::compute_dtype(A.dtype())), vera_factor(B, d, b), options);
}
const Op vera_linear_op{"vera_linear"};

Tensor vera_linear_composed(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias, const Tensor& A,
                            const Tensor& B, const Tensor& d, const Tensor& b, const LoraOptions& options) {
  check_vera("vera_linear_composed", x, weight, bias, A, B, d, b, options);
  return lora_linear_composed(x, weight, bias, to(A, detail::compute_dtype(A.dtype())), vera_factor(B, d, b), options);
}
const Op vera_linear_composed_op{"vera_linear_composed"};

}  // namespace adora
