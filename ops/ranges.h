#pragma once
#include <concepts>

#include "../core/tensor.h"

/// Tensors of numbers in order. Numbers are computed in float64 and rounded once to the dtype.
namespace adora {

namespace detail {
Tensor whole_range(std::int64_t start, std::int64_t end, std::int64_t step, DType dtype, Device device);
Tensor range(double start, double end, double step, DType dtype, Device device);
}  // namespace detail

/// start, start + step, … before `end`: int64 where all three are whole, otherwise float32. An error where the step is
/// 0 or leads away from the end, and where a dtype of whole numbers has not all of them. `arange(n)` is in creation.h.
template <Number Start, Number End, Number Step = int>
Tensor arange(Start start, End end, Step step = 1,
              DType dtype = std::integral<Start> && std::integral<End> && std::integral<Step> ? int64 : float32,
              Device device = default_device()) {
  if constexpr (std::integral<Start> && std::integral<End> && std::integral<Step>) {
    return detail::whole_range(static_cast<std::int64_t>(start), static_cast<std::int64_t>(end),
                               static_cast<std::int64_t>(step), dtype, device);
  } else {
    return detail::range(static_cast<double>(start), static_cast<double>(end), static_cast<double>(step), dtype,
                         device);
  }
}
template <std::floating_point End> Tensor arange(End end, DType dtype = float32, Device device = default_device()) {
  return detail::range(0, static_cast<double>(end), 1, dtype, device);
}

/// `steps` numbers at equal distances, from `start` to `end`, both included.
Tensor linspace(double start, double end, std::int64_t steps, DType dtype = float32, Device device = default_device());
/// base to the power of each number of linspace.
Tensor logspace(double start, double end, std::int64_t steps, double base = 10, DType dtype = float32,
                Device device = default_device());

/// The matrix [rows, columns] with 1 on its diagonal and 0 elsewhere; square where no columns are given.
Tensor eye(std::int64_t rows, DType dtype = float32, Device device = default_device());
Tensor eye(std::int64_t rows, std::int64_t columns, DType dtype = float32, Device device = default_device());

}  // namespace adora
