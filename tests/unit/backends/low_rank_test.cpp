#include <array>
#include <cmath>

#include "../../devices.h"
#include "../../drawn.h"
#include "../../numeric.h"
#include "backends/low_rank.h"
#include "but_elementwise.h"

using namespace adora;
using backends::DropoutMask;

// The passes of adapted layers, against plain loops in double over the very numbers that the device is given.

namespace {

using Numbers = std::vector<double>;

/// Numbers of a dtype, rounded to `factors` where they are multiplied in that.
Tensor drawn(const Shape& shape, DType dtype, DType factors, Generator& g) {
  return to(to(sample_tensor(g, shape, -1, 1), factors), dtype);
}

/// [rows, r] as [rows, R], filled up with zeros.
Tensor narrow(const Tensor& x) {
  Tensor wide = zeros({x.size(0), backends::narrow_columns(x.size(1))}, x.dtype());
  copy_(slice(wide, 1, 0, x.size(1)), x);
  return wide;
}

std::vector<DType> large_dtypes(Device device) {
  if (device.type == DeviceType::cuda) return {bfloat16, float16, float32, float64};
  return {float32, float64};
}

DType arithmetic(DType large) { return large == float64 ? float64 : float32; }

/// How far a result of `terms` terms may be from that in double, relative to the largest.
double tolerance(DType large) {
  return large == float64 ? 1e-12 : large == float32 ? 1e-5 : large == float16 ? 2e-3 : 1e-2;
}

/// The factors, 0 or scale, by which the mask multiplies n elements.
Numbers factors_of(const DropoutMask& mask, std::int64_t n) {
  Numbers factors(static_cast<std::size_t>(n), 1.0);
  if (mask.p == 0) return factors;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const Philox block(mask.seed, mask.offset + i / 4, mask.stream);
    factors[i] = block.word[i % 4] < mask.threshold() ? 0 : mask.scale();
  }
  return factors;
}

/// scale·left·right of [T, r] and [r, N], row by row.
Numbers product(const Tensor& left, const Tensor& right, double scale) {
  const Numbers a = to_vector<double>(left), b = to_vector<double>(right);
  const auto T = static_cast<std::size_t>(left.size(0)), r = static_cast<std::size_t>(left.size(1)),
             N = static_cast<std::size_t>(right.size(1));
  Numbers c(T * N);
  for (std::size_t t = 0; t < T; ++t)
    for (std::size_t k = 0; k < r; ++k)
      for (std::size_t j = 0; j < N; ++j) c[t * N + j] += scale * a[t * r + k] * b[k * N + j];
  return c;
}

constexpr std::array<std::array<std::int64_t, 3>, 7> sizes{
    {{1, 8, 4}, {3, 5, 2}, {130, 264, 16}, {257, 136, 20}, {40, 520, 33}, {129, 72, 384}, {2, 16, 1}}};

}  // namespace

TEST_CASE("the pass over the output of an adapted layer is that of plain loops") {
  for (Device device : test_devices()) {
    for (DType large : large_dtypes(device)) {
      for (auto [T, N, r] : sizes) {
        for (bool transposed : {false, true}) {
          for (int vectors : {0, 1, 2, 3}) {
            CAPTURE(to_string(device), name(large), T, N, r, transposed, vectors);
            Generator g(static_cast<std::uint64_t>(T + N));
            const DType compute = arithmetic(large);
            const Tensor in = drawn({T, N}, large, large, g), z = drawn({T, r}, compute, large, g);
            auto turned = [&](const Tensor& x) { return transposed ? transpose(x) : x; };
            const Tensor lies = drawn(transposed ? Shape{N, r} : Shape{r, N}, compute, large, g), m = turned(lies);
            const Tensor row = drawn({T}, compute, compute, g), column = drawn({N}, compute, compute, g);
            const Tensor shift = drawn({N}, compute, compute, g);
            const bool has_row = vectors == 3, has_column = vectors > 0, has_shift = vectors > 1;
            auto there = [&](const Tensor& x, bool given) { return given ? to(x, device) : Tensor(); };
            const Tensor at_device = to(in, device), narrow_z = to(narrow(z), device);
            const Tensor factor = turned(to(lies, device));
            const Tensor out = empty({T, N}, large, device);
            backends::wide_update(at_device, there(row, has_row), narrow_z, factor, 0.7, there(column, has_column),
                                  there(shift, has_shift), out);

            Numbers expected = product(z, m, 0.7);
            const Numbers ins = to_vector<double>(in), rows = to_vector<double>(row),
                          columns = to_vector<double>(column), shifts = to_vector<double>(shift);
            for (std::size_t i = 0; i < expected.size(); ++i) {
              const std::size_t t = i / static_cast<std::size_t>(N), j = i % static_cast<std::size_t>(N);
              expected[i] += ins[i] * (has_row ? rows[t] : 1);
              expected[i] = expected[i] * (has_column ? columns[j] : 1) + (has_shift ? shifts[j] : 0);
            }
            CHECK(close(to_vector<double>(out), expected, tolerance(large)));
            // In its own place the numbers are the same.
            backends::wide_update(at_device, there(row, has_row), narrow_z, factor, 0.7, there(column, has_column),
                                  there(shift, has_shift), at_device);
            CHECK(to_vector<double>(at_device) == to_vector<double>(out));
          }
        }
      }
    }
  }
}

TEST_CASE("the pass over the gradient of an adapted layer's input is that of plain loops, with the dropout's mask") {
  for (Device device : test_devices()) {
    for (DType large : large_dtypes(device)) {
      for (auto [T, K, r] : sizes) {
        for (double p : {0.0, 0.4}) {
          CAPTURE(to_string(device), name(large), T, K, r, p);
          Generator g(static_cast<std::uint64_t>(T + K));
          const DType compute = arithmetic(large);
          const Tensor h = drawn({T, r}, compute, large, g), A = drawn({r, K}, compute, large, g);
          const Tensor before = drawn({T, K}, large, large, g);
          Generator drops(7);
          const DropoutMask mask = p > 0 ? DropoutMask(p, T * K, drops) : DropoutMask();
          const Tensor dx = clone(to(before, device));
          backends::input_side(to(narrow(h), device), to(A, device), to(before, device), mask, 0.7, dx, {});

          Numbers expected = product(h, A, 0.7);
          const Numbers factors = factors_of(mask, T * K), was = to_vector<double>(before);
          for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = was[i] + factors[i] * expected[i];
          CHECK(close(to_vector<double>(dx), expected, tolerance(large)));
        }
      }
    }
  }
}

TEST_CASE("the pass over the gradient of an adapted layer's output is that of plain loops") {
  for (Device device : test_devices()) {
    for (DType large : large_dtypes(device)) {
      for (auto [T, N, r] : sizes) {
        CAPTURE(to_string(device), name(large), T, N, r);
        Generator gen(static_cast<std::uint64_t>(T + N));
        const DType compute = arithmetic(large);
        const Tensor g = drawn({T, N}, large, large, gen), y = drawn({T, N}, large, large, gen);
        const Tensor bias = drawn({N}, compute, compute, gen), c = drawn({N}, compute, compute, gen);
        auto doubles = [N = N, device] { return empty({N}, float64, device); };
        const backends::OutputSide side{.g = to(g, device),
                                        .y = to(y, device),
                                        .bias = to(bias, device),
                                        .c = to(c, device),
                                        .scaled = empty({T, N}, large, device),
                                        .sum = doubles(),
                                        .dot = doubles(),
                                        .size = doubles(),
                                        .weight = doubles()};
        backends::output_side(side.g, side);

        const Numbers gs = to_vector<double>(g), ys = to_vector<double>(y), biases = to_vector<double>(bias),
                      cs = to_vector<double>(c);
        const auto columns = static_cast<std::size_t>(N);
        Numbers scaled(gs.size()), sum(columns), dot(columns), size(columns), weight(columns);
        for (std::size_t i = 0; i < gs.size(); ++i) {
          const std::size_t j = i % columns;
          const double by = gs[i] * (ys[i] - biases[j]);
          scaled[i] = gs[i] * cs[j], sum[j] += gs[i], dot[j] += by, size[j] += std::abs(by),
          weight[j] += std::abs(gs[i]);
        }
        CHECK(close(to_vector<double>(side.scaled), scaled, tolerance(large)));
        const double adding = large == float64 ? 1e-12 : 1e-5;
        CHECK(close(to_vector<double>(side.sum), sum, adding));
        CHECK(close(to_vector<double>(side.dot), dot, adding));
        CHECK(close(to_vector<double>(side.size), size, adding));
        CHECK(close(to_vector<double>(side.weight), weight, adding));
      }
    }
  }
}
