#pragma once
#include <functional>
#include <string>

#include "../catch.h"
#include "adora.h"

/// The samples of every op that the library knows, which the suite goes through.
namespace adora::suite {

struct Case {
  const Op* op;
  Sample sample;
  std::string name() const { return op->name + ", " + sample.what; }
};

const std::vector<Case>& cases();

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

/// Throws an error saying where `found` and `expected` differ by more than tolerance · (|expected| + the largest
/// |expected|, taken as at least `floor`: where numbers of order 1 cancel, little can be expected of what is left).
void expect_close(const char* what, const Tensor& found, const Tensor& expected, double tolerance, double floor = 0);

}  // namespace adora::suite
