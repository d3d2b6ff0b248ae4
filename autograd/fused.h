#pragma once
#include "record.h"

namespace adora {

/// As `record_joint`, for an operation whose gradient is computed by a fused kernel. A kernel is not recorded, so
/// `composed` gives the same gradients from recorded operations. It runs in place of `gradient` where gradients of
/// gradients are asked for. Mostly it is `gradients_through` the operation's composed twin.
void record_fused(const char* op, const Tensors& outputs, const Tensors& inputs, std::initializer_list<ToSave> saved,
                  GradientFn gradient, GradientFn composed);

/// The vector-Jacobian product of f at `inputs`: the gradient of each input, from the gradients of f's outputs. An
/// output whose gradient is undefined counts for nothing. An input that requires no gradient gets an undefined one.
/// Where the pass is recorded, so are these gradients.
Tensors gradients_through(const std::function<Tensors(const Tensors&)>& f, const Tensors& inputs,
                          const Tensors& gradients);

namespace detail {
/// The gradients at `tensors`, from those that arrived at `outputs` (undefined where none did), and no further: what
/// lies before the tensors is the business of the pass that goes on from them. Undefined ones of `tensors` have none.
Tensors gradients_at(Tensors outputs, const Tensors& tensors, const Tensors& arrived, bool create_graph);
}  // namespace detail

/// For `composed`: x, but without its history where the pass that runs does not ask for the gradient of input number
/// `input`, so that none is computed.
Tensor where_asked(std::size_t input, const Tensor& x);

}  // namespace adora
