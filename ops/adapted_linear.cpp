#include "adapted_linear.h"

#include "../autograd/fused.h"
#include "../backends/basic.h"
#include "../backends/dora.h"
#include "../backends/gemm.h"
#include "../backends/low_rank.h"
#include "../backends/quantized.h"
#include "adapter_check.h"
#include "arithmetic.h"
#include "creation.h"
#include "dropout.h"
#include "elementwise/div_no_nan.h"
#include "low_rank.h"
#include "matmul.h"
#include "multiply_adds.h"
#include "quantize.h"
#include "saved_matrix.h"
#include "view.h"

namespace adora::detail {
namespace {

Tensor flip(const Tensor& x) { return x.with_layout(x.layout().transposed(0, 1)); }

/// The tensors that the forward and backward pass compute with: without history, x as one matrix [rows, in], dtypes as
/// in low_rank.h.
struct Operands {
  DType compute, large;
  std::int64_t in, out, rows = 1;
  Shape shape;  ///< of y
  Tensor x;
  FrozenMatrix weight;
  Tensor bias, A, B, c;

  /// `known` is c where it has been computed already.
  explicit Operands(const AdaptedLinear& a, const Tensor& known = {})
      : compute(compute_dtype(a.x.dtype())),
        large(backends::large_dtype(a.x.dtype(), a.x.device())),
        in(a.weight.size(1)),
        out(a.weight.size(0)),
        shape(a.x.shape()),
        weight(a.weight.detach()),
        A(wide(a.A)),
        B(wide(a.B)),
        c(known) {
    for (int d = 0; d + 1 < shape.size(); ++d) rows *= shape[d];
    shape[shape.size() - 1] = out;
    x = tall(a.x, in);
    if (a.bias.defined()) bias = backends::contiguous(wide(a.bias));
    if (a.norm.defined() && !known.defined()) {
      c = backends::contiguous(div_no_nan(wide(a.magnitude), a.norm.detach()));
    }
  }

  Tensor wide(const Tensor& t) const { return t.defined() ? to(t.detach(), compute) : t; }
  Tensor tall(const Tensor& t, std::int64_t n) const {
    Tensor x = backends::contiguous(to(t.detach(), large));
    return x.with_layout(*x.layout().reshaped({rows, n}));
  }
  Tensor fresh(const Shape& size) const { return empty(size, compute, x.device()); }
  Tensor fresh_large(const Shape& size) const { return empty(size, large, x.device()); }
  Tensor narrow(std::int64_t n) const { return fresh({n, backends::narrow_columns(A.size(0))}); }
};

/// out = x·Wᵀ
void product(const Tensor& x, const FrozenMatrix& weight, const Tensor& out) {
  if (weight.is_quantized()) return backends::quantized_product(x, weight.quantized(), out);
  backends::for_wide_rows(weight, [&](const Tensor& block, std::int64_t first) {
    backends::gemm(x, flip(block), out.with_layout(out.layout().sliced(1, first, first + block.size(0))), 1, 0);
  });
}

/// out = g·W
void product_back(const Tensor& g, const FrozenMatrix& weight, const Tensor& out) {
  if (weight.size(0) == 0) backends::fill(out, 0);
  backends::for_wide_rows(weight, [&](const Tensor& block, std::int64_t first) {
    backends::gemm(g.with_layout(g.layout().sliced(1, first, first + block.size(0))), block, out, 1, first > 0);
  });
}

/// c ∘ (W + scale·B·A), without the low-rank part where that sees another x.
Tensor merged_weight(const AdaptedLinear& a, const Operands& p) {
  Tensor merged = p.fresh_large({p.out, p.in});
  Tensor narrow, A;
  if (p.A.defined() && a.mask.p == 0) {
    narrow = full({p.out, backends::narrow_columns(p.A.size(0))}, 0, p.compute, p.x.device());
    Tensor real = narrow.with_layout(narrow.layout().sliced(1, 0, p.A.size(0)));
    backends::copy(p.c.defined() ? p.B * unsqueeze(p.c, 1) : p.B, real);
    A = p.A;
  }
  backends::for_wide_rows(p.weight, [&](const Tensor& block, std::int64_t first) {
    auto part = [&](const Tensor& t) {
      return t.defined() ? t.with_layout(t.layout().sliced(0, first, first + block.size(0))) : t;
    };
    backends::wide_update(block, part(p.c), part(narrow), A, a.scale, {}, {}, part(merged));
  });
  return merged;
}

/// The gradient of the magnitude: Σ_t g·u / n with u/n = (y - bias)/magnitude, from the sums over the columns.
Tensor magnitude_gradient(const AdaptedLinear& a, const Operands& p, const Tensor& z,
                          const backends::OutputSide& side) {
  // The largest ratio of the bias to the rest of y; above it, subtracting the bias again loses too many digits.
  const double most = size_of(a.x.dtype()) == 2 ? 4 : 256;
  // Below this y has lost digits already: float16's subnormal numbers begin at 6.1e-5, those of float32 at 1.2e-38.
  const double least = a.x.dtype() == float16 ? 1e-3 : 1e-30;
  Tensor gradient = p.fresh({p.out});
  backends::magnitude_gradient(p.x, {.g = side.g,
                                     .weight = p.weight,
                                     .B = p.B,
                                     .z = z,
                                     .scale = a.scale,
                                     .bias = p.bias,
                                     .magnitude = backends::contiguous(p.wide(a.magnitude)),
                                     .norm = backends::contiguous(a.norm.detach()),
                                     .dot = side.dot,
                                     .size = side.size,
                                     .weights = side.weight,
                                     .most_bias = most,
                                     .least = least,
                                     .gradient = gradient});
  return gradient;
}

AdaptedLinear with_tensors(AdaptedLinear a, const QuantizedMatrix& format, const SavedTensors& saved) {
  a.weight = matrix_from(saved, format);
  a.x = saved["x"], a.bias = saved["bias"], a.A = saved["A"], a.B = saved["B"];
  a.magnitude = saved["magnitude"], a.norm = saved["norm"];
  return a;
}

/// The formula from recorded operations, in the dtype of the arithmetic.
Tensor adapted_linear_composed(const AdaptedLinear& a) {
  const DType compute = compute_dtype(a.x.dtype());
  auto wide = [=](const Tensor& t) { return t.defined() ? to(t, compute) : t; };
  const Tensor x = wide(a.x);
  Tensor y = linear(x, wide(dequantize(a.weight.for_numbers_of(compute))));
  if (a.A.defined()) {
    y = y + low_rank_matmul(a.mask.p > 0 ? dropout(x, a.mask) : x, wide(a.A), wide(a.B), a.scale);
  }
  if (a.norm.defined()) y = y * div_no_nan(wide(a.magnitude), a.norm);
  if (a.bias.defined()) y = y + wide(a.bias);
  return to(y, a.x.dtype());
}

}  // namespace

Tensor adapted_linear(const AdaptedLinear& a) {
  check(!grad_required_now(a.weight.plain()), "{}: the weight must be frozen; {} has a gradient for it", a.op,
        a.composed);
  bool want_x = grad_required_now(a.x), want_bias = grad_required_now(a.bias), want_a = grad_required_now(a.A),
       want_b = grad_required_now(a.B);
  bool want_magnitude = grad_required_now(a.magnitude), want_norm = grad_required_now(a.norm);
  Tensor y, z, c;
  {
    NoGrad no_grad;
    Operands p(a);
    MultiplyAdds::add(p.rows, p.in, p.out);
    if (a.A.defined()) MultiplyAdds::add(p.rows, p.in + p.out, a.A.size(0));
    Tensor wide = p.fresh_large({p.rows, p.out});
    bool apart = a.A.defined() && !(a.merged && a.mask.p == 0);  // the low-rank part is added by itself
    if (apart || want_b || (a.A.defined() && (want_magnitude || want_norm))) {
      z = p.narrow(p.rows);
      backends::narrow_product(p.x, p.A, a.mask, z, {});
    }
    product(p.x, a.merged ? FrozenMatrix(merged_weight(a, p)) : p.weight, wide);
    if (apart || p.bias.defined() || (p.c.defined() && !a.merged)) {
      Tensor column = a.merged ? Tensor() : p.c;
      Tensor B = apart ? flip(a.merged && p.c.defined() ? p.B * unsqueeze(p.c, 1) : p.B) : Tensor();
      backends::wide_update(wide, {}, apart ? z : Tensor(), B, a.scale, column, p.bias, wide);
    }
    y = to(wide.with_layout(Layout::contiguous(p.shape)), a.x.dtype());
    c = p.c;
  }
  // Without the tensors, which are saved by name.
  AdaptedLinear bare = a;
  bare.weight = FrozenMatrix();
  const QuantizedMatrix format = format_of(a.weight);
  bare.x = bare.bias = bare.A = bare.B = bare.magnitude = bare.norm = Tensor();
  auto gradient = [=](const Tensors& gradients, const SavedTensors& saved) {
    const AdaptedLinear a = with_tensors(bare, format, saved);
    Operands p(a, saved["c"]);
    Tensor narrow = saved["z"];
    bool apart = a.A.defined() && !(a.merged && a.mask.p == 0);
    backends::OutputSide side{
        .g = p.tall(gradients[0], p.out), .bias = p.bias, .c = p.c, .B = p.B, .z = narrow, .scale = a.scale};
    if (want_x && p.c.defined() && !a.merged) side.scaled = p.fresh_large({p.rows, p.out});
    if (want_a || (want_x && apart)) side.h = p.narrow(p.rows);
    if (want_b) side.dB = p.fresh(p.B.shape());
    auto column_sums = [&] { return empty({p.out}, float64, p.x.device()); };
    if (want_bias) side.sum = column_sums();
    if (want_magnitude || want_norm) {
      side.y = p.tall(saved["y"], p.out);
      side.dot = column_sums(), side.size = column_sums(), side.weight = column_sums();
    }
    backends::output_side(side.g, side);
    Tensor dx, dA, dm, dn;
    if (want_x) {
      dx = p.fresh_large({p.rows, p.in});
      product_back(side.scaled.defined() ? side.scaled : side.g,
                   a.merged ? FrozenMatrix(merged_weight(a, p)) : p.weight, dx);
    }
    if (want_a) dA = p.fresh(p.A.shape());
    if (side.h.defined()) {
      backends::input_side(side.h, p.A, p.x, a.mask, a.scale, apart ? dx : Tensor(), dA);
    }
    if (want_magnitude || want_norm) dm = magnitude_gradient(a, p, narrow, side);
    if (want_norm) dn = div_no_nan(dm * p.wide(a.magnitude) * -1.0, a.norm.detach());
    auto as = [](const Tensor& t, const Tensor& like) { return t.defined() ? to(t, like.dtype()) : t; };
    return Tensors{want_x ? to(dx.with_layout(Layout::contiguous(a.x.shape())), a.x.dtype()) : dx,
                   as(side.sum, a.bias),
                   as(dA, a.A),
                   as(side.dB, a.B),
                   as(want_magnitude ? dm : Tensor(), a.magnitude),
                   dn};
  };
  auto composed = [=](const Tensors& gradients, const SavedTensors& saved) {
    const AdaptedLinear a = with_tensors(bare, format, saved);
    auto twin = [&](const Tensors& in) {
      AdaptedLinear b = a;
      b.x = in[0], b.bias = in[1], b.A = in[2], b.B = in[3], b.magnitude = in[4], b.norm = in[5];
      return Tensors{adapted_linear_composed(b)};
    };
    Tensors inputs{a.x, a.bias, a.A, a.B, a.magnitude, a.norm};
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = where_asked(i, inputs[i]);
    return gradients_through(twin, inputs, gradients);
  };
  const QuantizedMatrix& quantized = a.weight.quantized();
  record_fused(a.op, {y}, {a.x, a.bias, a.A, a.B, a.magnitude, a.norm},
               {{"x", a.x},
                {"weight", a.weight.plain()},
                {"codes", quantized.codes},
                {"scales", quantized.scales},
                {"group_scales", quantized.group_scales},
                {"bias", a.bias},
                {"A", a.A},
                {"B", a.B},
                {"magnitude", a.magnitude},
                {"norm", a.norm},
                {"y", want_magnitude || want_norm ? y : Tensor()},
                {"z", z},
                {"c", c}},
               gradient, composed);
  return y;
}

}  // namespace adora::detail
