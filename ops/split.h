#pragma once
#include <concepts>

#include "join.h"

/// Taking a dimension apart: views of the parts. Negative dimensions count from the back. All are recorded, with
/// gradients of gradients.
namespace adora {

namespace detail {
Tensors split_evenly(const Tensor& x, std::int64_t size, std::int64_t dim);
}

/// Parts of `size` each, the last one smaller where it does not come out even. (Sizes in braces are `split` of join.h.)
template <std::integral Size> Tensors split(const Tensor& x, Size size, std::int64_t dim = 0) {
  return detail::split_evenly(x, static_cast<std::int64_t>(size), dim);
}

/// At most so many parts, of ⌈size / chunks⌉ each, the last one smaller where it does not come out even.
Tensors chunk(const Tensor& x, std::int64_t chunks, std::int64_t dim = 0);

/// Exactly so many parts, of which the first ones have one element more where it does not come out even.
Tensors tensor_split(const Tensor& x, std::int64_t sections, std::int64_t dim = 0);
/// The parts before, between and after the places, which are as slice takes them.
Tensors tensor_split(const Tensor& x, const std::vector<std::int64_t>& places, std::int64_t dim = 0);

/// The slices of a dimension, which they don't have.
Tensors unbind(const Tensor& x, std::int64_t dim = 0);

}  // namespace adora
