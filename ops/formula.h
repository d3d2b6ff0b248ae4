#pragma once
// Not in adora.h: the library's own.
#include <initializer_list>
#include <memory>
#include <span>

#include "../backends/map_taylor.h"

/// Elementwise functions with what depends on the formula's type left out: recording and gradients are the same for
/// all.
namespace adora::detail {

/// What is compiled of a formula, and nothing else is.
struct CompiledFormula {
  int arity;            ///< 1 to 3
  int compiled_orders;  ///< the highest order of derivatives that have loops of their own
  /// The loops of the formula itself.
  backends::MapFunction (*values)(const char* name, const void* formula);
  /// Those of g times its derivative of certain orders, a function of g and the arguments.
  backends::MapFunction (*derivative)(const char* name, const void* formula, const math::Orders& orders);
  backends::TaylorFormula taylor;
  backends::MapOnGpu taylor_on_gpu;
  /// A copy, for a graph to keep. One without parameters is not copied.
  std::shared_ptr<const void> (*copy)(const void* formula);
};

/// A formula with its name and parameters.
struct Formula {
  const char* name;
  const CompiledFormula* compiled;
  std::shared_ptr<const void> parameters;
};

/// The formula of `arguments`, broadcast against one another and recorded.
Tensor elementwise(const char* name, const CompiledFormula& compiled, const void* formula,
                   std::initializer_list<const Tensor*> arguments);

/// g times a derivative of the formula, recorded: its gradients are of the same form with one order raised. The
/// arguments broadcast to g's shape.
Tensor elementwise_derivative(const Formula& formula, const math::Orders& orders, const Tensor& g,
                              std::span<const Tensor* const> arguments);

}  // namespace adora::detail
