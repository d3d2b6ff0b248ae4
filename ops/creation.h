#pragma once
#include <algorithm>
#include <span>
#include <type_traits>
#include <vector>

#include "../core/tensor.h"

namespace adora {

/// x converted to a dtype; x itself where it has it. Recorded between floating dtypes.
Tensor to(const Tensor& x, DType dtype);
/// x on another device; x itself where it lies there. Recorded.
Tensor to(const Tensor& x, Device device);

/// An error where a dtype of whole numbers has not the value: 300 of uint8, 0.5 or NaN of int64, 2 of boolean.
Tensor full(const Shape& shape, double value, DType dtype = float32, Device device = default_device());
Tensor zeros(const Shape& shape, DType dtype = float32, Device device = default_device());
Tensor ones(const Shape& shape, DType dtype = float32, Device device = default_device());
Tensor zeros_like(const Tensor& x);
Tensor ones_like(const Tensor& x);
Tensor full_like(const Tensor& x, double value);
/// 0, 1, …, n - 1; an error where a dtype of whole numbers ends before.
Tensor arange(std::int64_t n, DType dtype = int64, Device device = default_device());
/// Uniform in [low, high), never `high`, as rounded to the dtype; `low` where both are one. Element i depends on the
/// generator's state and i alone, so the numbers are the same on every device and with any number of threads. An error
/// where a bound is not finite, or low beyond high.
Tensor uniform(const Shape& shape, double low, double high, Generator& generator, DType dtype = float32,
               Device device = default_device());
/// Normally distributed; reproducible as `uniform` is. An error where the mean is not finite, or the deviation negative
/// or not finite.
Tensor normal(const Shape& shape, double mean, double deviation, Generator& generator, DType dtype = float32,
              Device device = default_device());

/// A tensor with the given numbers, row by row; T is one of the element types. Numbers in braces without a type are
/// literal.h's.
template <class T> Tensor tensor(std::span<const T> values, const Shape& shape, Device device = default_device()) {
  numel(shape, "tensor");
  Tensor result = empty(shape, dtype_of<T>(), cpu);
  check(static_cast<std::int64_t>(values.size()) == result.numel(), "tensor: {} values do not fill the shape {}",
        values.size(), shape);
  std::copy(values.begin(), values.end(), result.data<T>());
  return to(result, device);
}
template <class T> Tensor tensor(const std::vector<T>& values, const Shape& shape, Device device = default_device()) {
  return tensor(std::span<const T>(values), shape, device);
}
template <class T> Tensor tensor(const std::vector<T>& values, Device device = default_device()) {
  return tensor(std::span<const T>(values), static_cast<std::int64_t>(values.size()), device);
}
template <class T> Tensor tensor(std::span<const T> values, Device device = default_device()) {
  return tensor(values, static_cast<std::int64_t>(values.size()), device);
}
/// `tensor<double>({1, 2})`
template <class T>
Tensor tensor(std::initializer_list<std::type_identity_t<T>> values, Device device = default_device()) {
  return tensor(std::span<const T>(values.begin(), values.size()), device);
}

/// The same numbers in new memory. Recorded.
Tensor clone(const Tensor& x);
/// x in row-major order: x itself where it is so already. Recorded.
Tensor contiguous(const Tensor& x);
/// Writes `from` over the numbers of `target` in place. Not recorded: an error where target or `from`
/// wants a gradient and recording is on.
void copy_(const Tensor& target, const Tensor& from);
/// Sets every number of `target` in place; as copy_, and with a value that `full` would take.
void fill_(const Tensor& target, double value);

namespace detail {
/// An error naming `op` where a dtype of whole numbers has not the value.
void check_holds(const char* op, DType dtype, double value);
void check_holds(const char* op, DType dtype, std::int64_t value);
}  // namespace detail

}  // namespace adora
