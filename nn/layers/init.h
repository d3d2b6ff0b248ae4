#pragma once
#include <string_view>

#include "../../core/tensor.h"

namespace adora {

// Initial weights, in the place of a tensor's numbers, with PyTorch's names, defaults and distributions
// (torch.nn.init); the numbers come from the generator. A weight [out, in, …] has in · (numbers of …) inputs, its fan
// in, and out · (numbers of …) outputs, its fan out. Half types get the roundings of float32 numbers. None is recorded.
// An error where an argument is not finite or of the wrong sign, the tensor is undefined or not floating, or has fewer
// dimensions than named here.

void constant_(const Tensor& x, double value);
/// In [low, high).
void uniform_(const Tensor& x, Generator& generator, double low = 0, double high = 1);
void normal_(const Tensor& x, Generator& generator, double mean = 0, double deviation = 1);
/// A normal distribution's numbers that lie in [low, high], which are bounds of the numbers themselves, not in
/// deviations.
void trunc_normal_(const Tensor& x, Generator& generator, double mean = 0, double deviation = 1, double low = -2,
                   double high = 2);

/// Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010, section 4.2:
/// the deviation is gain · √(2 / (fan in + fan out)). Two dimensions or more.
void xavier_uniform_(const Tensor& x, Generator& generator, double gain = 1);
void xavier_normal_(const Tensor& x, Generator& generator, double gain = 1);

enum class Fan { in, out };
struct KaimingOptions {
  double a = 0;  ///< leaky_relu's slope for negative numbers
  Fan mode = Fan::in;
  std::string_view nonlinearity = "leaky_relu";
};
/// He et al., "Delving deep into rectifiers", 2015, section 2.2: the deviation is gain / √fan. Two dimensions or more.
/// (kaiming_uniform_ with a = √5 is uniform in ±1/√(fan in), which Linear's weights are.)
void kaiming_uniform_(const Tensor& x, Generator& generator, KaimingOptions options = {});
void kaiming_normal_(const Tensor& x, Generator& generator, KaimingOptions options = {});

/// Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear networks", 2014: rows [out, …] as
/// vectors are orthogonal and of length `gain`, or columns where there are more rows. Any such matrix is as likely as
/// another. Two dimensions or more.
void orthogonal_(const Tensor& x, Generator& generator, double gain = 1);

/// What a nonlinearity's weights are multiplied with so that numbers keep their size: of "linear", "conv1d" and the
/// like and "sigmoid" 1, "tanh" 5/3, "relu" √2, "leaky_relu" √(2 / (1 + slope²)), "selu" 3/4. An error for any other.
double calculate_gain(std::string_view nonlinearity, double negative_slope = 0.01);

}  // namespace adora
