#pragma once
#include <initializer_list>

#include "device.h"
#include "dtype.h"
#include "shape.h"

namespace adora {

class Tensor;
class Index;
class Indexed;

/// What a tensor can be asked as a member: `x.sum(1)` is `sum(x, 1)`, and so on. Each calls the function of its name,
/// which says what it does. Core only declares them: gradients are defined in autograd/tensor_members.cpp, the others
/// in ops/tensor_members.cpp.
class TensorMembers {
 public:
  // ---- elements: ops/indexing.h ----
  Indexed operator[](const Index& index) const;
  Indexed operator[](std::initializer_list<Index> indices) const;
  template <class... I> Indexed at(const I&... indices) const;

  // ---- numbers, dtype, device ----
  /// The only element; an error where there are more or fewer.
  double item() const;
  Tensor to(DType dtype) const;
  Tensor to(Device device) const;
  Tensor clone() const;
  Tensor contiguous() const;

  // ---- gradients ----
  void backward() const;
  void backward(const Tensor& gradient) const;
  Tensor grad() const;
  void clear_grad() const;
  bool requires_grad() const;
  Tensor requires_grad_(bool required = true) const;
  bool is_leaf() const;

  // ---- other shapes ----
  Tensor reshape(const Shape& shape) const;
  /// As reshape; an error where the strides do not allow a view.
  Tensor view(const Shape& shape) const;
  Tensor flatten(std::int64_t start = 0, std::int64_t end = -1) const;
  Tensor transpose(std::int64_t a, std::int64_t b) const;
  Tensor permute(const Shape& order) const;
  /// A matrix transposed; vectors and numbers as they are. An error where there are more dimensions.
  Tensor t() const;
  Tensor T() const;
  Tensor unsqueeze(std::int64_t dim) const;
  Tensor squeeze(std::int64_t dim) const;
  /// Without the dimensions of size 1.
  Tensor squeeze() const;
  Tensor expand(const Shape& shape) const;
  Tensor flip(const Shape& dims) const;
  Tensor roll(std::int64_t shift, std::int64_t dim) const;
  Tensor repeat(const Shape& repeats) const;

  // ---- reductions; no dimensions: all ----
  Tensor sum(const Shape& dims = {}, bool keepdim = false) const;
  Tensor mean(const Shape& dims = {}, bool keepdim = false) const;
  Tensor max(const Shape& dims = {}, bool keepdim = false) const;
  Tensor min(const Shape& dims = {}, bool keepdim = false) const;
  Tensor prod(const Shape& dims = {}, bool keepdim = false) const;
  Tensor var(const Shape& dims = {}) const;
  Tensor std(const Shape& dims = {}) const;
  Tensor norm(const Shape& dims = {}, bool keepdim = false) const;
  Tensor any(const Shape& dims = {}, bool keepdim = false) const;
  Tensor all(const Shape& dims = {}, bool keepdim = false) const;
  Tensor argmax(std::int64_t dim, bool keepdim = false) const;
  /// Of all elements, counted row by row.
  Tensor argmax() const;
  Tensor argmin(std::int64_t dim, bool keepdim = false) const;
  Tensor argmin() const;
  Tensor logsumexp(std::int64_t dim, bool keepdim = false) const;
  Tensor cumsum(std::int64_t dim) const;
  Tensor cumprod(std::int64_t dim) const;

  // ---- elementwise ----
  Tensor abs() const;
  Tensor sign() const;
  Tensor floor() const;
  Tensor ceil() const;
  Tensor round() const;
  Tensor exp() const;
  Tensor expm1() const;
  Tensor log() const;
  Tensor log1p() const;
  Tensor sqrt() const;
  Tensor rsqrt() const;
  Tensor square() const;
  Tensor pow(double exponent) const;
  Tensor clamp(double low, double high) const;
  Tensor sin() const;
  Tensor cos() const;
  Tensor tanh() const;
  Tensor sigmoid() const;
  Tensor relu() const;

  // ---- choices ----
  Tensor gather(std::int64_t dim, const Tensor& index) const;
  Tensor index_select(std::int64_t dim, const Tensor& index) const;
  Tensor masked_fill(const Tensor& mask, double value) const;
  Tensor tril(std::int64_t diagonal = 0) const;
  Tensor triu(std::int64_t diagonal = 0) const;

  // ---- products, probabilities ----
  Tensor matmul(const Tensor& other) const;
  Tensor dot(const Tensor& other) const;
  Tensor softmax(std::int64_t dim) const;
  Tensor log_softmax(std::int64_t dim) const;

  // ---- changes in place, not recorded: ops/creation.h, ops/arithmetic.h ----
  const Tensor& fill_(double value) const;
  const Tensor& zero_() const;
  const Tensor& copy_(const Tensor& from) const;

 protected:
  TensorMembers() = default;

 private:
  const Tensor& self() const;
};

}  // namespace adora
