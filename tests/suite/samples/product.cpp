#include "ops/product.h"

#include "ops/arithmetic.h"
#include "sample.h"

namespace adora::suite {
namespace {

/// Samples of a function of two tensors.
Sample of_two(Generator& g, const char* what, const Shape& a, const Shape& b,
              Tensor (*f)(const Tensor&, const Tensor&)) {
  return {what, {sample_tensor(g, a), sample_tensor(g, b)}, [=](const Tensors& in) { return f(in[0], in[1]); }};
}

const Samples dot_samples{"dot", [](Generator& g) {
                            const std::int64_t n = sample_size(g);
                            return std::vector<Sample>{of_two(g, "two vectors", {5}, {5}, dot),
                                                       of_two(g, "of nothing", {0}, {0}, dot),
                                                       of_two(g, "drawn", {n}, {n}, dot)};
                          }};

const Samples outer_samples{"outer", [](Generator& g) {
                              return std::vector<Sample>{of_two(g, "two vectors", {2}, {3}, outer),
                                                         of_two(g, "nothing", {0}, {2}, outer),
                                                         of_two(g, "drawn", {sample_size(g)}, {sample_size(g)}, outer)};
                            }};

const Samples cross_samples{"cross", [](Generator& g) {
                              auto along = [&](const char* what, const Shape& a, const Shape& b, std::int64_t dim) {
                                return Sample{what, {sample_tensor(g, a), sample_tensor(g, b)}, [=](const Tensors& in) {
                                                return cross(in[0], in[1], dim);
                                              }};
                              };
                              return std::vector<Sample>{
                                  along("two vectors", {3}, {3}, -1), along("one with many", {3}, {2, 3}, -1),
                                  along("columns", {2, 3, 2}, {3, 1}, 1), along("none", {0, 3}, {0, 3}, 1)};
                            }};

const Samples kron_samples{"kron", [](Generator& g) {
                             return std::vector<Sample>{
                                 of_two(g, "two matrices", {2, 3}, {3, 2}, kron), of_two(g, "numbers", {}, {}, kron),
                                 of_two(g, "a vector and a matrix", {3}, {2, 2}, kron),
                                 of_two(g, "nothing", {0, 2}, {2, 2}, kron),
                                 of_two(g, "drawn", sample_shape(g, 0, 2), sample_shape(g, 0, 2), kron)};
                           }};

const Samples trace_samples{
    "trace", [](Generator& g) {
      auto of = [&](const char* what, const Shape& shape) {
        return Sample{what, {sample_tensor(g, shape)}, [](const Tensors& in) { return trace(in[0]); }};
      };
      return std::vector<Sample>{of("square", {3, 3}), of("wide", {2, 4}), of("tall", {4, 2}), of("no rows", {0, 3}),
                                 of("drawn", {sample_size(g), sample_size(g)})};
    }};

const Samples addmm_samples{
    "addmm", [](Generator& g) {
      auto of = [&](const char* what, const Shape& x, const Shape& a, const Shape& b, double beta, double alpha) {
        return Sample{what, {sample_tensor(g, x), sample_tensor(g, a), sample_tensor(g, b)}, [=](const Tensors& in) {
                        return addmm(in[0], in[1], in[2], beta, alpha);
                      }};
      };
      const std::int64_t m = sample_size(g), k = sample_size(g), n = sample_size(g);
      return std::vector<Sample>{
          of("a row added", {4}, {2, 3}, {3, 4}, 1, 1), of("scaled", {2, 4}, {2, 3}, {3, 4}, 0.5, -2),
          of("nothing to add up", {2, 2}, {2, 0}, {0, 2}, 1, 1), of("drawn", {m, 1}, {m, k}, {k, n}, 2, 1)};
    }};

const Samples baddbmm_samples{
    "baddbmm", [](Generator& g) {
      auto of = [&](const char* what, const Shape& x, const Shape& a, const Shape& b, double beta, double alpha) {
        return Sample{what, {sample_tensor(g, x), sample_tensor(g, a), sample_tensor(g, b)}, [=](const Tensors& in) {
                        return baddbmm(in[0], in[1], in[2], beta, alpha);
                      }};
      };
      return std::vector<Sample>{of("batches", {2, 2, 4}, {2, 2, 3}, {2, 3, 4}, 1, 1),
                                 of("scaled, a row added", {4}, {2, 2, 3}, {2, 3, 4}, 0.5, -2),
                                 of("no batch", {0, 2, 2}, {0, 2, 3}, {0, 3, 2}, 1, 1)};
    }};

const Samples matrix_power_samples{"matrix_power", [](Generator& g) {
                                     auto of = [&](const char* what, const Shape& shape, std::int64_t n) {
                                       return Sample{what, {sample_tensor(g, shape, -1, 1)}, [=](const Tensors& in) {
                                                       return matrix_power(in[0], n);
                                                     }};
                                     };
                                     const std::int64_t n = sample_size(g);
                                     return std::vector<Sample>{of("the matrix", {3, 3}, 1), of("the third", {2, 2}, 3),
                                                                of("the sixth of two", {2, 2, 2}, 6),
                                                                of("of nothing", {0, 0}, 2), of("drawn", {n, n}, 2)};
                                   }};

const Samples bilinear_samples{
    "bilinear", [](Generator& g) {
      auto of = [&](const char* what, const Shape& x1, const Shape& x2, std::int64_t out, bool bias) {
        Tensors inputs{sample_tensor(g, x1), sample_tensor(g, x2), sample_tensor(g, {out, x1.back(), x2.back()})};
        if (bias) inputs.push_back(sample_tensor(g, {out}));
        return Sample{what, inputs, [](const Tensors& in) {
                        return bilinear(in[0], in[1], in[2], in.size() > 3 ? in[3] : Tensor());
                      }};
      };
      return std::vector<Sample>{of("rows", {2, 3}, {2, 2}, 4, true), of("one row", {3}, {2}, 2, false),
                                 of("a batch", {2, 2, 1}, {2, 2, 3}, 2, true), of("no rows", {0, 3}, {0, 2}, 2, true)};
    }};

}  // namespace
}  // namespace adora::suite
