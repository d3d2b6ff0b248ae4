#pragma once
// Not in adora.h: the library's own.
#include "../core/tensor.h"

/// What every change in place asks of its target.
namespace adora::detail {

/// An error where the target wants a gradient, since a change in place is not recorded, or where several of its
/// elements lie at one place.
void check_in_place(const char* op, const Tensor& target);

/// `from`, or a copy of it where it shares the target's memory: what is read must not have been written before.
Tensor apart(const Tensor& from, const Tensor& target);

/// target = scale·target + shift
void affine_in_place(const char* op, const Tensor& target, double scale, double shift);

}  // namespace adora::detail
