#pragma once
// Not in adora.h: the library's own.
#include "../backends/windows.h"
#include "../core/tensor.h"

/// The three operations behind every convolution. They are the derivatives of one trilinear form,
///
///     Σ over n, o, window p, c of o's group, tap:  g[n, o, p] · weight[o, c, tap] · x[n, c, place of p and tap],
///
/// in g, x and weight. So the gradients of each are the other two, and derivatives of every order exist. All are
/// recorded, under `op` or under their own names.
namespace adora::detail {

struct Convolution {
  backends::Windows windows;
  int axes = 2;
  std::int64_t groups = 1;
};

/// The derivative in g, plus the bias: x [N, C, in…], weight [O, C / groups, kernel…], bias [O] or undefined; [N, O,
/// out…].
Tensor convolution(const Tensor& x, const Tensor& weight, const Tensor& bias, const Convolution& c,
                   const char* op = "convolution");

/// The derivative in x, plus the bias: g [N, O, out…], bias [C] or undefined; [N, C, in…]. A transposed convolution.
Tensor convolution_input(const Tensor& g, const Tensor& weight, const Tensor& bias, const Convolution& c,
                         const char* op = "convolution_input");

/// The derivative in the weight: [O, C / groups, kernel…].
Tensor convolution_weight(const Tensor& x, const Tensor& g, const Convolution& c);

}  // namespace adora::detail
