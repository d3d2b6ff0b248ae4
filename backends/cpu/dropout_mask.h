#pragma once
#include <algorithm>
#include <cstring>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#include "../dropout.h"

namespace adora::backends::cpu {

#if defined(__AVX512F__)
/// 32 blocks at once, in the low halves of 64-bit lanes: compilers make slower code of the plain loop, since they do
/// not see that the products need only these halves.
inline void philox_32(std::uint64_t key, std::uint64_t first, std::uint64_t stream, std::uint32_t* words) {
  typedef unsigned long long Lanes __attribute__((vector_size(64)));
  constexpr int parts = 4;
  constexpr unsigned long long low = 0xffffffffu;
  const Lanes m0 = Lanes{} + 0xD2511F53u, m1 = Lanes{} + 0xCD9E8D57u;
  auto product = [](Lanes a, Lanes b) {  // of the low halves
    const __m512i value = _mm512_maskz_mul_epu32(0xff, reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b));
    return reinterpret_cast<Lanes>(value);
  };
  Lanes c0[parts], c1[parts], c2[parts], c3[parts];
  for (int p = 0; p < parts; ++p) {
    c0[p] = first + static_cast<unsigned>(8 * p) + Lanes{0, 1, 2, 3, 4, 5, 6, 7};
    c1[p] = c0[p] >> 32;
    c2[p] = Lanes{} + stream, c3[p] = c2[p] >> 32;
  }
  std::uint32_t k0 = static_cast<std::uint32_t>(key), k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    for (int p = 0; p < parts; ++p) {
      const Lanes p0 = product(c0[p], m0), p1 = product(c2[p], m1);
      c0[p] = (p1 >> 32) ^ c1[p] ^ k0;
      c2[p] = (p0 >> 32) ^ c3[p] ^ k1;
      c1[p] = p1, c3[p] = p0;
    }
    k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
  }
  for (int p = 0; p < parts; ++p) {
    const Lanes a = (c0[p] & low) | c1[p] << 32, b = (c2[p] & low) | c3[p] << 32;
    const Lanes left = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
    const Lanes right = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
    std::memcpy(words + 32 * p, &left, sizeof left);
    std::memcpy(words + 32 * p + 16, &right, sizeof right);
  }
}
#endif

/// The random words of elements begin … begin + 4·blocks. `begin` is a multiple of 4.
inline void dropout_words(const DropoutMask& mask, std::int64_t begin, std::int64_t blocks, std::uint32_t* words) {
  std::uint64_t first = mask.offset + static_cast<std::uint64_t>(begin) / 4;
  std::int64_t b = 0;
#if defined(__AVX512F__)
  for (; b + 32 <= blocks; b += 32)
    philox_32(mask.seed, first + static_cast<std::uint64_t>(b), mask.stream, words + 4 * b);
#endif
  for (; b < blocks; ++b) {
    Philox block(mask.seed, first + static_cast<std::uint64_t>(b), mask.stream);
    for (int k = 0; k < 4; ++k) words[4 * b + k] = block.word[k];
  }
}

/// Calls f(first, count, factors) for short runs of the elements begin … end of a masked tensor, in order: factors[i]
/// is what element first + i is to be multiplied by, 0 or the mask's scale.
template <class C, class F> void for_each_masked(const DropoutMask& mask, std::int64_t begin, std::int64_t end, F&& f) {
  constexpr std::int64_t run = 1024;
  alignas(64) std::uint32_t words[run + 4];
  alignas(64) C factors[run + 4];
  std::uint64_t threshold = mask.threshold();
  // No word reaches 2³², which stands for dropping everything.
  std::uint32_t below = static_cast<std::uint32_t>(std::min<std::uint64_t>(threshold, 0xffffffffu));
  C scale = static_cast<C>(mask.scale());
  while (begin < end) {
    std::int64_t aligned = begin / 4 * 4;
    std::int64_t last = std::min(end, aligned + run);
    std::int64_t blocks = (last - aligned + 3) / 4;
    dropout_words(mask, aligned, blocks, words);
    for (std::int64_t i = 0; i < 4 * blocks; ++i) factors[i] = words[i] < below ? C(0) : scale;
    f(begin, last - begin, factors + (begin - aligned));
    begin = last;
  }
}

}  // namespace adora::backends::cpu
