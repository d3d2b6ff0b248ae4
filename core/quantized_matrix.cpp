#include "quantized_matrix.h"

namespace adora {

std::optional<QuantizedFormat> quantized_format(std::string_view wanted) {
  for (QuantizedFormat format : {QuantizedFormat::nf4, QuantizedFormat::int8}) {
    if (name(format) == wanted) return format;
  }
  return {};
}

QuantizedMatrix QuantizedMatrix::with_dtype(DType other) const {
  QuantizedMatrix same = *this;
  same.dtype = other;
  return same;
}

QuantizedMatrix empty_quantized(const Shape& shape, QuantizedFormat format, DType dtype, Device device) {
  check(shape.size() == 2, "a quantized matrix has two dimensions, not the shape {}", shape);
  QuantizedMatrix matrix{.format = format, .dtype = dtype, .columns = shape[1]};
  const std::int64_t rows = shape[0], blocks = rows * matrix.blocks_of_a_row();
  matrix.codes = empty({rows, matrix.bytes_of_a_row()}, uint8, device);
  matrix.scales = empty({rows, matrix.blocks_of_a_row()}, uint8, device);
  matrix.group_scales = empty({(blocks + QuantizedMatrix::group - 1) / QuantizedMatrix::group}, float32, device);
  return matrix;
}

std::string detail::text_of_quantized_matrix(const void* of) {
  const QuantizedMatrix& matrix = *static_cast<const QuantizedMatrix*>(of);
  if (!matrix.defined()) return "an undefined matrix";
  return fmt::format("{} {} on {}", name(matrix.format), matrix.shape(), matrix.device());
}

}  // namespace adora
