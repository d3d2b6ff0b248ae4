#pragma once
#include "node.h"

namespace adora {

/// Makes a leaf (a tensor that no recorded operation made) want a gradient, or
/// no longer; returns it. Only floating tensors can.
Tensor requires_grad(const Tensor& x, bool required = true);
/// Whether gradients flow to or through `x`.
bool grad_required(const Tensor& x);
/// Whether no recorded operation made `x`.
bool is_leaf(const Tensor& x);

/// The gradient that backward passes have added up in a leaf; undefined where none has arrived.
Tensor grad(const Tensor& x);
/// Puts another in its place, of x's shape, dtype and device; or none where it is undefined.
void set_grad(const Tensor& x, const Tensor& gradient);
/// Forgets the gradient (the next backward pass starts a new sum).
void clear_grad(const Tensor& x);

/// Calls `hook` with each gradient of `x` before it flows on (in a leaf: before it is
/// added up). It may return another gradient of the same shape and dtype. A hook that holds
/// `x` itself, or a tensor computed from it, keeps itself and them alive for good: let it hold
/// x.detach(), or what it needs of x. An error where the hook is empty.
void add_hook(const Tensor& x, Hook hook);

/// A name for messages and drawings.
void set_name(const Tensor& x, std::string name);

}  // namespace adora
