#include "adapter_check.h"

#include <cmath>

namespace adora::detail {

void check_factors(const char* op, std::int64_t in, std::int64_t out, const Tensor& A, const Tensor& B) {
  check_inputs(op, {&A, &B});
  check(
      A.ndim() == 2 && B.ndim() == 2 && A.size(1) == in && B.size(0) == out && A.size(0) == B.size(1) && A.size(0) > 0,
      "{}: A {} and B {} do not fit: from {} numbers to {} they must be [rank, {}] and [{}, rank]", op, describe(A),
      describe(B), in, out, in, out);
}

FrozenMatrix check_adapter(const char* op, const Tensor& x, const FrozenMatrix& weight, const Tensor& bias,
                           const Tensor& A, const Tensor& B, const Tensor& magnitude, bool without) {
  check(x.defined() && weight.defined(), "{}: x is {} and the weight {}; give both a value first", op, describe(x),
        describe(weight));
  check_inputs(op, {&x}, {&weight.plain(), &weight.quantized().codes, &bias, &A, &B, &magnitude});
  check(x.ndim() >= 1 && weight.ndim() == 2 && x.size(-1) == weight.size(1),
        "{}: x {} does not fit the weight {}: its last size must be the weight's second", op, describe(x),
        describe(weight));
  check(is_floating(x.dtype()) && (weight.is_quantized() || x.dtype() == weight.dtype()),
        "{}: x is {}, the weight {}; both must have one floating dtype: convert with to(x, dtype)", op, describe(x),
        describe(weight));
  if (bias.defined()) check_vector(op, "bias", bias, weight.size(0));
  if (A.defined() || B.defined() || !without) check_factors(op, weight.size(1), weight.size(0), A, B);
  for (const Tensor* t : {&bias, &A, &B, &magnitude}) {
    check(!t->defined() || t->dtype() == x.dtype() || t->dtype() == compute_dtype(x.dtype()),
          "{}: {} does not go with x {}; convert it with to(x, {})", op, describe(*t), describe(x),
          name(compute_dtype(x.dtype())));
  }
  return weight.for_numbers_of(x.dtype());
}

void check_options(const char* op, double scale, double dropout, const Generator* generator) {
  check(std::isfinite(scale), "{}: the scale must be finite, not {}", op, scale);
  check(dropout >= 0 && dropout <= 1, "{}: the dropout must lie in 0 … 1, not {}", op, dropout);
  check(dropout == 0 || generator != nullptr, "{}: dropout {} needs a generator to draw what is dropped", op, dropout);
}

void check_norm(const char* op, const FrozenMatrix& weight, const Tensor& A, const Tensor& B, double scale) {
  check(weight.defined() && weight.ndim() == 2 && is_floating(weight.dtype()),
        "{}: the weight is {}; it must be a floating matrix", op, describe(weight));
  check(std::isfinite(scale), "{}: the scale must be finite, not {}", op, scale);
  if (!A.defined() && !B.defined()) return;
  check_factors(op, weight.size(1), weight.size(0), A, B);
  const Tensor& some = weight.is_quantized() ? weight.quantized().codes : weight.plain();
  check_inputs(op, {&some, &A});
}

void check_vector(const char* op, const char* what, const Tensor& vector, std::int64_t n) {
  check(vector.defined() && vector.ndim() == 1 && vector.size(0) == n, "{}: the {} is {}; it must have {} numbers", op,
        what, describe(vector), n);
}

}  // namespace adora::detail
