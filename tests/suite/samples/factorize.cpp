#include "ops/factorize.h"

#include "linalg.h"
#include "ops/elementwise/square.h"
#include "ops/join.h"

namespace adora::suite {
namespace {

/// Several results of one batch as rows of one.
Tensor joined(const Tensors& parts) {
  Tensors flat;
  for (const Tensor& part : parts) flat.push_back(reshape(part, {part.numel()}));
  return cat(flat);
}

/// Vectors are off by roundings of the largest value over the distance of two, of which eight times their squares have
/// 64 times as much.
constexpr double terms_of_vectors = 64;

Sample of_matrix(Generator& g, const char* what, const Shape& shape, Tensor (*f)(const Tensor&), double terms = 1) {
  return {what, {sample_tensor(g, shape)}, [f](const Tensors& in) { return f(in[0]); }, {}, terms};
}

const Samples cholesky_samples{"cholesky", [](Generator& g) {
                                 auto lower = +[](const Tensor& x) { return cholesky(positive(x)); };
                                 auto upper = +[](const Tensor& x) { return cholesky(positive(x), true); };
                                 const std::int64_t n = sample_size(g);
                                 return std::vector<Sample>{
                                     of_matrix(g, "lower", {3, 2}, lower), of_matrix(g, "upper", {2, 2, 2}, upper),
                                     of_matrix(g, "nothing", {0, 2}, lower), of_matrix(g, "drawn", {n, n}, lower)};
                               }};

const Samples qr_samples{"qr", [](Generator& g) {
                           auto both = +[](const Tensor& x) {
                             const QandR found = qr(dominated(x));
                             return joined({found.Q, found.R});
                           };
                           auto q = +[](const Tensor& x) { return qr(dominated(x)).Q; };
                           auto r = +[](const Tensor& x) { return qr(dominated(x)).R; };
                           return std::vector<Sample>{of_matrix(g, "square", {3, 3}, both),
                                                      of_matrix(g, "tall", {2, 3, 2}, both),
                                                      of_matrix(g, "wide", {2, 4}, both),
                                                      of_matrix(g, "Q alone", {4, 2}, q),
                                                      of_matrix(g, "R alone", {2, 3}, r),
                                                      of_matrix(g, "no columns", {3, 0}, both),
                                                      of_matrix(g, "drawn", {sample_size(g), sample_size(g)}, both)};
                         }};

const Samples svd_samples{
    "svd", [](Generator& g) {
      // Not the vectors themselves, which are known up to their signs, but their squares.
      auto all = +[](const Tensor& x) {
        const SingularValues found = svd(dominated(x));
        return joined({square(found.U) * 8, found.S, square(found.Vh) * 8, matmul(found.U, found.Vh) * 8});
      };
      auto values = +[](const Tensor& x) { return svd(dominated(x)).S; };
      auto left = +[](const Tensor& x) { return square(svd(dominated(x)).U) * 8; };
      return std::vector<Sample>{of_matrix(g, "square", {3, 3}, all, terms_of_vectors),
                                 of_matrix(g, "tall", {2, 3, 2}, all, terms_of_vectors),
                                 of_matrix(g, "wide", {2, 4}, all, terms_of_vectors),
                                 of_matrix(g, "values alone", {3, 2}, values, terms_of_vectors),
                                 of_matrix(g, "U alone", {3, 2}, left, terms_of_vectors),
                                 of_matrix(g, "nothing", {0, 3}, all, terms_of_vectors),
                                 of_matrix(g, "drawn", {sample_size(g), sample_size(g)}, all, terms_of_vectors)};
    }};

const Samples eigh_samples{"eigh", [](Generator& g) {
                             auto all = +[](const Tensor& x) {
                               const Tensor y = dominated(x);
                               if (refused(y)) return eigh(y).eigenvalues;
                               const Eigenvalues found = eigh((y + transpose(y)) * 0.5);
                               return joined({found.eigenvalues, square(found.eigenvectors) * 8});
                             };
                             auto values = +[](const Tensor& x) {
                               const Tensor y = dominated(x);
                               return eigh(refused(y) ? y : (y + transpose(y)) * 0.5).eigenvalues;
                             };
                             const std::int64_t n = sample_size(g);
                             return std::vector<Sample>{of_matrix(g, "a matrix", {3, 3}, all, terms_of_vectors),
                                                        of_matrix(g, "a batch", {2, 2, 2}, all, terms_of_vectors),
                                                        of_matrix(g, "values alone", {3, 3}, values, terms_of_vectors),
                                                        of_matrix(g, "nothing", {0, 0}, all, terms_of_vectors),
                                                        of_matrix(g, "drawn", {n, n}, all, terms_of_vectors)};
                           }};

const Samples pinv_samples{"pinv", [](Generator& g) {
                             auto f = +[](const Tensor& x) { return pinv(dominated(x)); };
                             return std::vector<Sample>{
                                 of_matrix(g, "square", {3, 3}, f), of_matrix(g, "tall", {2, 3, 2}, f),
                                 of_matrix(g, "wide", {2, 3}, f), of_matrix(g, "nothing", {0, 2}, f),
                                 of_matrix(g, "drawn", {sample_size(g), sample_size(g)}, f)};
                           }};

const Samples lstsq_samples{"lstsq", [](Generator& g) {
                              auto of = [&](const char* what, const Shape& a, const Shape& b) {
                                return Sample{what, {sample_tensor(g, a), sample_tensor(g, b)}, [](const Tensors& in) {
                                                return lstsq(dominated(in[0]), in[1]);
                                              }};
                              };
                              return std::vector<Sample>{of("too many equations", {4, 2}, {4, 2}),
                                                         of("too few", {2, 3}, {2}), of("a batch", {2, 3, 2}, {3, 1})};
                            }};

}  // namespace
}  // namespace adora::suite
