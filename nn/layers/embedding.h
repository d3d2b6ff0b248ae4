#pragma once
#include "../module.h"

namespace adora {

/// A table of vectors: ids [...] (int64) become [..., width].
class Embedding : public Module {
 public:
  /// Entries drawn from a normal distribution.
  Embedding(std::int64_t entries, std::int64_t width, Generator& generator, WeightOptions options = {},
            double deviation = 1);
  Tensor operator()(const Tensor& ids) const;

  Tensor weight;  ///< [entries, width]
};

}  // namespace adora
