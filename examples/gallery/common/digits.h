#pragma once
#include <string>

#include "../run.h"

namespace adora::gallery {

/// Pictures of digits and which they are.
struct Digits {
  Tensor images;  ///< [N, 1, side, side], from 0, the ground, to 1, the ink
  Tensor labels;  ///< int64 [N]
};

struct DigitOptions {
  double noise = 0.1;  ///< of the pixels
  double variety = 1;  ///< 0: no digit differs from another of its kind but by the pen and the noise
};
/// As if written by hand: each digit, as often as any other, is a line with a pen of some width through some points,
/// which tremble, turned, slanted, stretched and shifted at random. float32, of 20 x 20 pixels.
Digits draw_digits(std::int64_t count, Generator& generator, DigitOptions options = {});

/// MNIST's, of 28 x 28 pixels: `part` is "train" or "t10k", the beginning of the names of its files in the folder,
/// which may be compressed ("train-images-idx3-ubyte.gz"). An error naming the file that is not there.
Digits read_mnist(const std::string& folder, const std::string& part);
inline constexpr const char* data_of_digits =
    "with the four files of MNIST, compressed or not, in place of digits that are drawn here";

}  // namespace adora::gallery
