#include "embedding.h"

#include "../ops/creation.h"
#include "../ops/embedding.h"

namespace adora {

Embedding::Embedding(std::int64_t entries, std::int64_t width, Generator& generator, WeightOptions options,
                     double deviation)
    : weight(normal({entries, width}, 0, deviation, generator, options.dtype, options.device)) {
  parameter("weight", weight);
}

Tensor Embedding::operator()(const Tensor& ids) const { return embedding(weight, ids); }

}  // namespace adora
