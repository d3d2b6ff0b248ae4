#include "quantised_matrix.h"

namespace adora {

std::optional<QuantisedFormat> quantised_format(std::string_view wanted) {
  for (QuantisedFormat format : {QuantisedFormat::nf4, QuantisedFormat::int8}) {
    if (name(format) == wanted) return format;
  }
  return {};
}

QuantisedMatrix QuantisedMatrix::with_dtype(DType other) const {
  QuantisedMatrix same = *this;
  same.dtype = other;
  return same;
}

QuantisedMatrix empty_quantised(const Shape& shape, QuantisedFormat format, DType dtype, Device device) {
  check(shape.size() == 2, "a quantised matrix has two dimensions, not the shape {}", shape);
  QuantisedMatrix matrix{.format = format, .dtype = dtype, .columns = shape[1]};
  const std::int64_t rows = shape[0], blocks = rows * matrix.blocks_of_a_row();
  matrix.codes = empty({rows, matrix.bytes_of_a_row()}, uint8, device);
  matrix.scales = empty({rows, matrix.blocks_of_a_row()}, uint8, device);
  matrix.tops = empty({(blocks + QuantisedMatrix::group - 1) / QuantisedMatrix::group}, float32, device);
  return matrix;
}

std::string detail::text_of_quantised_matrix(const void* of) {
  const QuantisedMatrix& matrix = *static_cast<const QuantisedMatrix*>(of);
  if (!matrix.defined()) return "an undefined matrix";
  return fmt::format("{} {} on {}", name(matrix.format), matrix.shape(), matrix.device());
}

}  // namespace adora
