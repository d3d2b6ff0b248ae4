#pragma once
#include "../elementwise.h"
namespace adora {
struct SquaredDifference {
  template <class T> ADORA_HD T operator()(T a, T b) const { return (a - b) * (a - b); }
};
/// (a - b)²
inline Tensor squared_difference(const Tensor& a, const Tensor& b) {
  return elementwise("squared_difference", SquaredDifference{}, a, b);
}
inline const Op squared_difference_op{"squared_difference", squared_difference};
}  // namespace adora
