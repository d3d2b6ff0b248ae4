#include "ops/solve.h"

#include "linalg.h"

namespace adora::suite {
namespace {

const Samples solve_samples{"solve", [](Generator& g) {
                              auto of = [&](const char* what, const Shape& a, const Shape& b) {
                                return Sample{what, {sample_tensor(g, a), sample_tensor(g, b)}, [](const Tensors& in) {
                                                return solve(dominated(in[0]), in[1]);
                                              }};
                              };
                              const std::int64_t n = sample_size(g);
                              return std::vector<Sample>{of("columns", {3, 3}, {3, 2}),
                                                         of("one", {3, 3}, {3}),
                                                         of("batches", {2, 3, 3}, {2, 3, 1}),
                                                         of("batches of one", {2, 3, 3}, {2, 3}),
                                                         of("batches that broadcast", {2, 1, 2, 2}, {3, 2, 2}),
                                                         of("nothing", {0, 0}, {0, 2}),
                                                         of("no batch", {0, 2, 2}, {0, 2, 1}),
                                                         of("no columns", {2, 2}, {2, 0}),
                                                         of("drawn", {2, n, n}, {n, sample_size(g)})};
                            }};

const Samples inv_samples{
    "inv", [](Generator& g) {
      auto of = [&](const char* what, const Shape& shape) {
        return Sample{what, {sample_tensor(g, shape)}, [](const Tensors& in) { return inv(dominated(in[0])); }};
      };
      const std::int64_t n = sample_size(g);
      return std::vector<Sample>{of("a matrix", {3, 3}), of("a batch", {2, 2, 2}), of("nothing", {0, 0}),
                                 of("drawn", {n, n})};
    }};

const Samples solve_triangular_samples{
    "solve_triangular", [](Generator& g) {
      auto of = [&](const char* what, const Shape& a, const Shape& b, const SolveTriangularOptions& options) {
        return Sample{what, {sample_tensor(g, a), sample_tensor(g, b)}, [=](const Tensors& in) {
                        return solve_triangular(dominated(in[0]), in[1], options);
                      }};
      };
      const std::int64_t n = sample_size(g);
      return std::vector<Sample>{of("upper", {3, 3}, {3, 2}, {}),
                                 of("lower", {2, 3, 3}, {3, 2}, {.upper = false}),
                                 of("from the right", {3, 3}, {2, 3}, {.left = false}),
                                 of("with ones", {3, 3}, {3, 1}, {.upper = false, .unitriangular = true}),
                                 of("with ones from the right", {2, 2}, {2, 2}, {.left = false, .unitriangular = true}),
                                 of("nothing", {0, 0}, {0, 2}, {}),
                                 of("drawn", {n, n}, {2, n, 2}, {.upper = false})};
    }};

const Samples cholesky_solve_samples{
    "cholesky_solve", [](Generator& g) {
      auto of = [&](const char* what, const Shape& b, const Shape& l, bool upper) {
        return Sample{what, {sample_tensor(g, b), sample_tensor(g, l)}, [=](const Tensors& in) {
                        return cholesky_solve(in[0], dominated(in[1]), upper);
                      }};
      };
      return std::vector<Sample>{of("lower", {3, 2}, {3, 3}, false), of("upper", {2, 2, 1}, {2, 2}, true)};
    }};

}  // namespace
}  // namespace adora::suite
