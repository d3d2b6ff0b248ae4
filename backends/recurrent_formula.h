#pragma once
#include "math.h"

/// One number of one step of a recurrent layer, and its gradients, for every device. With x from the input, u from the
/// state h before the step (backends/recurrent.h) and σ the logistic function:
///
///     RNN   h' = tanh(x + u), or relu
///     GRU   r = σ(x₀ + u₀), z = σ(x₁ + u₁), n = tanh(x₂ + r·(u₂ + bias)), h' = (1 - z)·n + z·h
///     LSTM  i = σ(x₀ + u₀), f = σ(x₁ + u₁), g = tanh(x₂ + u₂), o = σ(x₃ + u₃), c' = f·c + i·g, h' = o·tanh(c')
///
/// (Elman 1990; Cho et al. 2014 with the reset gate behind the product; Hochreiter and Schmidhuber 1997 with the forget
/// gate of Gers et al. 2000), with PyTorch's order of gates.
namespace adora::backends {

/// Before a step.
template <int gates, class C> struct StepInput {
  C x[gates], u[gates];
  C h, c, bias;
};
/// After it; `hidden` is the GRU's u₂ + bias.
template <int gates, class C> struct StepOutput {
  C gate[gates];
  C h, c, hidden;
};
/// What its gradient needs: of the step itself, c and h before and after it, and the gradients of h' and c'.
template <int gates, class C> struct StepSaved {
  C gate[gates];
  C hidden, h, c, c_after, dh, dc;
};
/// The gradients of x and u, and those of h (without what flows through u) and c.
template <int gates, class C> struct StepGradient {
  C dx[gates], du[gates];
  C dh, dc;
};

struct RnnTanhCell {
  static constexpr int gates = 1;
  static constexpr bool has_c = false, has_hidden = false;
  template <class C> static ADORA_HD StepOutput<1, C> step(const StepInput<1, C>& in) {
    StepOutput<1, C> out{};
    out.gate[0] = out.h = math::tanh(in.x[0] + in.u[0]);
    return out;
  }
  template <class C> static ADORA_HD StepGradient<1, C> gradient(const StepSaved<1, C>& in) {
    StepGradient<1, C> d{};
    d.dx[0] = d.du[0] = in.dh * (C(1) - in.gate[0] * in.gate[0]);
    return d;
  }
};

struct RnnReluCell {
  static constexpr int gates = 1;
  static constexpr bool has_c = false, has_hidden = false;
  template <class C> static ADORA_HD StepOutput<1, C> step(const StepInput<1, C>& in) {
    StepOutput<1, C> out{};
    const C sum = in.x[0] + in.u[0];
    out.gate[0] = out.h = sum <= C(0) ? C(0) : sum;
    return out;
  }
  template <class C> static ADORA_HD StepGradient<1, C> gradient(const StepSaved<1, C>& in) {
    StepGradient<1, C> d{};
    d.dx[0] = d.du[0] = in.gate[0] <= C(0) ? C(0) : in.dh;
    return d;
  }
};

struct GruCell {
  static constexpr int gates = 3;
  static constexpr bool has_c = false, has_hidden = true;
  template <class C> static ADORA_HD StepOutput<3, C> step(const StepInput<3, C>& in) {
    StepOutput<3, C> out{};
    const C r = math::sigmoid(in.x[0] + in.u[0]), z = math::sigmoid(in.x[1] + in.u[1]);
    const C hidden = in.u[2] + in.bias, n = math::tanh(in.x[2] + r * hidden);
    out.gate[0] = r, out.gate[1] = z, out.gate[2] = n, out.hidden = hidden;
    out.h = (C(1) - z) * n + z * in.h;
    return out;
  }
  template <class C> static ADORA_HD StepGradient<3, C> gradient(const StepSaved<3, C>& in) {
    StepGradient<3, C> d{};
    const C r = in.gate[0], z = in.gate[1], n = in.gate[2];
    const C dn = in.dh * (C(1) - z) * (C(1) - n * n);
    d.dx[0] = d.du[0] = dn * in.hidden * r * (C(1) - r);
    d.dx[1] = d.du[1] = in.dh * (in.h - n) * z * (C(1) - z);
    d.dx[2] = dn, d.du[2] = dn * r;
    d.dh = in.dh * z;
    return d;
  }
};

struct LstmCell {
  static constexpr int gates = 4;
  static constexpr bool has_c = true, has_hidden = false;
  template <class C> static ADORA_HD StepOutput<4, C> step(const StepInput<4, C>& in) {
    StepOutput<4, C> out{};
    const C i = math::sigmoid(in.x[0] + in.u[0]), f = math::sigmoid(in.x[1] + in.u[1]);
    const C g = math::tanh(in.x[2] + in.u[2]), o = math::sigmoid(in.x[3] + in.u[3]);
    out.gate[0] = i, out.gate[1] = f, out.gate[2] = g, out.gate[3] = o;
    out.c = f * in.c + i * g;
    out.h = o * math::tanh(out.c);
    return out;
  }
  template <class C> static ADORA_HD StepGradient<4, C> gradient(const StepSaved<4, C>& in) {
    StepGradient<4, C> d{};
    const C i = in.gate[0], f = in.gate[1], g = in.gate[2], o = in.gate[3], t = math::tanh(in.c_after);
    const C dc = in.dc + in.dh * o * (C(1) - t * t);
    d.dx[0] = d.du[0] = dc * g * i * (C(1) - i);
    d.dx[1] = d.du[1] = dc * in.c * f * (C(1) - f);
    d.dx[2] = d.du[2] = dc * i * (C(1) - g * g);
    d.dx[3] = d.du[3] = in.dh * t * o * (C(1) - o);
    d.dc = dc * f;
    return d;
  }
};

}  // namespace adora::backends
