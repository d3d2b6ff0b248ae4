#include "ops/einsum.h"

#include "sample.h"

namespace adora::suite {
namespace {

const Samples einsum_samples{
    "einsum", [](Generator& g) {
      auto of = [&](const char* equation, const std::vector<Shape>& shapes) {
        Tensors inputs;
        for (const Shape& shape : shapes) inputs.push_back(sample_tensor(g, shape));
        return Sample{equation, inputs, [=](const Tensors& in) { return einsum(equation, in); }};
      };
      const std::int64_t n = sample_size(g), m = sample_size(g), k = sample_size(g, 0);
      return std::vector<Sample>{of("ij,jk->ik", {{2, 3}, {3, 4}}),
                                 of("bij,bjk", {{2, 2, 3}, {2, 3, 2}}),
                                 of("bhqd,bhkd->bhqk", {{1, 2, 3, 2}, {1, 2, 2, 2}}),
                                 of("ij->ji", {{2, 3}}),
                                 of("ij->", {{2, 3}}),
                                 of("ii->i", {{3, 3}}),
                                 of("ii", {{3, 3}}),
                                 of("iij,jk->ki", {{2, 2, 3}, {3, 2}}),
                                 of("iii->i", {{2, 2, 2}}),
                                 of("i,j->ij", {{2}, {3}}),
                                 of("i,i->", {{3}, {3}}),
                                 of("bi,bi->b", {{2, 3}, {2, 3}}),
                                 of("...ij,...jk->...ik", {{2, 1, 2, 3}, {3, 3, 2}}),
                                 of("i...->...", {{2, 3, 2}}),
                                 of("ij,ij->ij", {{2, 3}, {1, 3}}),
                                 of("ij,jk,kl->il", {{2, 3}, {3, 2}, {2, 4}}),
                                 of("ab,bc,ca->", {{2, 3}, {3, 2}, {2, 2}}),
                                 of("a,b,c->cab", {{2}, {1}, {3}}),
                                 of("ij,k->i", {{2, 3}, {4}}),
                                 of("zB,AB", {{2, 3}, {2, 3}}),
                                 of("xy,yz->zx", {{n, k}, {k, m}})};
    }};

const Samples tensordot_samples{
    "tensordot", [](Generator& g) {
      auto of = [&](const char* what, const Shape& a, const Shape& b, std::int64_t dims) {
        return Sample{what, {sample_tensor(g, a), sample_tensor(g, b)}, [=](const Tensors& in) {
                        return tensordot(in[0], in[1], dims);
                      }};
      };
      auto over = [&](const char* what, const Shape& a, const Shape& b, const Shape& dims_a, const Shape& dims_b) {
        return Sample{what, {sample_tensor(g, a), sample_tensor(g, b)}, [=](const Tensors& in) {
                        return tensordot(in[0], in[1], dims_a, dims_b);
                      }};
      };
      return std::vector<Sample>{of("over two", {2, 3, 2}, {3, 2, 4}, 2),
                                 of("over none", {2}, {3, 2}, 0),
                                 of("over all", {3}, {3}, 1),
                                 of("of nothing", {2, 0}, {0, 2}, 1),
                                 over("crossed", {2, 3, 4}, {4, 2, 2}, {0, -1}, {2, 0}),
                                 over("drawn", {2, sample_size(g)}, {sample_size(g), 2}, {0}, {1})};
    }};

}  // namespace
}  // namespace adora::suite
