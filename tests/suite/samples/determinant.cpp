#include "ops/determinant.h"

#include "linalg.h"

namespace adora::suite {
namespace {

/// Samples of a function of square matrices that are far from singular.
std::vector<Sample> of_matrices(Generator& g, Tensor (*f)(const Tensor&)) {
  auto of = [&](const char* what, const Shape& shape) {
    return Sample{what, {sample_tensor(g, shape)}, [f](const Tensors& in) { return f(dominated(in[0])); }};
  };
  const std::int64_t n = sample_size(g, 1, 3);
  return {of("a matrix", {3, 3}), of("a batch", {2, 2, 2}), of("nothing", {0, 0}), of("no batch", {0, 2, 2}),
          of("drawn", {n, n})};
}

const Samples det_samples{
    "det", [](Generator& g) {
      std::vector<Sample> samples = of_matrices(g, det);
      // Of rank 2 and 1: the second row is twice the first, and so are the others.
      for (std::int64_t rank : {2, 1}) {
        Tensor x = sample_tensor(g, {3, 3});
        Tensor twice = slice(x, 0, 0, 1) * 2;
        copy_(slice(x, 0, 1, 2), twice);
        if (rank == 1) copy_(slice(x, 0, 2, 3), twice * -0.5);
        samples.push_back(
            {rank == 1 ? "of rank 1" : "of rank 2", {x}, [](const Tensors& in) { return det(in[0]); }, {}, 16});
      }
      return samples;
    }};

const Samples logdet_samples{"logdet", [](Generator& g) { return of_matrices(g, logdet); }};

const Samples slogdet_samples{"slogdet", [](Generator& g) {
                                return of_matrices(
                                    g, +[](const Tensor& x) {
                                      const SignAndLogarithm found = slogdet(x);
                                      return found.sign * 2 + found.logabsdet;
                                    });
                              }};

}  // namespace
}  // namespace adora::suite
