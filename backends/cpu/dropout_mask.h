#pragma once
#include <algorithm>

#include "../dropout.h"

namespace adora::backends::cpu {

/// The random words of elements begin … begin + 4·blocks, in runs of 16 blocks so that the compiler makes vector code
/// of Philox's rounds. `begin` is a multiple of 4.
inline void dropout_words(const DropoutMask& mask, std::int64_t begin, std::int64_t blocks, std::uint32_t* words) {
  std::uint64_t first = mask.offset + static_cast<std::uint64_t>(begin) / 4;
  for (std::int64_t b = 0; b < blocks; ++b) {
    Philox block(mask.seed, first + static_cast<std::uint64_t>(b), mask.stream);
    for (int k = 0; k < 4; ++k) words[4 * b + k] = block.word[k];
  }
}

/// Calls f(first, count, factors) for short runs of the elements begin … end of a masked tensor, in order: factors[i]
/// is what element first + i is to be multiplied by, 0 or the mask's scale.
template <class C, class F>
void for_each_masked(const DropoutMask& mask, std::int64_t begin, std::int64_t end, F&& f) {
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
