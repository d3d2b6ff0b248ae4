#include "ops/statistics.h"

#include "ops/arithmetic.h"
#include "ops/count.h"
#include "ops/prod.h"
#include "ops/reduce.h"
#include "sample.h"

namespace adora::suite {
namespace {

/// Samples of f(x, dims, keepdim), of tensors that `draw` makes.
template <class F> auto reductions(F f, Tensor (*draw)(Generator&, const Shape&)) {
  return [=](Generator& g) {
    auto over = [&](const char* what, Shape shape, Shape dims, bool keepdim) {
      return Sample{what, {draw(g, shape)}, [=](const Tensors& in) { return f(in[0], dims, keepdim); }};
    };
    return std::vector<Sample>{
        over("everything", {2, 3, 4}, {}, false),
        over("everything, keepdim", {2, 3}, {}, true),
        over("the last", {2, 3, 4}, {-1}, false),
        over("the first", {4, 3}, {0}, true),
        over("two of four", {2, 3, 1, 4}, {1, 3}, false),
        over("rows of none", {0, 3}, {1}, false),
        over("drawn sizes", {sample_size(g), sample_size(g), 1 + sample_size(g)}, {2, sample_size(g, -3, -2)}, true)};
  };
}

Tensor drawn(Generator& g, const Shape& shape) { return sample_tensor(g, shape); }
/// 0, 1 and 2.
Tensor counted(Generator& g, const Shape& shape) { return to(sample_indices(g, shape, 3), float64); }
Tensor with_zeros(Generator& g, const Shape& shape) {
  const Tensor x = drawn(g, shape), kept = counted(g, shape);
  return x * kept;
}

const Samples var_samples{"var", reductions([](const Tensor& x, const Shape& dims,
                                               bool keepdim) { return var(x, dims, {.keepdim = keepdim}); },
                                            drawn)};
const Samples std_samples{
    "std", reductions([](const Tensor& x, const Shape& dims,
                         bool keepdim) { return adora::std(x, dims, {.correction = 0.5, .keepdim = keepdim}); },
                      drawn)};
const Samples nansum_samples{"nansum", reductions(nansum, drawn)};
const Samples nanmean_samples{"nanmean", reductions(nanmean, drawn)};
const Samples amax_samples{"amax", reductions(amax, drawn)};
const Samples amin_samples{"amin", reductions(amin, drawn)};
const Samples count_nonzero_samples{
    "count_nonzero",
    reductions([](const Tensor& x, const Shape& dims, bool) { return count_nonzero(x, dims); }, counted)};

const Samples prod_samples{
    "prod", [](Generator& g) {
      std::vector<Sample> samples = reductions(prod, drawn)(g);
      for (Sample& sample : reductions(prod, with_zeros)(g)) {
        sample.what += ", with zeros";
        samples.push_back(std::move(sample));
      }
      samples.push_back({"one element", {sample_tensor(g, {})}, [](const Tensors& in) { return prod(in[0]); }});
      samples.push_back({"of nothing", {sample_tensor(g, {2, 0})}, [](const Tensors& in) { return prod(in[0], {1}); }});
      return samples;
    }};

const Samples argmin_samples{
    "argmin", [](Generator& g) {
      auto along = [&](const char* what, Shape shape, std::optional<std::int64_t> dim, bool keepdim) {
        return Sample{what, {sample_tensor(g, shape)}, [=](const Tensors& in) { return argmin(in[0], dim, keepdim); }};
      };
      return std::vector<Sample>{along("rows", {3, 4}, 1, false), along("columns", {3, 4}, 0, true),
                                 along("everything", {2, 3}, {}, false), along("everything, keepdim", {2, 3}, {}, true),
                                 along("drawn sizes", {sample_size(g), sample_size(g)}, -2, false)};
    }};

const Samples bincount_samples{
    "bincount", [](Generator& g) {
      auto weighted = [&](const char* what, std::int64_t n, std::int64_t length) {
        return Sample{what, {sample_indices(g, {n}, 4), sample_tensor(g, {n})}, [=](const Tensors& in) {
                        return bincount(in[0], in[1], length);
                      }};
      };
      return std::vector<Sample>{weighted("weights", 7, 4), weighted("a row that ends before", 5, 6),
                                 weighted("nothing", 0, 3)};
    }};

const Samples histc_samples{
    "histc", [](Generator& g) {
      return std::vector<Sample>{
          {"a range", {sample_tensor(g, {3, 5})}, [](const Tensors& in) { return histc(in[0], 4, -1, 1.5); }},
          {"nothing", {sample_tensor(g, {0})}, [](const Tensors& in) { return histc(in[0], 3); }}};
    }};

}  // namespace
}  // namespace adora::suite
