#pragma once
#include <functional>

#include "../core/tensor.h"

namespace adora {

/// The memory layout of a check's inputs: row by row; with the dimensions in reverse order; as every other
/// element of a larger tensor whose other elements are NaN; or with the dimensions in an order, at steps and at an
/// offset that are drawn, again amid NaN.
enum class InputLayout { contiguous, transposed, sliced, drawn };

struct GradCheckOptions {
  double step = 1e-6;  ///< how far an element is moved to either side
  double atol = 1e-5;  ///< derivatives a (recorded) and n (numeric) agree where |a - n| <= atol + rtol·|n|
  double rtol = 1e-3;
  std::vector<bool> differentiable = {};  ///< which inputs to check; empty: every floating one
  std::vector<InputLayout> layouts = {InputLayout::contiguous, InputLayout::transposed, InputLayout::sliced,
                                      InputLayout::drawn};
  std::uint64_t seed = 0;  ///< of the layouts that are drawn, another for each input
};

/// Functions that can be checked: of some tensors, with one result or several.
using TensorFunction = std::function<Tensor(const Tensors&)>;
using TensorsFunction = std::function<Tensors(const Tensors&)>;

/// Compares the whole Jacobian of `f` at `inputs`, as its recorded gradients give it, with central differences.
/// The inputs checked must be float64; undefined ones are passed on as they are. The function must give the same
/// results each time and leave its inputs alone: that is checked too. Returns true; an error tells the first
/// derivative that is wrong, or what else was.
bool gradcheck(const TensorsFunction& f, const Tensors& inputs, const GradCheckOptions& options = {});
bool gradcheck(const TensorFunction& f, const Tensors& inputs, const GradCheckOptions& options = {});

/// As gradcheck, for the gradients of `f` as functions of its inputs and of its outputs' gradients: its second
/// derivatives. Takes each input's gradient for random gradients of the outputs.
bool gradgradcheck(const TensorsFunction& f, const Tensors& inputs, const GradCheckOptions& options = {});
bool gradgradcheck(const TensorFunction& f, const Tensors& inputs, const GradCheckOptions& options = {});

/// A copy of `x`, without history, that lies in memory as said, or as drawn from the seed.
Tensor laid_out(const Tensor& x, InputLayout layout, std::uint64_t seed = 0);

}  // namespace adora
