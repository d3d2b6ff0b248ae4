#pragma once
#include "cases.h"

/// How far results in a dtype may lie from the truth, measured against the size of what was added up on the way: an
/// element that is small because large terms cancelled is as far off as these terms make it.
namespace adora::suite {

/// Numbers that are right, and for each the size that its error of rounding is in proportion to.
struct Truth {
  Tensor values;              ///< float64, on the CPU; undefined for a gradient that there is not
  std::vector<double> sizes;  ///< of each element
};

/// A case's output and then its gradients, its inputs and the output's gradient first rounded to a dtype and then laid
/// out in memory, computed in another dtype.
Tensors results_of(const Case& c, DType dtype, DType rounded_to, InputLayout layout = InputLayout::contiguous);

/// The same in float64, with sizes. An element's size is the largest of its own, a quarter of the tensor's largest or
/// of the sample's terms, and its response: how much it changes, for each part that the inputs change by, when every
/// number of the inputs changes by a random part of itself. For a sum of products that is the root of the sum of their
/// squares.
std::vector<Truth> truths_of(const Case& c, DType rounded_to);

/// How many units of rounding of a dtype, times an element's size, a case's results may be off.
double units_allowed(const Case& c, DType dtype);

/// Throws an error saying where results lie further from the truth than `units` units of the dtype's rounding times the
/// size.
void expect_true(const Tensors& found, const std::vector<Truth>& truths, DType dtype, double units);

}  // namespace adora::suite
