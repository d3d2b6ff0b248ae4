#include "../../devices.h"
#include "dora_layer.h"

using namespace adora;
using namespace adora::test;

namespace {

/// A weight of a half type [out, in] and factors that are trained in float32, of numbers that the half type has: their
/// products are the same on a device that rounds factors to it.
Layer half_layer(std::int64_t out, std::int64_t in, std::int64_t rank, DType half) {
  Layer layer({1, in}, out, rank, NormAxis::output, half);
  layer.A = to(layer.A, float32), layer.B = to(layer.B, float32);
  return layer;
}

std::vector<double> norm_on(Device device, const Layer& layer, double scale, NormAxis axis = NormAxis::output) {
  return to_vector<double>(
      dora_weight_norm(to(layer.weight, device), to(layer.A, device), to(layer.B, device), scale, axis));
}

}  // namespace

TEST_CASE("the norm of a half-precision weight is that of plain loops, whatever its size") {
  for (auto [out, in, rank] : {std::array<std::int64_t, 3>{1, 8, 1},
                               {130, 264, 33},
                               {300, 136, 16},
                               {40, 1032, 64},
                               {129, 200, 512},
                               {64, 136, 129},
                               {33, 1032, 384},
                               {7, 72, 600},
                               {5, 33, 3}}) {
    for (DType half : {bfloat16, float16}) {
      CAPTURE(out, in, rank, name(half));
      const Layer layer = half_layer(out, in, rank, half);
      for (Device device : test_devices()) {
        INFO(to_string(device));
        CHECK(close(norm_on(device, layer, 0.3), row_lengths(layer, 0.3), 1e-5));
      }
    }
  }
}

TEST_CASE("the norm takes half-precision weights that are views, and either axis") {
  for (Device device : test_devices()) {
    for (std::int64_t begin : {0, 8, 3}) {  // rows with a gap between them, on a boundary of 16 bytes and not
      CAPTURE(to_string(device), begin);
      Layer layer = half_layer(150, 144, 4, bfloat16);
      const Tensor wide = cat({layer.weight, layer.weight}, 1);
      layer.weight = slice(wide, 1, begin, begin + 144);
      const std::vector<double> expected = row_lengths(layer, 0.5);
      layer.weight = slice(to(wide, device), 1, begin, begin + 144);
      CHECK(close(norm_on(device, layer, 0.5), expected, 1e-5));
      // The columns of the transpose.
      layer.weight = transpose(layer.weight);
      const Tensor A = layer.A;
      layer.A = transpose(layer.B), layer.B = transpose(A);
      CHECK(close(norm_on(device, layer, 0.5, NormAxis::input), expected, 1e-5));
    }
  }
}

TEST_CASE("the norm of half-precision rows that nearly cancel is that of plain loops, at any rank") {
  for (std::int64_t rank : {4, 40, 200}) {
    Layer layer = half_layer(6, 136, rank, bfloat16);
    // Rows 1 and 4 of W become the rounded -scale·B·A.
    const Tensor low = to(matmul(to(layer.B, float64), to(layer.A, float64)) * -1.5, bfloat16);
    for (std::int64_t j : {1, 4}) copy_(select(layer.weight, 0, j), select(low, 0, j));
    const std::vector<double> expected = row_lengths(layer, 1.5);
    CHECK(expected[1] < expected[0] / 50);
    for (Device device : test_devices()) {
      CAPTURE(rank, to_string(device));
      const std::vector<double> n = norm_on(device, layer, 1.5);
      for (std::size_t j = 0; j < n.size(); ++j) CHECK(n[j] == Approx(expected[j]).epsilon(1e-3));
    }
  }
}

TEST_CASE("a row of zeros has the length zero beside others of length 300") {
  Layer layer = half_layer(3, 64, 2, bfloat16);
  const Tensor row = full({1, 64}, 37.5, bfloat16);
  layer.weight = cat({row, zeros_like(row), row}), layer.B = zeros({3, 2});
  for (Device device : test_devices()) CHECK(norm_on(device, layer, 2) == std::vector<double>{300, 0, 300});
}
