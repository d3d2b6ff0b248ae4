#include "ops/arithmetic.h"
#include "ops/cumulative.h"
#include "ops/order_statistics.h"
#include "ops/search.h"
#include "ops/sort.h"
#include "sample.h"

namespace adora::suite {
namespace {

/// Both results in one: the places as numbers of the values' dtype.
Tensor joined(const ValuesAndIndices& found) { return found.values + to(found.indices, found.values.dtype()); }

std::int64_t length(const Tensor& x, std::int64_t dim) { return x.defined() && x.ndim() > 0 ? x.size(dim) : 1; }

/// Samples of f(x, dim), which gives a tensor.
template <class F> auto along_each(F f) {
  return [=](Generator& g) {
    auto along = [&](const char* what, Shape shape, std::int64_t dim) {
      return Sample{what, {sample_tensor(g, shape)}, [=](const Tensors& in) { return f(in[0], dim); }};
    };
    return std::vector<Sample>{
        along("rows", {3, 5}, 1),
        along("columns", {4, 3}, 0),
        along("the middle", {2, 4, 3}, -2),
        along("one element", {}, 0),
        along("no rows", {0, 3}, 1),
        along("drawn sizes", {sample_size(g), sample_size(g, 1, 7), sample_size(g)}, sample_size(g, -3, 2))};
  };
}

/// The same, and rows of no elements.
template <class F> auto along_any(F f) {
  return [=](Generator& g) {
    std::vector<Sample> samples = along_each(f)(g);
    samples.push_back({"rows of none", {sample_tensor(g, {3, 0})}, [=](const Tensors& in) { return f(in[0], 1); }});
    return samples;
  };
}

const Samples sort_samples{"sort", along_any([](const Tensor& x, std::int64_t dim) {
                             return joined(sort(x, dim)) - joined(sort(x, dim, true));
                           })};
const Samples argsort_samples{"argsort",
                              along_any([](const Tensor& x, std::int64_t dim) { return argsort(x, dim, dim < 0); })};
const Samples topk_samples{"topk", along_any([](const Tensor& x, std::int64_t dim) {
                             const std::int64_t n = length(x, dim);
                             return joined(topk(x, (n + 1) / 2, dim)) - joined(topk(x, (n + 1) / 2, dim, false));
                           })};
const Samples kthvalue_samples{"kthvalue", along_each([](const Tensor& x, std::int64_t dim) {
                                 return joined(kthvalue(x, (length(x, dim) + 1) / 2, dim, true));
                               })};
const Samples median_samples{
    "median", [](Generator& g) {
      std::vector<Sample> samples =
          along_each([](const Tensor& x, std::int64_t dim) { return joined(median(x, dim)); })(g);
      samples.push_back({"everything", {sample_tensor(g, {3, 4})}, [](const Tensors& in) { return median(in[0]); }});
      return samples;
    }};
const Samples mode_samples{
    "mode", along_each([](const Tensor& x, std::int64_t dim) { return joined(mode(x, dim, dim == 0)); })};
const Samples max_with_indices_samples{
    "max_with_indices", along_each([](const Tensor& x, std::int64_t dim) { return joined(max_with_indices(x, dim)); })};
const Samples min_with_indices_samples{"min_with_indices", along_each([](const Tensor& x, std::int64_t dim) {
                                         return joined(min_with_indices(x, dim, true));
                                       })};

const Samples quantile_samples{
    "quantile", [](Generator& g) {
      std::vector<Sample> samples =
          along_each([](const Tensor& x, std::int64_t dim) { return quantile(x, 0.3, dim); })(g);
      // Between elements, where the slope by q does not jump.
      auto of_several = [&](const char* what, Shape shape, std::optional<std::int64_t> dim, bool keepdim) {
        const Tensor q = to(tensor<double>({0.1875, 0.8125, 0.4375}, cpu), default_device());
        return Sample{what, {sample_tensor(g, shape), q}, [=](const Tensors& in) {
                        return quantile(in[0], in[1], dim, keepdim);
                      }};
      };
      samples.push_back(of_several("several, of rows", {3, 4}, -1, false));
      samples.push_back(of_several("several, of columns, keepdim", {6, 2}, 0, true));
      samples.push_back(of_several("several, of everything", {2, 5}, {}, true));
      samples.push_back(
          {"everything", {sample_tensor(g, {2, 4})}, [](const Tensors& in) { return quantile(in[0], 1); }});
      return samples;
    }};

const Samples cumsum_samples{"cumsum", along_any([](const Tensor& x, std::int64_t dim) { return cumsum(x, dim); })};
const Samples logcumsumexp_samples{"logcumsumexp",
                                   along_any([](const Tensor& x, std::int64_t dim) { return logcumsumexp(x, dim); })};
const Samples cummax_samples{"cummax",
                             along_any([](const Tensor& x, std::int64_t dim) { return joined(cummax(x, dim)); })};
const Samples cummin_samples{"cummin",
                             along_any([](const Tensor& x, std::int64_t dim) { return joined(cummin(x, dim)); })};

/// Tensors with some zeros, one or more of which fall into a row.
Tensor with_zeros(Generator& g, const Shape& shape) {
  const Tensor x = sample_tensor(g, shape), kept = to(sample_indices(g, shape, 3), float64);
  return x * kept;
}

const Samples cumprod_samples{
    "cumprod", [](Generator& g) {
      std::vector<Sample> samples = along_any([](const Tensor& x, std::int64_t dim) { return cumprod(x, dim); })(g);
      for (std::int64_t dim : {0, 1, -1}) {
        samples.push_back({"zeros, dimension " + std::to_string(dim), {with_zeros(g, {4, 5})}, [=](const Tensors& in) {
                             return cumprod(in[0], dim);
                           }});
      }
      return samples;
    }};

const Samples linear_recurrence_samples{
    "linear_recurrence", [](Generator& g) {
      auto along = [&](const char* what, Shape shape, std::int64_t dim, bool reverse) {
        return Sample{what, {sample_tensor(g, shape), sample_tensor(g, shape)}, [=](const Tensors& in) {
                        return linear_recurrence(in[0], in[1], dim, reverse);
                      }};
      };
      return std::vector<Sample>{along("rows", {3, 5}, 1, false), along("columns, from the last", {4, 3}, 0, true),
                                 along("one element", {}, -1, false), along("rows of none", {2, 0}, 1, false),
                                 along("drawn sizes", {sample_size(g), sample_size(g, 1, 7), sample_size(g)},
                                       sample_size(g, -3, 2), sample_size(g, 0, 1) == 1)};
    }};

/// In whatever layout the suite has brought them: some of these put other elements into a row.
Tensor ascending(const Tensor& x) { return x.defined() ? sort(x).values : x; }

const Samples searchsorted_samples{
    "searchsorted", [](Generator& g) {
      auto in_rows = [&](const char* what, Shape sequence, Shape values, bool right) {
        return Sample{what, {sample_tensor(g, sequence), sample_tensor(g, values)}, [=](const Tensors& in) {
                        return searchsorted(ascending(in[0]), in[1], right);
                      }};
      };
      return std::vector<Sample>{in_rows("one row", {7}, {3, 4}, false), in_rows("one row, one value", {5}, {}, true),
                                 in_rows("a row each", {2, 3, 5}, {2, 3, 4}, true),
                                 in_rows("an empty row", {0}, {3}, false), in_rows("no values", {4}, {0, 2}, false)};
    }};
const Samples bucketize_samples{
    "bucketize", [](Generator& g) {
      return std::vector<Sample>{{"a matrix", {sample_tensor(g, {3, 4}), sample_tensor(g, {6})}, [](const Tensors& in) {
                                    return bucketize(in[0], ascending(in[1]));
                                  }}};
    }};

}  // namespace
}  // namespace adora::suite
