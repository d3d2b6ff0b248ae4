#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "../../drawn.h"
#include "ops/op.h"

namespace adora::suite {

/// One way to call an op: the suite compares the gradients of `run` with numeric derivatives with respect to every
/// floating input, in several layouts and random ones, and runs it on every dtype and device it is meant for. Some
/// samples should have shapes that are drawn: the suite does so from a seed of its own.
struct Sample {
  std::string what;                           ///< "broadcast", "empty", "keepdim", …
  Tensors inputs;                             ///< float64; whole numbers where the op takes indices
  std::function<Tensor(const Tensors&)> run;  ///< the op; several outputs are joined by the sample into one
  std::vector<bool> differentiable = {};      ///< which inputs have a gradient; empty: every floating one
  /// How large the numbers are that cancel within it unseen, where its inputs and results are of the order of 1: a
  /// row's mean taken from its numbers, say, divided by how little they differ. Roundings show in proportion.
  double terms = 1;
};

/// The samples of an op of the library, defined in the file that is named after the op's own. An elementwise op, which
/// gives its function, has some without this, and more with it.
class Samples {
 public:
  using Make = std::function<std::vector<Sample>(Generator&)>;
  /// `make` makes calls of the op of that name with inputs from the generator.
  Samples(const std::string& op, Make make);

  /// An op's samples; none where there are none.
  static std::vector<Sample> of(const Op& op, Generator& generator);
  /// The registered samples, by the op's name.
  static const std::map<std::string, Make>& all();
};

}  // namespace adora::suite
