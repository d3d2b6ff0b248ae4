#include "sample.h"

#include <cmath>

namespace adora::suite {
namespace {

std::map<std::string, Samples::Make>& registry() {
  static std::map<std::string, Samples::Make> samples;
  return samples;
}

/// Numbers on a grid, `place` of a step above its points: away from 0, from halves and from the numbers of another
/// place, where elementwise functions have their kinks and no numeric derivative is right.
Tensor off_kinks(Generator& generator, const Shape& shape, const OpTraits& traits, double place) {
  constexpr double steps = 512;
  std::vector<double> numbers = to_vector<double>(sample_tensor(generator, shape, traits.low, traits.high));
  for (double& number : numbers) number = (std::floor(number * steps) + place) / steps;
  return tensor(numbers, shape, cpu);
}

std::vector<Sample> of_one_tensor(const Op& op, Generator& generator) {
  std::vector<Sample> samples;
  std::vector<Shape> shapes{{}, {5}, {2, 3}, {3, 1, 4}, {0, 3}};
  for (int i = 0; i < 3; ++i) shapes.push_back(sample_shape(generator));
  for (const Shape& shape : shapes) {
    samples.push_back({"shape " + to_string(shape),
                       {off_kinks(generator, shape, op.traits, 0.5)},
                       [f = op.unary](const Tensors& in) { return f(in[0]); }});
  }
  return samples;
}

std::vector<Sample> of_two_tensors(const Op& op, Generator& generator) {
  std::vector<Sample> samples;
  std::vector<std::pair<Shape, Shape>> shapes{{{}, {}},         {{5}, {5}},   {{2, 3}, {2, 3}}, {{2, 3, 4}, {4}},
                                              {{3, 1}, {1, 4}}, {{}, {2, 2}}, {{2, 3}, {}},     {{0, 3}, {3}}};
  for (int i = 0; i < 4; ++i) {
    const Shape whole = sample_shape(generator);
    shapes.emplace_back(sample_broadcastable(generator, whole), sample_broadcastable(generator, whole));
  }
  for (const auto& [a, b] : shapes) {
    samples.push_back({"shapes " + to_string(a) + " and " + to_string(b),
                       {off_kinks(generator, a, op.traits, 0.5), off_kinks(generator, b, op.traits, 0.75)},
                       [f = op.binary](const Tensors& in) { return f(in[0], in[1]); }});
  }
  return samples;
}

}  // namespace

Samples::Samples(const std::string& op, Make make) {
  check(registry().emplace(op, std::move(make)).second, "the suite has two sets of samples of the op {}", op);
}

std::vector<Sample> Samples::of(const Op& op, Generator& generator) {
  std::vector<Sample> samples;
  if (op.unary) samples = of_one_tensor(op, generator);
  if (op.binary) samples = of_two_tensors(op, generator);
  if (const auto found = registry().find(op.name); found != registry().end()) {
    for (Sample& sample : found->second(generator)) samples.push_back(std::move(sample));
  }
  return samples;
}

const std::map<std::string, Samples::Make>& Samples::all() { return registry(); }

}  // namespace adora::suite
