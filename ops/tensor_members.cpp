#include "../core/tensor.h"

#include <algorithm>

#include "arithmetic.h"
#include "broadcast.h"
#include "creation.h"
#include "cumulative.h"
#include "elementwise/abs.h"
#include "elementwise/ceil.h"
#include "elementwise/clamp.h"
#include "elementwise/cos.h"
#include "elementwise/exp.h"
#include "elementwise/expm1.h"
#include "elementwise/floor.h"
#include "elementwise/log.h"
#include "elementwise/log1p.h"
#include "elementwise/pow.h"
#include "elementwise/relu.h"
#include "elementwise/round.h"
#include "elementwise/rsqrt.h"
#include "elementwise/sigmoid.h"
#include "elementwise/sign.h"
#include "elementwise/sin.h"
#include "elementwise/sqrt.h"
#include "elementwise/square.h"
#include "elementwise/tanh.h"
#include "index.h"
#include "mask.h"
#include "matmul.h"
#include "prod.h"
#include "product.h"
#include "rearrange.h"
#include "reduce.h"
#include "softmax.h"
#include "statistics.h"
#include "triangle.h"
#include "truth.h"
#include "view.h"

namespace adora {

using M = TensorMembers;

const Tensor& M::self() const { return static_cast<const Tensor&>(*this); }

Tensor M::to(DType dtype) const { return adora::to(self(), dtype); }
Tensor M::to(Device device) const { return adora::to(self(), device); }
Tensor M::clone() const { return adora::clone(self()); }
Tensor M::contiguous() const { return adora::contiguous(self()); }

Tensor M::reshape(const Shape& shape) const { return adora::reshape(self(), shape); }
Tensor M::view(const Shape& shape) const {
  const Tensor y = reshape(shape);
  check(y.storage() == self().storage(),
        "view: {} with the strides {} has no view of shape {}; reshape copies where it must", describe(self()),
        self().strides(), shape);
  return y;
}
Tensor M::flatten(std::int64_t start, std::int64_t end) const {
  const Tensor& x = self();
  check_inputs("flatten", {&x});
  if (x.ndim() == 0) return reshape({1});
  const int first = wrap_dim("flatten", start, x.ndim()), last = wrap_dim("flatten", end, x.ndim());
  check(first <= last, "flatten: dimension {} stands behind dimension {} of {}", start, end, describe(x));
  Shape shape;
  for (int d = 0; d < x.ndim(); ++d) {
    if (d > first && d <= last) shape[first] *= x.shape()[d];
    else shape.push_back(x.shape()[d]);
  }
  return reshape(shape);
}
Tensor M::transpose(std::int64_t a, std::int64_t b) const { return adora::transpose(self(), a, b); }
Tensor M::permute(const Shape& order) const { return adora::permute(self(), order); }
Tensor M::t() const {
  check_inputs("t", {&self()});
  check(self().ndim() <= 2, "t: {} is no matrix; exchange two dimensions with transpose(a, b)", describe(self()));
  return self().ndim() == 2 ? transpose(0, 1) : self();
}
Tensor M::T() const { return t(); }
Tensor M::unsqueeze(std::int64_t dim) const { return adora::unsqueeze(self(), dim); }
Tensor M::squeeze(std::int64_t dim) const { return adora::squeeze(self(), dim); }
Tensor M::squeeze() const {
  check_inputs("squeeze", {&self()});
  Shape shape;
  for (std::int64_t size : self().shape())
    if (size != 1) shape.push_back(size);
  return reshape(shape);
}
Tensor M::expand(const Shape& shape) const { return adora::expand(self(), shape); }

Tensor M::flip(const Shape& dims) const { return adora::flip(self(), dims); }
Tensor M::roll(std::int64_t shift, std::int64_t dim) const { return adora::roll(self(), shift, dim); }
Tensor M::repeat(const Shape& repeats) const { return adora::repeat(self(), repeats); }

Tensor M::sum(const Shape& dims, bool keepdim) const { return adora::sum(self(), dims, keepdim); }
Tensor M::mean(const Shape& dims, bool keepdim) const { return adora::mean(self(), dims, keepdim); }
Tensor M::max(const Shape& dims, bool keepdim) const { return adora::max(self(), dims, keepdim); }
Tensor M::min(const Shape& dims, bool keepdim) const { return adora::min(self(), dims, keepdim); }
Tensor M::prod(const Shape& dims, bool keepdim) const { return adora::prod(self(), dims, keepdim); }
Tensor M::var(const Shape& dims) const { return adora::var(self(), dims); }
Tensor M::std(const Shape& dims) const { return adora::std(self(), dims); }
Tensor M::norm(const Shape& dims, bool keepdim) const { return adora::norm(self(), dims, keepdim); }
Tensor M::any(const Shape& dims, bool keepdim) const { return adora::any(self(), dims, keepdim); }
Tensor M::all(const Shape& dims, bool keepdim) const { return adora::all(self(), dims, keepdim); }
Tensor M::argmax(std::int64_t dim, bool keepdim) const { return adora::argmax(self(), dim, keepdim); }
Tensor M::argmax() const { return adora::argmax(self()); }
Tensor M::argmin(std::int64_t dim, bool keepdim) const { return adora::argmin(self(), dim, keepdim); }
Tensor M::argmin() const { return adora::argmin(self()); }
Tensor M::logsumexp(std::int64_t dim, bool keepdim) const { return adora::logsumexp(self(), dim, keepdim); }

Tensor M::cumsum(std::int64_t dim) const { return adora::cumsum(self(), dim); }
Tensor M::cumprod(std::int64_t dim) const { return adora::cumprod(self(), dim); }

Tensor M::abs() const { return adora::abs(self()); }
Tensor M::sign() const { return adora::sign(self()); }
Tensor M::floor() const { return adora::floor(self()); }
Tensor M::ceil() const { return adora::ceil(self()); }
Tensor M::round() const { return adora::round(self()); }
Tensor M::exp() const { return adora::exp(self()); }
Tensor M::expm1() const { return adora::expm1(self()); }
Tensor M::log() const { return adora::log(self()); }
Tensor M::log1p() const { return adora::log1p(self()); }
Tensor M::sqrt() const { return adora::sqrt(self()); }
Tensor M::rsqrt() const { return adora::rsqrt(self()); }
Tensor M::square() const { return adora::square(self()); }
Tensor M::pow(double exponent) const { return adora::pow(self(), exponent); }
Tensor M::clamp(double low, double high) const { return adora::clamp(self(), low, high); }
Tensor M::sin() const { return adora::sin(self()); }
Tensor M::cos() const { return adora::cos(self()); }
Tensor M::tanh() const { return adora::tanh(self()); }
Tensor M::sigmoid() const { return adora::sigmoid(self()); }
Tensor M::relu() const { return adora::relu(self()); }

Tensor M::gather(std::int64_t dim, const Tensor& index) const { return adora::gather(self(), dim, index); }
Tensor M::index_select(std::int64_t dim, const Tensor& index) const { return adora::index_select(self(), dim, index); }
Tensor M::masked_fill(const Tensor& mask, double value) const { return adora::masked_fill(self(), mask, value); }
Tensor M::tril(std::int64_t diagonal) const { return adora::tril(self(), diagonal); }
Tensor M::triu(std::int64_t diagonal) const { return adora::triu(self(), diagonal); }

Tensor M::matmul(const Tensor& other) const { return adora::matmul(self(), other); }
Tensor M::dot(const Tensor& other) const { return adora::dot(self(), other); }
Tensor M::softmax(std::int64_t dim) const { return adora::softmax(self(), dim); }
Tensor M::log_softmax(std::int64_t dim) const { return adora::log_softmax(self(), dim); }

const Tensor& M::fill_(double value) const {
  adora::fill_(self(), value);
  return self();
}
const Tensor& M::zero_() const { return fill_(0); }
const Tensor& M::copy_(const Tensor& from) const {
  adora::copy_(self(), from);
  return self();
}

}  // namespace adora
