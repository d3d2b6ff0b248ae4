#include "ops/rearrange.h"

#include "sample.h"

namespace adora::suite {
namespace {

/// A sample of one tensor of that shape.
Sample of(Generator& g, const char* what, const Shape& shape, std::function<Tensor(const Tensor&)> f) {
  return {what, {sample_tensor(g, shape)}, [f = std::move(f)](const Tensors& in) { return f(in[0]); }};
}

const Samples flip_samples{"flip", [](Generator& g) {
                             const Shape drawn = sample_shape(g, 2);
                             const std::int64_t dim = sample_size(g, -2, 1);
                             return std::vector<Sample>{
                                 of(g, "drawn sizes", drawn, [=](const Tensor& x) { return flip(x, {dim}); }),
                                 of(g, "two dimensions", {2, 3, 4},
                                    [](const Tensor& x) {
                                      return flip(x, {0, -1});
                                    }),
                                 of(g, "none", {2, 3}, [](const Tensor& x) { return flip(x, {}); }),
                                 of(g, "nothing", {0, 3}, [](const Tensor& x) { return flip(x, {1}); })};
                           }};
const Samples fliplr_samples{"fliplr", [](Generator& g) {
                               return std::vector<Sample>{of(g, "a matrix", {2, 3}, fliplr)};
                             }};
const Samples flipud_samples{"flipud",
                             [](Generator& g) { return std::vector<Sample>{of(g, "a vector", {3}, flipud)}; }};

const Samples roll_samples{
    "roll", [](Generator& g) {
      const Shape drawn = sample_shape(g, 1);
      const std::int64_t shift = sample_size(g, -7, 7), dim = sample_size(g, 0, drawn.size() - 1);
      return std::vector<Sample>{of(g, "drawn sizes", drawn, [=](const Tensor& x) { return roll(x, shift, dim); }),
                                 of(g, "three dimensions", {2, 3, 4},
                                    [](const Tensor& x) {
                                      return roll(x, {1, -1, 6}, {0, 1, 2});
                                    }),
                                 of(g, "all elements", {2, 3}, [](const Tensor& x) { return roll(x, -2); }),
                                 of(g, "nothing", {2, 0}, [](const Tensor& x) { return roll(x, 1, 1); })};
    }};

const Samples rot90_samples{
    "rot90", [](Generator& g) {
      auto by = [](std::int64_t k) { return [=](const Tensor& x) { return rot90(x, k, {-1, 0}); }; };
      return std::vector<Sample>{of(g, "one quarter", {2, 3}, by(1)), of(g, "two", {2, 3, 2}, by(2)),
                                 of(g, "three, the other way round", {2, 3}, by(-1)), of(g, "four", {2, 3}, by(4))};
    }};

const Samples repeat_samples{"repeat", [](Generator& g) {
                               const std::int64_t times = sample_size(g, 0, 3);
                               return std::vector<Sample>{
                                   of(g, "drawn sizes", {sample_size(g), sample_size(g)},
                                      [=](const Tensor& x) {
                                        return repeat(x, {2, times});
                                      }),
                                   of(g, "a new dimension", {2, 3},
                                      [](const Tensor& x) {
                                        return repeat(x, {2, 1, 3});
                                      }),
                                   of(g, "a number", {},
                                      [](const Tensor& x) {
                                        return repeat(x, {2, 2});
                                      }),
                                   of(g, "once", {2, 3},
                                      [](const Tensor& x) {
                                        return repeat(x, {1, 1});
                                      }),
                                   of(g, "five dimensions", {2, 1, 2, 2, 2}, [](const Tensor& x) {
                                     return repeat(x, {2, 2, 2, 1, 2});
                                   })};
                             }};
const Samples tile_samples{
    "tile", [](Generator& g) {
      return std::vector<Sample>{of(g, "the last dimension", {2, 3}, [](const Tensor& x) { return tile(x, {2}); })};
    }};

const Samples repeat_interleave_samples{
    "repeat_interleave", [](Generator& g) {
      const Shape drawn = sample_shape(g, 1);
      const std::int64_t dim = sample_size(g, 0, drawn.size() - 1), times = sample_size(g, 0, 3);
      return std::vector<Sample>{
          of(g, "drawn sizes", drawn, [=](const Tensor& x) { return repeat_interleave(x, times, dim); }),
          of(g, "all elements", {2, 3}, [](const Tensor& x) { return repeat_interleave(x, 2); }),
          of(g, "eight dimensions", {1, 2, 1, 1, 2, 1, 1, 1},
             [](const Tensor& x) { return repeat_interleave(x, 2, -4); })};
    }};

}  // namespace
}  // namespace adora::suite
