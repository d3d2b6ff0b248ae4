#include <cmath>
#include <cstring>
#include <limits>

#include "../../catch.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

/// The number nearest to x with `digits` significant bits, ties to even, no finer than `finest`: what storing x in a
/// short format means, by arithmetic in double and not on bits.
double rounded(double x, int digits, double finest) {
  if (x == 0 || std::isnan(x) || std::isinf(x)) return x;
  double step = std::max(std::ldexp(1.0, std::ilogb(x) - digits + 1), finest);
  return std::nearbyint(x / step) * step;
}

/// Floats of every size, NaN and infinity among them.
std::vector<float> many_floats() {
  std::vector<float> values;
  Generator generator(11);
  for (int i = 0; i < 20000; ++i) {
    std::uint32_t bits = static_cast<std::uint32_t>(generator.next());
    float value;
    std::memcpy(&value, &bits, 4);
    values.push_back(value);
    values.push_back(
        std::ldexp(static_cast<float>(generator.uniform() - 0.5), static_cast<int>(generator.below(50)) - 30));
  }
  return values;
}

}  // namespace

TEST_CASE("every dtype has a name and a size, and the C++ type leads back to it") {
  CHECK(name(float32) == "float32");
  CHECK(name(boolean) == "bool");
  CHECK(size_of(bfloat16) == 2);
  CHECK(size_of(int64) == 8);
  for (DType dtype : all_dtypes) {
    visit(dtype, [&]<class T>() {
      CHECK(dtype_of<T>() == dtype);
      CHECK(sizeof(T) == size_of(dtype));
      CHECK(is_floating(dtype) == (std::is_floating_point_v<T> || sizeof(T) == 2));
    });
  }
}

TEST_CASE("bfloat16 holds the nearest number of 8 bits, ties to even") {
  for (float value : many_floats()) {
    float stored = static_cast<float>(bf16(value));
    double nearest = rounded(value, 8, 0x1p-133);
    if (std::isnan(value)) CHECK(std::isnan(stored));
    else if (std::abs(nearest) >= 0x1p128) CHECK(std::isinf(stored));
    else CHECK(static_cast<double>(stored) == nearest);
  }
  CHECK(static_cast<float>(bf16(1.0f + 0x1p-8f)) == 1.0f);                // a tie, to even below
  CHECK(static_cast<float>(bf16(1.0f + 3 * 0x1p-8f)) == 1.0f + 0x1p-6f);  // a tie, to even above
}

TEST_CASE("float16 holds the nearest number of 11 bits, ties to even, down to 2^-24 and up to 65504") {
  for (float value : many_floats()) {
    float stored = static_cast<float>(f16(value));
    double nearest = rounded(value, 11, 0x1p-24);
    if (std::isnan(value)) CHECK(std::isnan(stored));
    else if (std::abs(nearest) > 65504) CHECK(stored == std::copysign(std::numeric_limits<float>::infinity(), value));
    else CHECK(static_cast<double>(stored) == nearest);
  }
  CHECK(static_cast<float>(f16(65519.0f)) == 65504.0f);
  CHECK(std::isinf(static_cast<float>(f16(65520.0f))));
  CHECK(static_cast<float>(f16(0x1p-25f)) == 0.0f);
  CHECK(std::signbit(static_cast<float>(f16(-0.0f))));
}

TEST_CASE("every float16 and bfloat16 survives a way through float") {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    f16 half;
    half.bits = static_cast<std::uint16_t>(bits);
    bf16 brain;
    brain.bits = static_cast<std::uint16_t>(bits);
    float a = half, b = brain;
    if (!(std::isnan(a) ? std::isnan(static_cast<float>(f16(a))) : f16(a).bits == bits)) FAIL("float16 " << bits);
    if (!(std::isnan(b) ? std::isnan(static_cast<float>(bf16(b))) : bf16(b).bits == bits)) FAIL("bfloat16 " << bits);
  }
}

TEST_CASE("an op for floating tensors refuses whole numbers and says how to convert them") {
  CHECK_THROWS_WITH(visit_floating("blend", int32, []<class T>() {}),
                    ContainsSubstring("blend") && ContainsSubstring("int32") && ContainsSubstring("to(x, float32)"));
}
