#include "../../numeric.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

std::vector<double> plain_rope(const Tensor& x, double theta, bool interleaved, double start) {
  std::vector<double> p = to_vector<double>(x), y(p.size());
  auto tokens = static_cast<std::size_t>(x.size(-2)), d = static_cast<std::size_t>(x.size(-1));
  for (std::size_t r = 0; r < p.size() / d; ++r) {
    for (std::size_t i = 0; i < d / 2; ++i) {
      double angle = (start + static_cast<double>(r % tokens)) /
                     std::pow(theta, 2.0 * static_cast<double>(i) / static_cast<double>(d));
      std::size_t a = r * d + (interleaved ? 2 * i : i), b = r * d + (interleaved ? 2 * i + 1 : i + d / 2);
      y[a] = p[a] * std::cos(angle) - p[b] * std::sin(angle);
      y[b] = p[a] * std::sin(angle) + p[b] * std::cos(angle);
    }
  }
  return y;
}

}  // namespace

TEST_CASE("rope turns pairs as its formula says, in both layouts, from any position, for any view") {
  Generator generator(1);
  for (bool interleaved : {false, true}) {
    for (std::int64_t start : {0, 5, 100000}) {
      for (bool view : {false, true}) {
        Tensor x = uniform({2, 3, 7, 10}, -1, 1, generator, float64);
        if (view) x = transpose(x, 1, 2);
        RopeOptions options{
            .theta = 500, .layout = interleaved ? RopeLayout::interleaved : RopeLayout::half, .start = start};
        std::vector<double> expected = plain_rope(x, 500, interleaved, static_cast<double>(start));
        CHECK(close(to_vector<double>(rope(x, options)), expected, 1e-10));
        Tensor narrow = to(x, float32);
        CHECK(close(to_vector<double>(rope(narrow, options)), expected, 1e-6));
      }
    }
  }
}

TEST_CASE("the gradient of rope is the rotation back") {
  Generator generator(2);
  for (RopeLayout layout : {RopeLayout::half, RopeLayout::interleaved}) {
    Tensor x = requires_grad(uniform({2, 5, 6}, -1, 1, generator, float64));
    Tensor y = rope(x, {.layout = layout, .start = 3});
    backward(y, y.detach());
    CHECK(close(to_vector<double>(grad(x)), to_vector<double>(x), 1e-14));
  }
}

TEST_CASE("rope in parts gives what rope at once gives") {
  Generator generator(3);
  Tensor x = uniform({1, 2, 9, 8}, -1, 1, generator);
  std::vector<float> whole = to_vector<float>(slice(rope(x), 2, 4, 9));
  CHECK(to_vector<float>(rope(slice(x, 2, 4, 9), {.start = 4})) == whole);
}

TEST_CASE("rope refuses an odd head size") {
  CHECK_THROWS_WITH(rope(zeros({2, 3, 5})), ContainsSubstring("[2, 3, 5]"));
  CHECK_THROWS_AS(rope(zeros({4})), Error);
}

TEST_CASE("rope turns as many pairs as there are frequencies, times the amplitude, and leaves the rest") {
  Generator generator(12);
  const Tensor x = uniform({2, 3, 7}, -1, 1, generator, float64);
  const std::vector<double> frequencies{1.5, 0.2}, in = to_vector<double>(x);
  for (const bool interleaved : {false, true}) {
    const auto layout = interleaved ? RopeLayout::interleaved : RopeLayout::half;
    const auto y =
        to_vector<double>(rope(x, {.layout = layout, .start = 2, .frequencies = frequencies, .amplitude = 1.25}));
    for (std::size_t row = 0; row < 6; ++row) {
      for (std::size_t i = 0; i < 2; ++i) {
        const std::size_t one = 7 * row + (interleaved ? 2 * i : i), other = one + (interleaved ? 1 : 2);
        const double angle = static_cast<double>(2 + row % 3) * frequencies[i];
        CHECK(y[one] == Approx(1.25 * (in[one] * std::cos(angle) - in[other] * std::sin(angle))));
        CHECK(y[other] == Approx(1.25 * (in[other] * std::cos(angle) + in[one] * std::sin(angle))));
      }
      for (std::size_t c = 4; c < 7; ++c) CHECK(y[7 * row + c] == in[7 * row + c]);
    }
  }
  CHECK_THROWS_WITH(rope(x, {.frequencies = {1, 1, 1, 1}}), ContainsSubstring("4 frequencies"));
  CHECK_THROWS_WITH(rope(x, {.frequencies = {std::nan("")}}), ContainsSubstring("finite"));
}

TEST_CASE("rope of more pairs than a kernel takes at once turns all of them") {
  const Tensor x = ones({1, 1040}, float64);
  std::vector<double> frequencies;
  for (int i = 0; i < 520; ++i) frequencies.push_back(0.01 * i);
  const auto y = to_vector<double>(rope(x, {.start = 3, .frequencies = frequencies}));
  for (std::size_t i = 0; i < 520; ++i)
    CHECK(y[i] ==
          Approx(std::cos(0.03 * static_cast<double>(i)) - std::sin(0.03 * static_cast<double>(i))).margin(1e-14));
}
