#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "../quantized.h"
#include "parallel.h"
#include "strided_rows.h"

namespace adora::backends::cpu {
namespace {

constexpr std::int64_t block = QuantizedMatrix::block, group = QuantizedMatrix::group;

/// The largest magnitude of each block; the number of a row with a number that is not finite, or -1.
std::int64_t largest_of_blocks(const Tensor& from, std::int64_t blocks, std::vector<float>& largest) {
  const std::int64_t rows = from.size(0), columns = from.size(1);
  std::vector<std::uint8_t> bad(static_cast<std::size_t>(rows), 0);
  parallel_for(rows, row_grain(columns), [&](std::int64_t row, std::int64_t end) {
    Rows<float> numbers(from);
    for (; row < end; ++row) {
      const float* x = numbers.read(row);
      bool finite = true;
      for (std::int64_t b = 0; b < blocks; ++b) {
        float most = 0;
        for (std::int64_t i = b * block; i < std::min((b + 1) * block, columns); ++i) {
          const float size = std::abs(x[i]);
          finite = finite && size <= std::numeric_limits<float>::max();  // false for NaN
          most = size > most ? size : most;
        }
        largest[static_cast<std::size_t>(row * blocks + b)] = most;
      }
      bad[static_cast<std::size_t>(row)] = !finite;
    }
  });
  const auto found = std::find(bad.begin(), bad.end(), 1);
  return found == bad.end() ? -1 : found - bad.begin();
}

/// The smallest q whose scale reaches `largest`: no number of the block lies beyond its levels.
int scale_code(float largest, float group_scale) {
  if (largest == 0) return 0;
  int q = static_cast<int>(std::ceil(255 * std::sqrt(static_cast<double>(largest) / group_scale)));
  q = std::clamp(q, 1, 255);
  // The root may be off by one: the scale as it is rounded decides.
  while (q > 1 && quantized_scale(group_scale, q - 1) >= largest) --q;
  while (q < 255 && quantized_scale(group_scale, q) < largest) ++q;
  return q;
}

void write_scales(const std::vector<float>& largest, const QuantizedMatrix& to) {
  const auto blocks = static_cast<std::int64_t>(largest.size());
  auto* scales = to.scales.data<std::uint8_t>();
  auto* group_scales = to.group_scales.data<float>();
  parallel_for(to.group_scales.numel(), 16, [&](std::int64_t g, std::int64_t end) {
    for (; g < end; ++g) {
      const std::int64_t first = g * group, last = std::min(first + group, blocks);
      float group_scale = 0;
      for (std::int64_t i = first; i < last; ++i)
        group_scale = std::max(group_scale, largest[static_cast<std::size_t>(i)]);
      group_scales[g] = group_scale;
      for (std::int64_t i = first; i < last; ++i)
        scales[i] = static_cast<std::uint8_t>(scale_code(largest[static_cast<std::size_t>(i)], group_scale));
    }
  });
}

/// codes[i] = the number of the level nearest to x[i] / scale, by the points in the middle.
void nearest_levels(const float* x, float scale, std::int64_t count, std::uint8_t* codes) {
  std::array<float, 15> middles;
  for (std::size_t k = 0; k < 15; ++k) middles[k] = (nf4_levels[k] + nf4_levels[k + 1]) / 2;
  for (std::int64_t i = 0; i < count; ++i) {
    const float share = x[i] / scale;
    int code = 0;
    for (float middle : middles) code += share > middle;
    codes[i] = static_cast<std::uint8_t>(code);
  }
}

void write_row(const QuantizedNumbers& m, std::int64_t row, const float* x, std::uint8_t* codes) {
  for (std::int64_t b = 0; b < m.blocks; ++b) {
    const std::int64_t first = b * block, count = std::min(block, m.columns - first);
    const float scale = m.scale(row, b);
    // A block of zeros has the scale 0; divided by 1 its numbers are 0 still.
    const float divisor = scale == 0 ? 1 : scale;
    if (m.format == QuantizedFormat::int8) {
      for (std::int64_t i = 0; i < count; ++i) {
        const auto code = static_cast<int>(std::nearbyint(x[first + i] / divisor * 127));
        codes[first + i] = static_cast<std::uint8_t>(code);
      }
      continue;
    }
    std::array<std::uint8_t, block> levels{};
    nearest_levels(x + first, divisor, count, levels.data());
    for (std::int64_t i = 0; i < count; i += 2) {
      const int low = levels[static_cast<std::size_t>(i)];
      const int high = i + 1 < count ? levels[static_cast<std::size_t>(i + 1)] : 0;
      codes[(first + i) / 2] = static_cast<std::uint8_t>(low | high << 4);
    }
  }
}

void quantize_cpu(const Tensor& from, const QuantizedMatrix& to) {
  const std::int64_t rows = from.size(0), blocks = to.blocks_of_a_row();
  if (from.numel() == 0) return;
  std::vector<float> largest(static_cast<std::size_t>(rows * blocks));
  const std::int64_t bad = largest_of_blocks(from, blocks, largest);
  check(bad < 0, "quantize: row {} of {} has a number that is not finite in float32; it has no level", bad,
        describe(from));
  write_scales(largest, to);
  const QuantizedNumbers numbers(to);
  auto* codes = to.codes.data<std::uint8_t>();
  parallel_for(rows, row_grain(to.columns), [&](std::int64_t row, std::int64_t end) {
    Rows<float> read(from);
    for (; row < end; ++row) write_row(numbers, row, read.read(row), codes + row * numbers.bytes);
  });
}

[[maybe_unused]] const bool registered = quantize.on(DeviceType::cpu, quantize_cpu);

}  // namespace
}  // namespace adora::backends::cpu
