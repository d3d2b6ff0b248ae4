#include "ops/reduce.h"
#include "sample.h"

namespace adora::suite {
namespace {

/// Samples of a reduction with all its ways of naming dimensions.
auto samples_of(Tensor (*reduction)(const Tensor&, const Shape&, bool)) {
  return [=](Generator& g) {
    auto over = [&](const char* what, Shape shape, Shape dims, bool keepdim) {
      return Sample{
          what, {sample_tensor(g, shape)}, [=](const Tensors& in) { return reduction(in[0], dims, keepdim); }};
    };
    return std::vector<Sample>{
        over("everything", {2, 3, 4}, {}, false),
        over("everything, keepdim", {2, 3}, {}, true),
        over("the last", {2, 3, 4}, {-1}, false),
        over("the first", {3, 4}, {0}, true),
        over("two of four", {2, 3, 1, 4}, {1, 3}, false),
        over("one element", {}, {}, false),
        over("rows of none", {0, 3}, {1}, false),
        over("drawn sizes", {sample_size(g), sample_size(g), sample_size(g)}, {sample_size(g, -3, -1)}, true),
        over("two of drawn sizes", {sample_size(g, 0), sample_size(g), 1, sample_size(g)}, {3, 1}, false)};
  };
}

const Samples sum_samples{"sum", samples_of(sum)};
const Samples mean_samples{"mean", samples_of(mean)};
const Samples max_samples{"max", samples_of(max)};
const Samples min_samples{"min", samples_of(min)};
const Samples norm_samples{"norm", samples_of(norm)};

const Samples logsumexp_samples{
    "logsumexp", [](Generator& g) {
      auto along = [&](const char* what, Shape shape, std::int64_t dim, bool keepdim) {
        return Sample{
            what, {sample_tensor(g, shape)}, [=](const Tensors& in) { return logsumexp(in[0], dim, keepdim); }};
      };
      return std::vector<Sample>{
          along("rows", {3, 4}, 1, false),
          along("columns, keepdim", {3, 4}, 0, true),
          along("the middle", {2, 3, 4}, -2, false),
          along("no rows", {0, 3}, 1, false),
          along("drawn sizes", {sample_size(g), sample_size(g), sample_size(g)}, sample_size(g, 0, 2), true),
          {"two of three", {sample_tensor(g, {2, 3, 4})}, [](const Tensors& in) {
             return logsumexp(in[0], {0, -1});
           }}};
    }};

const Samples argmax_samples{
    "argmax", [](Generator& g) {
      auto along = [&](const char* what, Shape shape, std::optional<std::int64_t> dim, bool keepdim) {
        return Sample{what, {sample_tensor(g, shape)}, [=](const Tensors& in) { return argmax(in[0], dim, keepdim); }};
      };
      return std::vector<Sample>{along("rows", {3, 4}, 1, false), along("columns", {3, 4}, 0, true),
                                 along("everything", {2, 3}, {}, false),
                                 along("drawn sizes", {sample_size(g), sample_size(g)}, 1, false)};
    }};

}  // namespace
}  // namespace adora::suite
