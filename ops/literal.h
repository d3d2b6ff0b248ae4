#pragma once
#include <concepts>
#include <initializer_list>
#include <vector>

#include "../core/tensor.h"

namespace adora {

/// Numbers in braces, nested as deep as a tensor has dimensions: what `tensor({{1, 2}, {3, 4}})` is given.
class Literal {
 public:
  /// An error where the parts have different shapes.
  Literal(std::initializer_list<Literal> parts);
  template <Number N>
  Literal(N number)
      : dtype_(std::same_as<N, bool>    ? boolean
               : std::floating_point<N> ? float32
                                        : int64),
        numbers_{{static_cast<double>(number), static_cast<std::int64_t>(std::integral<N> ? number : 0)}} {}

  const Shape& shape() const { return shape_; }
  /// Of the numbers together, as PyTorch deduces it: float32 where one has a point, int64 of whole ones, or boolean.
  DType dtype() const { return dtype_; }
  /// An error where a dtype of whole numbers has not all of them.
  Tensor as(DType dtype, Device device) const;

 private:
  struct Element {
    double value;
    std::int64_t whole;  ///< exactly, where it is one by its type
  };
  Shape shape_;
  DType dtype_;
  std::vector<Element> numbers_;  ///< row by row
};

/// `tensor({{1, 2}, {3, 4}})` is int64 [2, 2], `tensor({1.5, 2.0})` float32 [2], `tensor(3.0)` float32 []. Rows of
/// different lengths are an error.
inline Tensor tensor(const Literal& numbers, Device device = default_device()) {
  return numbers.as(numbers.dtype(), device);
}
inline Tensor tensor(const Literal& numbers, DType dtype, Device device = default_device()) {
  return numbers.as(dtype, device);
}

}  // namespace adora
