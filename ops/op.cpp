#include "op.h"

#include <algorithm>
#include <cmath>

#include "../backends/basic.h"
#include "creation.h"

namespace adora {
namespace {

std::vector<const Op*>& registry() {
  static std::vector<const Op*> ops;
  return ops;
}

void enter(const Op* op) {
  auto& ops = registry();
  auto place = std::lower_bound(ops.begin(), ops.end(), op, [](const Op* a, const Op* b) { return a->name < b->name; });
  check(place == ops.end() || (*place)->name != op->name, "there are two ops with the name {}", op->name);
  ops.insert(place, op);
}

/// Numbers on a grid, `place` of a step above its points: away from 0, from halves and from the numbers of another
/// place, where elementwise functions have their kinks and no numeric derivative is right.
Tensor off_kinks(Generator& generator, const Shape& shape, const OpTraits& traits, double place) {
  constexpr double steps = 512;
  std::vector<double> numbers = to_vector<double>(sample_tensor(generator, shape, traits.low, traits.high));
  for (double& number : numbers) number = (std::floor(number * steps) + place) / steps;
  return tensor(numbers, shape, cpu);
}

}  // namespace

Op::Op(const char* name, Tensor (*function)(const Tensor&), OpTraits traits)
    : Op(
          name,
          [=](Generator& generator) {
            std::vector<Sample> samples;
            std::vector<Shape> shapes{{}, {5}, {2, 3}, {3, 1, 4}, {0, 3}};
            for (int i = 0; i < 3; ++i) shapes.push_back(sample_shape(generator));
            for (const Shape& shape : shapes) {
              samples.push_back({"shape " + to_string(shape),
                                 {off_kinks(generator, shape, traits, 0.5)},
                                 [=](const Tensors& in) { return function(in[0]); }});
            }
            return samples;
          },
          traits) {}

Op::Op(const char* name, Tensor (*function)(const Tensor&, const Tensor&), OpTraits traits)
    : Op(
          name,
          [=](Generator& generator) {
            std::vector<Sample> samples;
            std::vector<std::pair<Shape, Shape>> shapes{{{}, {}},         {{5}, {5}},       {{2, 3}, {2, 3}},
                                                        {{2, 3, 4}, {4}}, {{3, 1}, {1, 4}}, {{}, {2, 2}},
                                                        {{2, 3}, {}},     {{0, 3}, {3}}};
            for (int i = 0; i < 4; ++i) {
              const Shape whole = sample_shape(generator);
              shapes.emplace_back(sample_broadcastable(generator, whole), sample_broadcastable(generator, whole));
            }
            for (const auto& [a, b] : shapes) {
              samples.push_back({"shapes " + to_string(a) + " and " + to_string(b),
                                 {off_kinks(generator, a, traits, 0.5), off_kinks(generator, b, traits, 0.75)},
                                 [=](const Tensors& in) { return function(in[0], in[1]); }});
            }
            return samples;
          },
          traits) {}

Op::Op(const char* name, std::function<std::vector<Sample>(Generator&)> samples, OpTraits traits)
    : name(name), samples(std::move(samples)), traits(traits) {
  check(this->samples != nullptr, "Op: the function that makes samples of {} is empty", name);
  enter(this);
}

const std::vector<const Op*>& Op::all() { return registry(); }

const Op* Op::find(const std::string& name) {
  for (const Op* op : registry()) {
    if (op->name == name) return op;
  }
  return nullptr;
}

Tensor sample_tensor(Generator& generator, const Shape& shape, double low, double high) {
  Tensor x = empty(shape, float64, cpu);
  backends::fill_uniform(x, low, high, generator);
  return to(x, default_device());
}

Tensor sample_indices(Generator& generator, const Shape& shape, std::int64_t n) {
  check(n > 0, "sample_indices: there are no indices below {}", n);
  Tensor x = empty(shape, int64, cpu);
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    x.data<std::int64_t>()[i] = static_cast<std::int64_t>(generator.below(static_cast<std::uint64_t>(n)));
  }
  return to(x, default_device());
}

std::int64_t sample_size(Generator& generator, std::int64_t low, std::int64_t high) {
  check(low <= high, "sample_size: there is no size from {} to {}", low, high);
  return low + static_cast<std::int64_t>(generator.below(static_cast<std::uint64_t>(high - low + 1)));
}

Shape sample_shape(Generator& generator, int fewest, int most) {
  Shape shape = Shape::filled(static_cast<int>(sample_size(generator, fewest, most)), 1);
  // Few elements in all: numeric derivatives take two calls for each.
  std::int64_t room = 30;
  for (int d = 0; d < shape.size(); ++d) {
    shape[d] = generator.below(20) == 0 ? 0 : sample_size(generator, 1, std::min<std::int64_t>(room, 5));
    room /= std::max<std::int64_t>(shape[d], 1);
  }
  return shape;
}

Shape sample_broadcastable(Generator& generator, const Shape& shape) {
  Shape result;
  const auto left_out = generator.below(2) == 0 ? 0 : sample_size(generator, 0, shape.size());
  for (int d = static_cast<int>(left_out); d < shape.size(); ++d) {
    result.push_back(generator.below(4) == 0 ? 1 : shape[d]);
  }
  return result;
}

}  // namespace adora
