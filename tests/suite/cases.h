#pragma once
#include <functional>
#include <string>

#include "../catch.h"
#include "but_elementwise.h"
#include "samples/sample.h"

/// The samples of every op that the library knows, on every device that it has kernels for, which the suite goes
/// through. Their random shapes and numbers, and the layouts that are drawn, follow from a seed that is printed; the
/// variable ADORA_SUITE_SEED sets another.
namespace adora::suite {

struct Case {
  const Op* op;
  Sample sample;  ///< its inputs on the device
  Device device;
  std::string name() const { return op->name + ", " + sample.what + ", on " + to_string(device); }
};

const std::vector<Case>& cases();
std::uint64_t seed();

/// Whether the op takes floating inputs of that dtype.
inline bool takes(const Case& c, DType dtype) { return c.op->traits.half || size_of(dtype) > 2; }

/// Which inputs of a sample have gradients.
std::vector<bool> differentiable(const Sample& sample);

/// The inputs in another dtype and layout; whole numbers keep theirs. Those with gradients are leaves that want one
/// if `want_grad`.
Tensors inputs_as(const Sample& sample, DType dtype, InputLayout layout = InputLayout::contiguous,
                  bool want_grad = false);

/// The inputs that have gradients, out of all.
Tensors leaves_of(const Sample& sample, const Tensors& inputs);

/// A gradient for an output: numbers between 0.5 and 1.5, the same each time.
Tensor upstream_for(const Tensor& y);

/// Calls `f` for every case and checks that it throws nothing; the message names the case.
void for_each_case(const std::function<void(const Case&)>& f);
/// The same for the ops that have gradients.
void for_each_recorded_case(const std::function<void(const Case&)>& f);

/// Throws an error saying where float64 results of the same formula in another order differ: by more than 1e-12 of the
/// element, and of 1.
void expect_close(const char* what, const Tensor& found, const Tensor& expected);

}  // namespace adora::suite
