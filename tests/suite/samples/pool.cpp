#include "ops/pool.h"

#include <numeric>

#include "sample.h"

namespace adora::suite {
namespace {

/// Different numbers, evenly spread and shuffled, so that no small change makes another one the largest.
Tensor shuffled(Generator& g, const Shape& shape) {
  std::vector<double> numbers(static_cast<std::size_t>(numel(shape)));
  std::iota(numbers.begin(), numbers.end(), 0.5);
  for (std::size_t i = numbers.size(); i > 1; --i) std::swap(numbers[i - 1], numbers[g.below(i)]);
  for (double& number : numbers) number = 4 * number / static_cast<double>(numbers.size()) - 2;
  return to(tensor(numbers, shape, cpu), default_device());
}

/// [n, c, size…] of `axes` axes; without n where that is negative.
Shape images(std::int64_t n, std::int64_t c, std::int64_t size, int axes) {
  Shape shape{c};
  if (n >= 0) shape.insert(0, n);
  for (int d = 0; d < axes; ++d) shape.push_back(size + d % 2);
  return shape;
}

std::int64_t size_for(int axes) { return axes == 3 ? 2 : axes == 2 ? 3 : 6; }

auto samples_of(Tensor (*f)(const Tensor&, const Shape&, const MaxPoolOptions&), int axes) {
  return [=](Generator& g) {
    auto call = [&](const char* what, const Shape& shape, const Shape& kernel, const MaxPoolOptions& options) {
      return Sample{what, {shuffled(g, shape)}, [=](const Tensors& in) { return f(in[0], kernel, options); }};
    };
    const std::int64_t size = size_for(axes);
    return std::vector<Sample>{
        call("plain", images(2, 2, size, axes), {2}, {}),
        call("overlapping, padded", images(1, 2, size, axes), {3}, {.stride = {1}, .padding = {1}}),
        call("dilation, rounded up", images(1, 2, size + 1, axes), {2},
             {.stride = {2}, .dilation = {2}, .ceil_mode = true}),
        call("no batch", images(-1, 2, size, axes), {2}, {}),
        call("no images", images(0, 2, size, axes), {2}, {}),
        call("drawn sizes", images(1, sample_size(g, 1, 2), sample_size(g, 2, 3), axes), {2},
             {.stride = {sample_size(g, 1, 3)}, .padding = {sample_size(g, 0, 1)}})};
  };
}

auto samples_of(Tensor (*f)(const Tensor&, const Shape&, const AvgPoolOptions&), int axes) {
  return [=](Generator& g) {
    auto call = [&](const char* what, const Shape& shape, const Shape& kernel, const AvgPoolOptions& options) {
      return Sample{what, {sample_tensor(g, shape)}, [=](const Tensors& in) { return f(in[0], kernel, options); }};
    };
    const std::int64_t size = size_for(axes);
    return std::vector<Sample>{
        call("plain", images(2, 2, size, axes), {2}, {}),
        call("overlapping, padded", images(1, 2, size, axes), {3}, {.stride = {1}, .padding = {1}}),
        call("padding that does not count, rounded up", images(1, 2, size, axes), {2},
             {.stride = {2}, .padding = {1}, .ceil_mode = true, .count_include_pad = false}),
        call("another divisor", images(1, 1, size, axes), {2}, {.divisor_override = 3}),
        call("no batch", images(-1, 2, size, axes), {2}, {}),
        call("no images", images(0, 2, size, axes), {2}, {}),
        call("drawn sizes", images(1, sample_size(g, 1, 2), sample_size(g, 2, 3), axes), {2},
             {.stride = {sample_size(g, 1, 3)}, .padding = {sample_size(g, 0, 1)}, .ceil_mode = true})};
  };
}

auto samples_of(Tensor (*f)(const Tensor&, const Shape&), int axes) {
  return [=](Generator& g) {
    auto call = [&](const char* what, const Shape& shape, const Shape& size) {
      return Sample{what, {shuffled(g, shape)}, [=](const Tensors& in) { return f(in[0], size); }};
    };
    const std::int64_t size = size_for(axes);
    return std::vector<Sample>{call("one number", images(2, 2, size, axes), {1}),
                               call("overlapping", images(1, 2, size, axes), {2}),
                               call("more than there are", images(1, 1, 2, axes), {3}),
                               call("no batch", images(-1, 2, size, axes), {2}),
                               call("no images", images(0, 2, size, axes), {2}),
                               call("drawn sizes", images(1, 2, sample_size(g, 2, 3), axes), {sample_size(g, 1, 3)})};
  };
}

const Samples max_pool1d_samples{"max_pool1d", samples_of(max_pool1d, 1)};
const Samples max_pool2d_samples{"max_pool2d", samples_of(max_pool2d, 2)};
const Samples max_pool3d_samples{"max_pool3d", samples_of(max_pool3d, 3)};
const Samples avg_pool1d_samples{"avg_pool1d", samples_of(avg_pool1d, 1)};
const Samples avg_pool2d_samples{"avg_pool2d", samples_of(avg_pool2d, 2)};
const Samples avg_pool3d_samples{"avg_pool3d", samples_of(avg_pool3d, 3)};
const Samples adaptive_avg_pool1d_samples{"adaptive_avg_pool1d", samples_of(adaptive_avg_pool1d, 1)};
const Samples adaptive_avg_pool2d_samples{"adaptive_avg_pool2d", samples_of(adaptive_avg_pool2d, 2)};
const Samples adaptive_avg_pool3d_samples{"adaptive_avg_pool3d", samples_of(adaptive_avg_pool3d, 3)};
const Samples adaptive_max_pool1d_samples{"adaptive_max_pool1d", samples_of(adaptive_max_pool1d, 1)};
const Samples adaptive_max_pool2d_samples{"adaptive_max_pool2d", samples_of(adaptive_max_pool2d, 2)};
const Samples adaptive_max_pool3d_samples{"adaptive_max_pool3d", samples_of(adaptive_max_pool3d, 3)};

}  // namespace
}  // namespace adora::suite
