#pragma once
#include <functional>
#include <string>
#include <vector>

#include "../core/tensor.h"

namespace adora {

/// One way to call an op, for the test suite: the suite compares the gradients of
/// `run` with numeric derivatives with respect to every floating input, in
/// several layouts, and runs it on every dtype and device it is meant for.
struct Sample {
  std::string what;                           ///< "broadcast", "empty", "keepdim", …
  Tensors inputs;                             ///< float64 on the CPU; whole numbers where the op takes indices
  std::function<Tensor(const Tensors&)> run;  ///< the op; several outputs are joined by the sample into one
  std::vector<bool> differentiable = {};      ///< which inputs have a gradient; empty: every floating one
};

/// What the suite asks of an op.
struct OpTraits {
  bool twice = true;  ///< its gradient has a gradient
  double low = -2;    ///< inputs are drawn from low …
  double high = 2;    ///< … to high
};

/// An op as the library knows it. Every op defines one beside its function, and
/// the suite tests all of them: an op that records itself under a name for which
/// there is none fails the suite.
class Op {
 public:
  /// An elementwise function of one or two tensors: the samples follow from that.
  Op(const char* name, Tensor (*function)(const Tensor&), OpTraits traits = {});
  Op(const char* name, Tensor (*function)(const Tensor&, const Tensor&), OpTraits traits = {});
  /// Any other: `samples` makes calls with random inputs.
  Op(const char* name, std::function<std::vector<Sample>(Generator&)> samples, OpTraits traits = {});

  std::string name;
  std::function<std::vector<Sample>(Generator&)> samples;
  OpTraits traits;

  /// Every op of the library and of the program, by name.
  static const std::vector<const Op*>& all();
  static const Op* find(const std::string& name);

  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;
};

/// A float64 tensor of numbers drawn uniformly, for samples.
Tensor sample_tensor(Generator& generator, const Shape& shape, double low = -2, double high = 2);
/// Whole numbers in 0 … n - 1 (int64), for samples.
Tensor sample_indices(Generator& generator, const Shape& shape, std::int64_t n);

}  // namespace adora
