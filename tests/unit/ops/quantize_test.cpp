#include "ops/quantize.h"

#include <cmath>

#include "../../catch.h"
#include "../../numeric.h"
#include "backends/quantized.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

/// As the paper prints them, QLoRA's appendix E.
constexpr double published[16] = {-1.0,
                                  -0.6961928009986877,
                                  -0.5250730514526367,
                                  -0.39491748809814453,
                                  -0.28444138169288635,
                                  -0.18477343022823334,
                                  -0.09105003625154495,
                                  0.0,
                                  0.07958029955625534,
                                  0.16093020141124725,
                                  0.24611230194568634,
                                  0.33791524171829224,
                                  0.44070982933044434,
                                  0.5626170039176941,
                                  0.7229568362236023,
                                  1.0};

constexpr QuantizedFormat both_formats[] = {QuantizedFormat::nf4, QuantizedFormat::int8};

/// Each number's nearest of the values that its stored scale allows, by trying all; and its bound.
struct Plain {
  std::vector<double> values, bounds;
};

/// Plain loops: scales from the largest of each block and group, rounded up in eight bits by trying all 256.
Plain plainly(const std::vector<double>& x, std::size_t rows, std::size_t columns, QuantizedFormat format) {
  const std::size_t blocks = (columns + 63) / 64;
  std::vector<double> largest(rows * blocks, 0), group_scales((rows * blocks + 255) / 256, 0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    double& most = largest[i / columns * blocks + i % columns / 64];
    most = std::max(most, std::abs(x[i]));
  }
  for (std::size_t b = 0; b < largest.size(); ++b) group_scales[b / 256] = std::max(group_scales[b / 256], largest[b]);
  Plain result;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t b = i / columns * blocks + i % columns / 64;
    const double group_scale = group_scales[b / 256];
    float scale = 0;
    for (int q = 0; q < 256; ++q) {
      const float share = static_cast<float>(q) / 255.0F;
      scale = static_cast<float>(group_scale) * (share * share);
      if (scale >= static_cast<float>(largest[b])) break;
    }
    double nearest = INFINITY;
    auto consider = [&](double level) {
      const double value = scale * level;
      if (std::abs(value - x[i]) < std::abs(nearest - x[i])) nearest = value;
    };
    if (format == QuantizedFormat::nf4) {
      for (double level : published) consider(level);
    } else {
      for (int code = -127; code <= 127; ++code) consider(code / 127.0);
    }
    result.values.push_back(nearest);
    const double root = std::sqrt(largest[b]) + std::sqrt(group_scale) / 255;
    result.bounds.push_back((format == QuantizedFormat::nf4 ? 0.1519036 : 1 / 254.0) * root * root * (1 + 1e-6));
  }
  return result;
}

/// Numbers against the plain ones: the same, or where two levels lie equally near the other.
void check_numbers(const Tensor& weight, QuantizedFormat format) {
  const auto x = to_vector<double>(weight);
  const auto rows = static_cast<std::size_t>(weight.size(0)), columns = static_cast<std::size_t>(weight.size(1));
  const Plain expected = plainly(x, rows, columns, format);
  const auto found = to_vector<double>(dequantize(quantize(weight, format)));
  REQUIRE(found.size() == x.size());
  std::size_t wrong = 0, beyond = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double size = std::abs(expected.values[i]) + 1e-300, error = std::abs(found[i] - x[i]);
    const bool same = std::abs(found[i] - expected.values[i]) <= 1e-6 * size;
    const bool tie = std::abs(error - std::abs(expected.values[i] - x[i])) <= 1e-6 * size;
    wrong += !same && !tie;
    beyond += error > expected.bounds[i];
  }
  CHECK(wrong == 0);
  CHECK(beyond == 0);
}

}  // namespace

TEST_CASE("the levels of NF4 are the sixteen that were published") {
  for (std::size_t k = 0; k < 16; ++k) CHECK(static_cast<double>(backends::nf4_levels[k]) == published[k]);
}

TEST_CASE("quantized numbers are those of plain loops and lie within the bound, short blocks and odd rows too") {
  Generator g(3);
  for (QuantizedFormat format : both_formats) {
    for (const Shape& shape : {Shape{1, 1}, Shape{3, 64}, Shape{5, 65}, Shape{4, 127}, Shape{7, 200}, Shape{300, 70}}) {
      for (DType dtype : {float32, float64, bfloat16}) {
        CAPTURE(name(format), to_string(shape), name(dtype));
        const Tensor weight = to(normal(shape, 0, 0.02, g, float64), dtype);
        const Tensor numbers = to(weight, float32);  // what is quantized
        check_numbers(numbers, format);
        const QuantizedMatrix q = quantize(weight, format);
        CHECK(dequantize(q).dtype() == dtype);
        CHECK(to_vector<double>(dequantize(q)) ==
              to_vector<double>(to(dequantize(quantize(numbers, format).with_dtype(dtype)), dtype)));
      }
    }
  }
}

TEST_CASE("blocks of very different sizes keep within the bound, and a huge number spoils its own block alone") {
  Generator g(4);
  for (QuantizedFormat format : both_formats) {
    std::vector<double> values = to_vector<double>(normal({40, 150}, 0, 1, g));
    for (std::size_t row = 0; row < 40; ++row) {
      const double size = std::pow(10.0, -0.2 * static_cast<double>(row));
      for (std::size_t i = 0; i < 150; ++i) values[row * 150 + i] *= size;
    }
    check_numbers(to(tensor(values, {40, 150}), float32), format);
    std::vector<double> one(256, 0.01);
    one[70] = 1e6;
    const auto found = to_vector<double>(dequantize(quantize(tensor(one, {1, 256}), format)));
    CHECK(found[70] == Approx(1e6).epsilon(1e-6));
    check_numbers(to(tensor(one, {1, 256}), float32), format);
  }
}

TEST_CASE("zeros stay zeros, in rows of zeros and among others") {
  Generator g(5);
  std::vector<double> values = to_vector<double>(normal({6, 130}, 0, 0.3, g));
  for (std::size_t i = 0; i < values.size(); ++i)
    if (i / 130 == 2 || i % 3 == 0) values[i] = 0;
  for (QuantizedFormat format : both_formats) {
    const auto found = to_vector<double>(dequantize(quantize(tensor(values, {6, 130}), format)));
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < values.size(); ++i) wrong += values[i] == 0 && found[i] != 0;
    CHECK(wrong == 0);
    CHECK(to_vector<double>(dequantize(quantize(zeros({3, 5}), format))) == std::vector<double>(15, 0.0));
  }
}

TEST_CASE("the largest and the smallest numbers of float32 are quantized without overflow") {
  for (QuantizedFormat format : both_formats) {
    for (double size : {3.4e38, 1e-38, 1e-44}) {
      const Tensor w = tensor(std::vector<float>{static_cast<float>(size), static_cast<float>(-size), 0}, {1, 3});
      CHECK(to_vector<double>(dequantize(quantize(w, format))) == to_vector<double>(w));
    }
  }
}

TEST_CASE("a matrix may be a view of any strides, and a part of its rows may be had alone") {
  Generator g(6);
  const Tensor wide = normal({70, 90}, 0, 1, g), view = slice(transpose(wide), 1, 3, 68);
  for (QuantizedFormat format : both_formats) {
    const QuantizedMatrix q = quantize(view, format);
    CHECK(to_vector<float>(dequantize(q)) == to_vector<float>(dequantize(quantize(contiguous(view), format))));
    CHECK(to_vector<float>(dequantized_rows(q, 5, 33)) == to_vector<float>(slice(dequantize(q), 0, 5, 33)));
    CHECK_THROWS_WITH(dequantized_rows(q, 5, 91), ContainsSubstring("no rows 5 … 91"));
  }
  CHECK(to_vector<float>(dequantized_rows(wide, 2, 4)) == to_vector<float>(slice(wide, 0, 2, 4)));
  CHECK(dequantize(wide).is(wide));
}

TEST_CASE("a quantized matrix takes little more than half a byte a number in NF4, and one in int8") {
  for (const Shape& shape : {Shape{128, 344}, Shape{1024, 1024}, Shape{4096, 4096}}) {
    for (auto [format, most] : {std::pair{QuantizedFormat::nf4, 0.52}, {QuantizedFormat::int8, 1.02}}) {
      CAPTURE(to_string(shape), name(format));
      const Tensor weight = full(shape, 0.5, bfloat16);
      allocator(default_device()).drop_cache();  // a larger block might be taken from there
      const std::size_t before = memory_stats().current;
      const QuantizedMatrix q = quantize(weight, format);
      const auto held = static_cast<double>(memory_stats().current - before);
      double bytes = 0;
      for (const Tensor& part : {q.codes, q.scales, q.group_scales})
        bytes += static_cast<double>(part.numel()) * static_cast<double>(size_of(part.dtype()));
      CHECK(bytes / static_cast<double>(numel(shape)) < most);
      CHECK(held <= bytes * (1 + 1 / 7.0) + 192);  // sizes are rounded up to an eighth of a power of two
      if (shape[0] == 4096) CHECK(held / static_cast<double>(numel(shape)) < most);
    }
  }
}

TEST_CASE("quantizing says what it can't take") {
  CHECK_THROWS_WITH(quantize(ones({3}), QuantizedFormat::nf4), ContainsSubstring("float32 [3]"));
  CHECK_THROWS_WITH(quantize(ones({3, 2}, int64), QuantizedFormat::nf4), ContainsSubstring("floating"));
  CHECK_THROWS_WITH(quantize({}, QuantizedFormat::int8), ContainsSubstring("undefined"));
  CHECK_THROWS_WITH(quantize(requires_grad(ones({3, 2})), QuantizedFormat::nf4), ContainsSubstring("NoGrad"));
  for (double bad : {std::nan(""), static_cast<double>(INFINITY), -static_cast<double>(INFINITY), 1e300}) {
    std::vector<double> values(300, 1);
    values[270] = bad;
    CHECK_THROWS_WITH(quantize(tensor(values, {3, 100}), QuantizedFormat::nf4),
                      ContainsSubstring("row 2") && ContainsSubstring("not finite"));
  }
  CHECK_FALSE(quantized_format("fp4"));
  CHECK(quantized_format("int8") == QuantizedFormat::int8);
}
