#pragma once
#include <vector>

#include "../../core/tensor.h"
#include "convert.h"

namespace adora::backends::cpu {

/// The addresses of the rows (runs along the last dimension) of a tensor of any strides.
struct RowAddress {
  Layout layout;
  char* data;
  std::int64_t element;  ///< bytes
  std::int64_t stride;   ///< between neighbors of a row, in elements

  explicit RowAddress(const Tensor& x)
      : layout(x.layout()),
        data(static_cast<char*>(x.raw())),
        element(static_cast<std::int64_t>(size_of(x.dtype()))),
        stride(layout.strides.back()) {}

  template <class T> T* at(std::int64_t row) const {
    std::int64_t offset = 0;
    for (int d = layout.shape.size() - 2; d > 0; --d) {
      offset += row % layout.shape[d] * layout.strides[d];
      row /= layout.shape[d];
    }
    if (layout.shape.size() > 1) offset += row * layout.strides[0];
    return static_cast<T*>(static_cast<void*>(data + offset * element));
  }
};

/// The rows (runs along the last dimension) of a tensor of any strides, as numbers of type C: in place
/// where they lie side by side and are of that type, otherwise through a buffer. One object a thread.
template <class C> class Rows {
 public:
  explicit Rows(const Tensor& x)
      : address_(x),
        dtype_(x.dtype()),
        length_(x.size(-1)),
        stride_(address_.stride),
        direct_(dtype_ == dtype_of<C>() && (stride_ == 1 || length_ <= 1)) {
    if (!direct_) buffer_.resize(static_cast<std::size_t>(length_));
  }

  /// The numbers of a row, for reading.
  const C* read(std::int64_t row) {
    if (direct_) return address_.at<C>(row);
    load(address_.at<void>(row), dtype_, stride_, buffer_.data(), length_);
    return buffer_.data();
  }

  /// Memory to write a row to; `written` then stores it in the tensor.
  C* write(std::int64_t row) { return direct_ ? address_.at<C>(row) : buffer_.data(); }
  void written(std::int64_t row) {
    if (!direct_) store(buffer_.data(), address_.at<void>(row), dtype_, stride_, length_);
  }

 private:
  RowAddress address_;
  DType dtype_;
  std::int64_t length_, stride_;
  bool direct_;
  std::vector<C> buffer_;
};

/// The number of rows of x.
inline std::int64_t count_rows(const Tensor& x) { return x.size(-1) ? x.numel() / x.size(-1) : 0; }

/// The smallest number of rows that is worth a thread.
inline std::int64_t row_grain(std::int64_t length) {
  return std::max<std::int64_t>(1, 16384 / std::max<std::int64_t>(length, 1));
}

/// Calls f.template operator()<C>() with the type arithmetic on `dtype` is done in: double for float64, else float.
template <class F> void visit_compute(DType dtype, F&& f) {
  if (dtype == float64) f.template operator()<double>();
  else f.template operator()<float>();
}

}  // namespace adora::backends::cpu
