#pragma once
#include <string>
#include <vector>

#include "../core/tensor.h"

namespace adora {

/// Properties of an op beyond its gradient, which the test suite checks.
struct OpTraits {
  double low = -2;       ///< an elementwise function is smooth for numbers from low …
  double high = 2;       ///< … to high, which the suite draws
  bool recorded = true;  ///< false: it has no gradient, and refuses to be recorded or gives whole numbers
  bool half = true;      ///< false: it refuses half types
  bool cuda = true;      ///< false: it has kernels for the CPU alone, and says so on a GPU
};

/// An op as the library knows it: its name, under which it records itself, and its traits. Every op
/// defines one beside its function, and the test suite tests all of them: an op that records itself under a name for
/// which there is none fails the suite, and so does one that the suite has no samples of.
class Op {
 public:
  /// The suite's samples of it are in tests/suite/samples/.
  explicit Op(const char* name, OpTraits traits = {});
  /// An elementwise function of one or two tensors: the suite makes its samples from that.
  Op(const char* name, Tensor (*function)(const Tensor&), OpTraits traits = {});
  Op(const char* name, Tensor (*function)(const Tensor&, const Tensor&), OpTraits traits = {});

  /// Another elementwise function, whose samples are in the suite. It is named so that the file that compiles its
  /// header compiles it too.
  Op(const char* name, OpTraits traits, Tensor (*function)(const Tensor&, const Tensor&, const Tensor&));
  template <class... X>
  Op(const char* name, OpTraits traits, Tensor (*function)(X...))
      : Op(name, traits, reinterpret_cast<void (*)()>(function)) {}

  std::string name;
  OpTraits traits;
  Tensor (*unary)(const Tensor&) = nullptr;                  ///< the elementwise function, if of one tensor
  Tensor (*binary)(const Tensor&, const Tensor&) = nullptr;  ///< the same, if of two

  /// Every op of the library and of the program, by name.
  static const std::vector<const Op*>& all();
  static const Op* find(const std::string& name);

  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;

 private:
  Op(const char* name, OpTraits traits, void (*function)());
};

}  // namespace adora
