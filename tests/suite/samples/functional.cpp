#include "ops/functional.h"

#include "ops/arithmetic.h"
#include "ops/reduce.h"
#include "sample.h"

namespace adora::suite {
namespace {

// Products alone, which have derivatives of every order: the suite takes two of each result's.

const Samples jacobian_samples{
    "jacobian", [](Generator& g) {
      return std::vector<Sample>{{"a matrix by a vector", {sample_tensor(g, {3}, -1, 1)}, [](const Tensors& in) {
                                    return jacobian([](const Tensor& x) { return x * x * sum(x); }, in[0], true);
                                  }}};
    }};

const Samples hessian_samples{
    "hessian", [](Generator& g) {
      return std::vector<Sample>{{"a vector", {sample_tensor(g, {3}, -1, 1)}, [](const Tensors& in) {
                                    return hessian([](const Tensor& x) { return sum(x * x * x) * sum(x); }, in[0],
                                                   true);
                                  }}};
    }};

}  // namespace
}  // namespace adora::suite
