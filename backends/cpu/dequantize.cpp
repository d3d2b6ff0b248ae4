#include <array>
#include <cstring>

#include "../quantized.h"
#include "parallel.h"
#include "strided_rows.h"
#include "vector_bytes.h"

namespace adora::backends::cpu {
namespace {

/// The two levels that each byte of NF4 stands for.
template <class C> constexpr auto level_pairs() {
  std::array<std::array<C, 2>, 256> pairs{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    pairs[byte][0] = static_cast<C>(nf4_levels[byte & 15]);
    pairs[byte][1] = static_cast<C>(nf4_levels[byte >> 4]);
  }
  return pairs;
}

/// As many pairs at once as one register holds; two of float are moved as one word.
constexpr std::int64_t register_bytes = vector_bytes < 32 ? vector_bytes : 32, words = register_bytes / 8;
typedef std::int64_t Words __attribute__((vector_size(register_bytes)));
typedef float Floats __attribute__((vector_size(register_bytes)));

/// out[i] = scale · level of code i, for the codes of one block.
template <class C> void nf4_block(const std::uint8_t* codes, C scale, std::int64_t count, C* out) {
  static constexpr auto pairs = level_pairs<C>();
  std::int64_t i = 0;
  if constexpr (sizeof(C) == sizeof(float)) {
    for (; i + 2 * words <= count; i += 2 * words) {
      Words levels;
      for (std::int64_t k = 0; k < words; ++k) {
        std::int64_t pair;
        std::memcpy(&pair, pairs[codes[i / 2 + k]].data(), sizeof(pair));
        levels[k] = pair;
      }
      Floats numbers;
      std::memcpy(&numbers, &levels, sizeof(numbers));
      numbers *= scale;
      std::memcpy(out + i, &numbers, sizeof(numbers));
    }
  }
  for (; i < count; ++i) out[i] = scale * pairs[codes[i / 2]][static_cast<std::size_t>(i % 2)];
}

template <class C> void int8_block(const std::uint8_t* codes, C scale, std::int64_t count, C* out) {
  for (std::int64_t i = 0; i < count; ++i)
    out[i] = scale * (static_cast<C>(static_cast<std::int8_t>(codes[i])) / C(127));
}

/// to [rows, columns] = the numbers from row `first` and block `left` on.
template <class C>
void dequantize_part(const QuantizedNumbers& m, std::int64_t first, std::int64_t left, std::int64_t rows,
                     std::int64_t columns, C* to) {
  constexpr std::int64_t block = QuantizedMatrix::block;
  parallel_for(rows, row_grain(columns), [&](std::int64_t row, std::int64_t end) {
    for (; row < end; ++row) {
      const std::uint8_t* codes = m.codes + (first + row) * m.bytes;
      C* out = to + row * columns;
      for (std::int64_t b = left; (b - left) * block < columns; ++b, out += block) {
        const std::int64_t count = std::min(block, columns - (b - left) * block);
        const C scale = m.scale(first + row, b);
        if (m.format == QuantizedFormat::nf4) nf4_block(codes + b * block / 2, scale, count, out);
        else int8_block(codes + b * block, scale, count, out);
      }
    }
  });
}

void dequantize_cpu(const QuantizedMatrix& from, std::int64_t row, std::int64_t column, const Tensor& to) {
  visit_compute(to.dtype(), [&]<class C>() {
    dequantize_part<C>(QuantizedNumbers(from), row, column / QuantizedMatrix::block, to.size(0), to.size(1),
                       to.data<C>());
  });
}

[[maybe_unused]] const bool registered = dequantize.on(DeviceType::cpu, dequantize_cpu);

}  // namespace
}  // namespace adora::backends::cpu
