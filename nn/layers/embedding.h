#pragma once
#include "adaptable_layer.h"

namespace adora {

/// A table of vectors, weight [entries, width]: ids [...] (int64) become [..., width].
class Embedding : public AdaptableLayer {
 public:
  /// Entries drawn from a normal distribution.
  Embedding(std::int64_t entries, std::int64_t width, Generator& generator, WeightOptions options = {},
            double deviation = 1);
  /// The vectors of the table, whatever adapters there are.
  Tensor base(const Tensor& ids) const override;
};

}  // namespace adora
