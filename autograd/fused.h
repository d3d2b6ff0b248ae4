#pragma once
#include "record.h"

namespace adora {

/// As `record_joint`, for an operation whose gradient is a fused kernel, which has no gradient of its own. `composed`
/// gives the same gradients from recorded operations, mostly by `gradients_through` the operation's composed twin, and
/// takes its place where gradients of gradients are asked for.
void record_fused(const char* op, const Tensors& outputs, const Tensors& inputs, std::initializer_list<ToSave> saved,
                  GradientFn gradient, GradientFn composed);

/// The gradients at `inputs` of f(inputs), from those of its outputs (undefined where there is none), as recorded
/// operations: the vector-Jacobian product of f. Undefined where an input needs none.
Tensors gradients_through(const std::function<Tensors(const Tensors&)>& f, const Tensors& inputs,
                          const Tensors& gradients);

}  // namespace adora
