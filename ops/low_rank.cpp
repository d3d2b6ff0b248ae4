#include "low_rank.h"

#include "adapted_linear.h"
#include "adapter_check.h"
#include "arithmetic.h"
#include "creation.h"
#include "dropout.h"
#include "matmul.h"
#include "op.h"
#include "quantise.h"
#include "view.h"

namespace adora {

Tensor low_rank_matmul(const Tensor& x, const Tensor& A, const Tensor& B, double scale) {
  detail::check_factors("low_rank_matmul", x.size(-1), B.defined() && B.ndim() == 2 ? B.size(0) : -1, A, B);
  Tensor narrow = linear(x, A);
  return linear(scale == 1 ? narrow : narrow * scale, B);
}
const Op low_rank_matmul_op{
    "low_rank_matmul",
    [](Generator& g) {
      auto of = [&](const char* what, const Shape& x, std::int64_t rank) {
        return Sample{what,
                      {sample_tensor(g, x), sample_tensor(g, {rank, x.back()}), sample_tensor(g, {5, rank})},
                      [](const Tensors& in) { return low_rank_matmul(in[0], in[1], in[2], 0.7); }};
      };
      return std::vector<Sample>{of("rows", {3, 4}, 2), of("a batch", {2, 3, 4}, 1), of("no rows", {0, 4}, 2),
                                 of("drawn sizes", sample_shape(g, 1, 3), sample_size(g))};
    },
    {.slack = 1, .why = "x·Aᵀ is rounded between the two products"}};

Tensor lora_linear_composed(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias, const Tensor& A,
                            const Tensor& B, const LoraOptions& options) {
  Tensor plain = dequantise(detail::check_adapter("lora_linear", x, weight, bias, A, B, {}));
  detail::check_dropout("lora_linear", options.dropout, options.generator);
  DType compute = detail::compute_dtype(x.dtype());
  auto wide = [=](const Tensor& t) { return t.defined() ? to(t, compute) : t; };
  Tensor wx = wide(x);
  // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): check_dropout has seen to it
  Tensor dropped = options.dropout > 0 ? dropout(wx, options.dropout, *options.generator) : wx;
  return to(linear(wx, wide(plain), wide(bias)) + low_rank_matmul(dropped, wide(A), wide(B), options.scale), x.dtype());
}

Tensor lora_linear(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias, const Tensor& A, const Tensor& B,
                   const LoraOptions& options) {
  const FrozenMatrix frozen = detail::check_adapter("lora_linear", x, weight, bias, A, B, {});
  detail::check_dropout("lora_linear", options.dropout, options.generator);
  detail::AdaptedLinear a{"lora_linear", "lora_linear_composed", x, frozen, bias, A, B, {}, {}, options.scale};
  if (options.dropout > 0) a.mask = backends::DropoutMask(options.dropout, x.numel(), *options.generator);
  return detail::adapted_linear(a);
}
namespace {

auto samples_of(decltype(lora_linear) call) {
  return [=](Generator& g) {
    auto of = [&](const char* what, const Shape& x, double dropout) {
      Tensor w = sample_tensor(g, {5, x.back()});
      Tensors inputs{sample_tensor(g, x), w, sample_tensor(g, {2, x.back()}), sample_tensor(g, {5, 2}),
                     sample_tensor(g, {5})};
      return Sample{what,
                    inputs,
                    [=](const Tensors& in) {
                      Generator drops(5);
                      LoraOptions options{.scale = 0.7, .dropout = dropout, .generator = &drops};
                      return call(in[0], in[1], in[4], in[2], in[3], options);
                    },
                    {true, false}};
    };
    return std::vector<Sample>{of("rows", {3, 4}, 0), of("a batch", {2, 3, 4}, 0), of("dropout", {3, 5}, 0.4),
                               of("no rows", {0, 4}, 0.4), of("drawn sizes", sample_shape(g, 1, 3), 0)};
  };
}

}  // namespace
const Op lora_linear_op{"lora_linear", samples_of(lora_linear), {.twice = false}};
const Op lora_linear_composed_op{"lora_linear_composed", samples_of(lora_linear_composed)};

Tensor vera_linear(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias, const Tensor& A, const Tensor& B,
                   const Tensor& d, const Tensor& b, const LoraOptions& options) {
  const FrozenMatrix frozen = detail::check_adapter("vera_linear", x, weight, bias, A, B, {});
  detail::check_dropout("vera_linear", options.dropout, options.generator);
  detail::check_vector("vera_linear", "d", d, A.size(0));
  detail::check_vector("vera_linear", "b", b, weight.size(0));
  DType compute = detail::compute_dtype(x.dtype());
  auto wide = [=](const Tensor& t) { return t.defined() ? to(t, compute) : t; };
  Tensor wx = wide(x);
  // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): check_dropout has seen to it
  Tensor dropped = options.dropout > 0 ? dropout(wx, options.dropout, *options.generator) : wx;
  Tensor low = linear(linear(dropped, wide(A)) * wide(d), wide(B)) * (wide(b) * options.scale);
  Tensor whole =
      frozen.is_quantised() ? frozen_linear(wx, frozen, wide(bias)) : linear(wx, wide(frozen.plain()), wide(bias));
  return to(whole + low, x.dtype());
}
const Op vera_linear_op{
    "vera_linear", [](Generator& g) {
      auto of = [&](const char* what, const Shape& x, std::int64_t out, std::int64_t rank) {
        Tensors inputs{sample_tensor(g, x),           sample_tensor(g, {out, x.back()}),
                       sample_tensor(g, {out}),       sample_tensor(g, {rank, x.back()}),
                       sample_tensor(g, {out, rank}), sample_tensor(g, {rank}),
                       sample_tensor(g, {out})};
        return Sample{what, inputs, [](const Tensors& in) {
                        return vera_linear(in[0], in[1], in[2], in[3], in[4], in[5], in[6], {.scale = 0.7});
                      }};
      };
      return std::vector<Sample>{of("rows", {3, 4}, 5, 2),
                                 of("drawn sizes", sample_shape(g, 1, 3), sample_size(g), sample_size(g))};
    }};

}  // namespace adora
