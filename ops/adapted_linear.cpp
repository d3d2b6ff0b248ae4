#include "adapted_linear.h"

#include <cmath>

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "../backends/gemm.h"
#include "../backends/low_rank.h"
#include "adapter_check.h"
#include "arithmetic.h"
#include "compare.h"
#include "creation.h"
#include "view.h"

namespace adora::detail {
namespace {

Tensor flip(const Tensor& x) { return x.with_layout(x.layout().transposed(0, 1)); }

/// What both directions compute with: no history, the dtype of the arithmetic, x as one tall matrix.
struct Plain {
  DType compute;
  std::int64_t in, out, rows = 1;
  Shape shape;  ///< of y
  Tensor x, weight, bias, A, B, c;

  explicit Plain(const AdaptedLinear& a)
      : compute(compute_dtype(a.x.dtype())),
        in(a.weight.size(1)),
        out(a.weight.size(0)),
        shape(a.x.shape()),
        weight(a.weight.detach()),
        A(wide(a.A)),
        B(wide(a.B)) {
    for (int d = 0; d + 1 < shape.size(); ++d) rows *= shape[d];
    shape[shape.size() - 1] = out;
    x = tall(a.x, in);
    if (a.bias.defined()) bias = backends::contiguous(wide(a.bias));
    if (a.norm.defined()) c = quotient(wide(a.magnitude), a.norm.detach());
  }

  Tensor wide(const Tensor& t) const { return t.defined() ? to(t.detach(), compute) : t; }
  Tensor tall(const Tensor& t, std::int64_t n) const {
    Tensor x = backends::contiguous(wide(t));
    return x.with_layout({{rows, n}, contiguous_strides({rows, n}), x.layout().offset});
  }
  Tensor fresh(const Shape& size) const { return empty(size, compute, x.device()); }
  Tensor narrow(std::int64_t n) const { return fresh({n, backends::narrow_columns(A.size(0))}); }
};

/// out = x·Wᵀ
void product(const Tensor& x, const Tensor& weight, const Tensor& out) {
  for_wide_rows(weight, [&](const Tensor& block, std::int64_t first) {
    backends::gemm(x, flip(block), out.with_layout(out.layout().sliced(1, first, first + block.size(0))), 1, 0);
  });
}

/// out = g·W
void product_back(const Tensor& g, const Tensor& weight, const Tensor& out) {
  if (weight.size(0) == 0) backends::fill(out, 0);
  for_wide_rows(weight, [&](const Tensor& block, std::int64_t first) {
    backends::gemm(g.with_layout(g.layout().sliced(1, first, first + block.size(0))), block, out, 1, first > 0);
  });
}

/// c ∘ (W + scale·B·A), without the low-rank part where that sees another x.
Tensor merged_weight(const AdaptedLinear& a, const Plain& p) {
  Tensor merged = p.fresh({p.out, p.in});
  Tensor narrow, A;
  if (p.A.defined() && a.mask.p == 0) {
    narrow = full({p.out, backends::narrow_columns(p.A.size(0))}, 0, p.compute, p.x.device());
    Tensor real = narrow.with_layout(narrow.layout().sliced(1, 0, p.A.size(0)));
    backends::copy(p.c.defined() ? p.B * unsqueeze(p.c, 1) : p.B, real);
    A = p.A;
  }
  for_wide_rows(p.weight, [&](const Tensor& block, std::int64_t first) {
    auto part = [&](const Tensor& t) {
      return t.defined() ? t.with_layout(t.layout().sliced(0, first, first + block.size(0))) : t;
    };
    backends::wide_update(block, part(p.c), part(narrow), A, a.scale, {}, {}, part(merged));
  });
  return merged;
}

/// Σ_t g·u / n for the columns where u = (y - bias)/c would be lost in rounding: from u itself, some columns at a time.
void exact_magnitude_gradients(const AdaptedLinear& a, const Plain& p, const Tensor& g, const Tensor& z,
                               const std::vector<std::int64_t>& columns, std::vector<double>& gradient) {
  constexpr std::int64_t width = 128;
  std::vector<double> n = to_vector<double>(to(a.norm, cpu));
  auto total = static_cast<std::int64_t>(columns.size());
  for (std::int64_t first = 0; first < total; first += width) {
    std::int64_t count = std::min(width, total - first);
    Tensor weight = p.fresh({count, p.in}), up = p.fresh({p.rows, count}), u = p.fresh({p.rows, count});
    Tensor B = p.B.defined() ? p.fresh({count, p.B.size(1)}) : Tensor();
    for (std::int64_t i = 0; i < count; ++i) {
      std::int64_t j = columns[static_cast<std::size_t>(first + i)];
      auto gather = [&](const Tensor& from, const Tensor& to, int dim) {
        backends::copy(from.with_layout(from.layout().sliced(dim, j, j + 1)),
                       to.with_layout(to.layout().sliced(dim, i, i + 1)));
      };
      gather(p.weight, weight, 0), gather(g, up, 1);
      if (B.defined()) gather(p.B, B, 0);
    }
    product(p.x, weight, u);
    if (B.defined()) backends::gemm(z.with_layout(z.layout().sliced(1, 0, B.size(1))), flip(B), u, a.scale, 1);
    auto column_sums = [&] { return empty({count}, float64, p.x.device()); };
    backends::OutputSide side{.g = up, .y = u, .dot = column_sums(), .size = column_sums(), .weight = column_sums()};
    backends::output_side(up, side);
    std::vector<double> dot = to_vector<double>(to(side.dot, cpu));
    for (std::int64_t i = 0; i < count; ++i) {
      auto j = static_cast<std::size_t>(columns[static_cast<std::size_t>(first + i)]);
      gradient[j] = dot[static_cast<std::size_t>(i)] / n[j];
    }
  }
}

/// The gradient of the magnitude: Σ_t g·u / n with u/n = (y - bias)/magnitude, from the sums over the columns.
Tensor magnitude_gradient(const AdaptedLinear& a, const Plain& p, const Tensor& g, const Tensor& z,
                          const backends::OutputSide& side) {
  // How far the bias may exceed the rest of y before subtracting it again loses too much.
  double most = size_of(a.x.dtype()) == 2 ? 4 : 256;
  // Below this y has lost digits already: float16's subnormal numbers begin at 6.1e-5, those of float32 at 1.2e-38.
  double least = a.x.dtype() == float16 ? 1e-3 : 1e-30;
  if (p.x.device().type == DeviceType::meta) return p.fresh({p.out});
  auto values = [](const Tensor& t) { return to_vector<double>(to(t, cpu)); };
  std::vector<double> dot = values(side.dot), size = values(side.size), weight = values(side.weight),
                      m = values(a.magnitude), n = values(a.norm);
  std::vector<double> bias = p.bias.defined() ? values(p.bias) : std::vector<double>(m.size(), 0.0);
  std::vector<double> gradient(m.size(), 0.0);
  std::vector<std::int64_t> lost;
  for (std::size_t j = 0; j < m.size() && p.rows > 0; ++j) {
    if (n[j] == 0 || weight[j] == 0) continue;
    // Of y - bias where the gradient looks: rows whose gradient is 0 say nothing.
    double typical = size[j] / weight[j];
    if (typical < least || std::abs(bias[j]) > most * typical) lost.push_back(static_cast<std::int64_t>(j));
    else gradient[j] = dot[j] / m[j];
  }
  if (!lost.empty()) exact_magnitude_gradients(a, p, g, z, lost, gradient);
  return to(to(tensor(gradient, {p.out}), p.compute), p.x.device());
}

}  // namespace

Tensor quotient(const Tensor& a, const Tensor& b) {
  Tensor zero = to(equal(b.detach(), zeros_like(b)), b.dtype());
  return a * (1.0 - zero) / (b + zero);
}

void for_wide_rows(const Tensor& matrix, const std::function<void(const Tensor&, std::int64_t)>& f) {
  constexpr std::int64_t height = 512;
  DType compute = compute_dtype(matrix.dtype());
  if (matrix.dtype() == compute && matrix.is_contiguous()) return f(matrix, 0);
  for (std::int64_t first = 0; first < matrix.size(0); first += height) {
    Tensor block = matrix.with_layout(matrix.layout().sliced(0, first, std::min(first + height, matrix.size(0))));
    Tensor wide = empty(block.shape(), compute, matrix.device());
    backends::copy(block, wide);
    f(wide, first);
  }
}

Tensor adapted_linear(const AdaptedLinear& a) {
  check(!needs_grad(a.weight), "{}: the weight must be frozen; {} has a gradient for it", a.op, a.composed);
  bool want_x = needs_grad(a.x), want_bias = needs_grad(a.bias), want_a = needs_grad(a.A), want_b = needs_grad(a.B);
  bool want_magnitude = needs_grad(a.magnitude), want_norm = needs_grad(a.norm);
  Tensor y, z;
  {
    NoGrad no_grad;
    Plain p(a);
    Tensor wide = p.fresh({p.rows, p.out});
    bool apart = a.A.defined() && !(a.merged && a.mask.p == 0);  // the low-rank part is added by itself
    if (apart || want_b || (a.A.defined() && (want_magnitude || want_norm))) {
      z = p.narrow(p.rows);
      backends::narrow_product(p.x, p.A, a.mask, z, {});
    }
    product(p.x, a.merged ? merged_weight(a, p) : p.weight, wide);
    if (apart || p.bias.defined() || (p.c.defined() && !a.merged)) {
      Tensor column = a.merged ? Tensor() : p.c;
      Tensor B = apart ? flip(a.merged && p.c.defined() ? p.B * unsqueeze(p.c, 1) : p.B) : Tensor();
      backends::wide_update(wide, {}, apart ? z : Tensor(), B, a.scale, column, p.bias, wide);
    }
    y = to(wide.with_layout(Layout::contiguous(p.shape)), a.x.dtype());
  }
  // The handles in `a` would keep the output's history alive in a circle, and hide what is saved.
  AdaptedLinear bare = a;
  bare.x = bare.weight = bare.bias = bare.A = bare.B = bare.magnitude = bare.norm = Tensor();
  Saved kept_y = want_magnitude || want_norm ? save(y) : Saved();
  record_joint(
      a.op, {y}, {a.x, a.bias, a.A, a.B, a.magnitude, a.norm},
      [=, x = save(a.x), w = save(a.weight), bias = save(a.bias), A = save(a.A), B = save(a.B), m = save(a.magnitude),
       n = save(a.norm), y = std::move(kept_y), z = save(z)](const Tensors& gradients) {
        first_derivative_only(bare.op, bare.composed);
        AdaptedLinear a = bare;
        a.x = *x, a.weight = *w, a.bias = *bias, a.A = *A, a.B = *B, a.magnitude = *m, a.norm = *n;
        Plain p(a);
        Tensor narrow = *z;
        bool apart = a.A.defined() && !(a.merged && a.mask.p == 0);
        backends::OutputSide side{
            .g = p.tall(gradients[0], p.out), .bias = p.bias, .c = p.c, .B = p.B, .z = narrow, .scale = a.scale};
        if (want_x && p.c.defined() && !a.merged) side.scaled = p.fresh({p.rows, p.out});
        if (want_a || (want_x && apart)) side.h = p.narrow(p.rows);
        if (want_b) side.dB = p.fresh(p.B.shape());
        auto column_sums = [&] { return empty({p.out}, float64, p.x.device()); };
        if (want_bias) side.sum = column_sums();
        if (want_magnitude || want_norm) {
          side.y = p.tall(*y, p.out);
          side.dot = column_sums(), side.size = column_sums(), side.weight = column_sums();
        }
        backends::output_side(side.g, side);
        Tensor dx, dA, dm, dn;
        if (want_x) {
          dx = p.fresh({p.rows, p.in});
          product_back(side.scaled.defined() ? side.scaled : side.g, a.merged ? merged_weight(a, p) : p.weight, dx);
        }
        if (want_a) dA = p.fresh(p.A.shape());
        if (side.h.defined()) {
          backends::input_side(side.h, p.A, p.x, a.mask, a.scale, apart ? dx : Tensor(), dA);
        }
        if (want_magnitude || want_norm) dm = magnitude_gradient(a, p, side.g, narrow, side);
        if (want_norm) dn = quotient(dm * p.wide(a.magnitude) * -1.0, a.norm.detach());
        auto as = [](const Tensor& t, const Tensor& like) { return t.defined() ? to(t, like.dtype()) : t; };
        return Tensors{want_x ? to(dx.with_layout(Layout::contiguous(a.x.shape())), a.x.dtype()) : dx,
                       as(side.sum, a.bias),
                       as(dA, a.A),
                       as(side.dB, a.B),
                       as(want_magnitude ? dm : Tensor(), a.magnitude),
                       dn};
      });
  return y;
}

}  // namespace adora::detail
