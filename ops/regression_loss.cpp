#include "regression_loss.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "arithmetic.h"
#include "compare.h"
#include "creation.h"
#include "elementwise/abs.h"
#include "elementwise/exp.h"
#include "elementwise/huber.h"
#include "elementwise/log.h"
#include "elementwise/squared_difference.h"
#include "elementwise/xlogy.h"
#include "loss_parts.h"
#include "op.h"
#include "reduce.h"
#include "view.h"

namespace adora {

using detail::check_pair;
using detail::kept_above;
using detail::loss_input;
using detail::reduced_losses;

Tensor mse_loss(const Tensor& input, const Tensor& target, Reduction reduction) {
  const char* op = "mse_loss";
  check_pair(op, input, target);
  return reduced_losses(op, squared_difference(loss_input(op, input), loss_input(op, target)), reduction);
}
const Op mse_loss_op{"mse_loss"};

Tensor l1_loss(const Tensor& input, const Tensor& target, Reduction reduction) {
  const char* op = "l1_loss";
  check_pair(op, input, target);
  return reduced_losses(op, abs(loss_input(op, input) - loss_input(op, target)), reduction);
}
const Op l1_loss_op{"l1_loss"};

Tensor huber_loss(const Tensor& input, const Tensor& target, Reduction reduction, double delta) {
  const char* op = "huber_loss";
  check_pair(op, input, target);
  check(delta > 0, "{}: delta must be above 0, not {}", op, delta);
  return reduced_losses(op, huber(loss_input(op, input) - loss_input(op, target), delta), reduction);
}
const Op huber_loss_op{"huber_loss"};

Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, Reduction reduction, double beta) {
  const char* op = "smooth_l1_loss";
  check_pair(op, input, target);
  check(beta >= 0, "{}: beta must be 0 or above, not {}", op, beta);
  Tensor difference = loss_input(op, input) - loss_input(op, target);
  const bool straight = beta < std::numeric_limits<float>::min();  // of which float32 has no reciprocal
  return reduced_losses(op, straight ? abs(difference) : huber(difference, beta) / beta, reduction);
}
const Op smooth_l1_loss_op{"smooth_l1_loss"};

Tensor gaussian_nll_loss(const Tensor& input, const Tensor& target, const Tensor& var,
                         const GaussianNllOptions& options) {
  const char* op = "gaussian_nll_loss";
  check_pair(op, input, target);
  check_inputs(op, {&input, &var});
  check(options.eps > 0, "{}: eps must be above 0, not {}", op, options.eps);
  check(var.dtype() == input.dtype(), "{}: the variance is {}, the input {}; convert one with to(x, dtype)", op,
        describe(var), describe(input));
  Shape rows = input.shape();
  if (rows.size() > 0) rows[rows.size() - 1] = 1;
  Tensor variance = loss_input(op, var);
  if (input.ndim() > 0 && var.ndim() == input.ndim() - 1) variance = unsqueeze(variance, -1);
  check(var.ndim() == 0 || variance.shape() == input.shape() || variance.shape() == rows,
        "{}: the variance {} must have the shape of {}, or that without the last dimension, or be one number", op,
        describe(var), describe(input));
  if (var.numel() > 0 && var.device().type != DeviceType::meta) {
    check(!(item(min(var.detach())) < 0), "{}: a variance is negative", op);
  }
  variance = kept_above(variance, options.eps);
  Tensor losses = (log(variance) + squared_difference(loss_input(op, input), loss_input(op, target)) / variance) * 0.5;
  if (options.full) losses = losses + 0.5 * std::log(2 * std::numbers::pi);
  return reduced_losses(op, losses, options.reduction);
}
const Op gaussian_nll_loss_op{"gaussian_nll_loss"};

Tensor poisson_nll_loss(const Tensor& input, const Tensor& target, const PoissonNllOptions& options) {
  const char* op = "poisson_nll_loss";
  check_pair(op, input, target);
  Tensor x = loss_input(op, input), t = loss_input(op, target);
  Tensor losses = options.log_input ? exp(x) - t * x : x - t * log(x + options.eps);
  if (options.full) {
    // The others stand at 1, where the logarithm has a slope that 0 can be multiplied by.
    Tensor one = ones({}, t.dtype(), t.device()), counted = greater(t, one), safe = where(counted, t, one);
    Tensor stirling = xlogy(safe, safe) - safe + log(safe * (2 * std::numbers::pi)) * 0.5;
    losses = losses + where(counted, stirling, zeros({}, t.dtype(), t.device()));
  }
  return reduced_losses(op, losses, options.reduction);
}
const Op poisson_nll_loss_op{"poisson_nll_loss"};

}  // namespace adora
