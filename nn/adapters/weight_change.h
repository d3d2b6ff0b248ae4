#pragma once
#include <utility>
#include <vector>

#include "../../core/frozen_matrix.h"

namespace adora {

/// How far a weight [out, in] has moved in training, apart for its rows' lengths and directions (Liu et al. 2024,
/// section 3.2, equations 3 and 4, for rows as the paper's program has them): means over the rows of
///
///     ΔM: |‖w'‖ - ‖w‖|        ΔD: 1 - cos(w', w)
///
/// A row of zeros that stayed one has not turned; one that was or became one has turned by 1.
struct WeightChange {
  double magnitude = 0;  ///< ΔM
  double direction = 0;  ///< ΔD
};

/// Between two weights of one shape, of any floating dtype and on one device.
WeightChange weight_change(const Tensor& before, const Tensor& after);

/// To the weight that an adapter stands for, from its factors: W + scale·B·A, its rows of length |magnitude| where that
/// is defined, turned about where it is negative. A [r, in] and B [out, r], or both undefined. No [out, in] is made.
/// Small changes keep their digits: nothing is subtracted from 1.
WeightChange weight_change(const FrozenMatrix& weight, const Tensor& A, const Tensor& B, double scale,
                           const Tensor& magnitude);

/// The straight line through points (x, y) by least squares, and Pearson's correlation; with fewer than two different
/// x, or one y, NaN where there is none.
struct LinearFit {
  double slope, intercept, correlation;
};
LinearFit linear_fit(const std::vector<std::pair<double, double>>& points);

}  // namespace adora
