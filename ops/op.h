#pragma once
#include <functional>
#include <string>
#include <vector>

#include "../core/tensor.h"

namespace adora {

/// One way to call an op, for the test suite: the suite compares the gradients of
/// `run` with numeric derivatives with respect to every floating input, in several layouts and
/// random ones, and runs it on every dtype and device it is meant for. Some samples should have
/// shapes that are drawn: the suite does so from a seed of its own.
struct Sample {
  std::string what;                           ///< "broadcast", "empty", "keepdim", …
  Tensors inputs;                             ///< float64 on the CPU; whole numbers where the op takes indices
  std::function<Tensor(const Tensors&)> run;  ///< the op; several outputs are joined by the sample into one
  std::vector<bool> differentiable = {};      ///< which inputs have a gradient; empty: every floating one
  /// How large the numbers are that cancel within it unseen, where its inputs and results are of the order of 1: a
  /// row's mean taken from its numbers, say, divided by how little they differ. Roundings show in proportion.
  double terms = 1;
};

/// What the suite asks of an op.
struct OpTraits {
  bool twice = true;     ///< its gradient has a gradient
  double low = -2;       ///< inputs are drawn from low …
  double high = 2;       ///< … to high
  bool recorded = true;  ///< false: it has no gradient, and refuses to be recorded or gives whole numbers
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
/// A size in low … high, for samples of random shapes.
std::int64_t sample_size(Generator& generator, std::int64_t low = 1, std::int64_t high = 4);
/// A shape of `fewest` … `most` dimensions; now and then a size is 0, often one is 1.
Shape sample_shape(Generator& generator, int fewest = 0, int most = 4);
/// `shape`, or one that broadcasts to it: without some of its first dimensions, others 1.
Shape sample_broadcastable(Generator& generator, const Shape& shape);

}  // namespace adora
