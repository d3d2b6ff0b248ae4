#pragma once
#include <string>

#include "../../core/tensor.h"

namespace adora {

/// The picture of a PNG or JPEG file: uint8 [3, height, width], red, green and blue in sRGB, or [1, height, width]
/// where it has gray alone. Transparency is left out. Throws `Error` naming the file where it is of another form,
/// damaged or cut off.
Tensor read_image(const std::string& path);

/// Writes x [3, height, width], [1, height, width] or [height, width]: uint8, or floating numbers from 0 (black) to 1,
/// beyond which they are cut; NaN is black. See AtomicFile.
void write_png(const std::string& path, const Tensor& x);

/// The bytes of such a file.
std::string png_bytes(const Tensor& x);

/// Pictures x [N, C, H, W] side by side, `columns` in a row, with `gap` pixels of black between them: [C, …, …], of x's
/// dtype.
Tensor image_grid(const Tensor& x, std::int64_t columns = 8, std::int64_t gap = 2);

}  // namespace adora
