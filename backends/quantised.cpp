#include "quantised.h"

#include <algorithm>

namespace adora::backends {

QuantisedNumbers::QuantisedNumbers(const QuantisedMatrix& matrix)
    : codes(static_cast<const std::uint8_t*>(matrix.codes.raw())),
      scales(static_cast<const std::uint8_t*>(matrix.scales.raw())),
      tops(static_cast<const float*>(matrix.tops.raw())),
      columns(matrix.columns),
      bytes(matrix.bytes_of_a_row()),
      blocks(matrix.blocks_of_a_row()),
      format(matrix.format) {
  std::copy(std::begin(nf4_levels), std::end(nf4_levels), levels);
}

}  // namespace adora::backends
