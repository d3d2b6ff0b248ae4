#include "literal.h"

#include <algorithm>
#include <utility>

#include "creation.h"

namespace adora {

Literal::Literal(std::initializer_list<Literal> parts) : dtype_(parts.size() ? boolean : float32) {
  if (parts.size()) shape_ = parts.begin()->shape_;
  for (const Literal& part : parts) {
    check(part.shape_ == shape_, "tensor: rows of shapes {} and {} do not make one tensor; they must be equally long",
          shape_, part.shape_);
    if (is_floating(part.dtype_)) dtype_ = float32;
    else if (part.dtype_ == int64 && !is_floating(dtype_)) dtype_ = int64;
    numbers_.insert(numbers_.end(), part.numbers_.begin(), part.numbers_.end());
  }
  shape_.insert(0, static_cast<std::int64_t>(parts.size()));
}

Tensor Literal::as(DType dtype, Device device) const {
  Tensor y = empty(shape_, dtype, cpu);
  visit(dtype, [&]<class T>() {
    T* to = y.data<T>();
    for (const Element& number : numbers_) {
      if constexpr (std::is_integral_v<T>) {
        const bool whole = !is_floating(dtype_);  // of each of them, then
        if (whole) {
          detail::check_holds("tensor", dtype, number.whole);
          *to++ = static_cast<T>(number.whole);
        } else {
          detail::check_holds("tensor", dtype, number.value);
          *to++ = static_cast<T>(number.value);
        }
      } else {
        *to++ = static_cast<T>(static_cast<Compute<T>>(number.value));
      }
    }
  });
  return to(y, device);
}

}  // namespace adora
