#include "embedding.h"

#include "../../ops/creation.h"
#include "../../ops/embedding.h"

namespace adora {

namespace {
Shape checked(std::int64_t entries, std::int64_t width) {
  check(entries >= 0 && width >= 0, "Embedding: there can't be {} entries of width {}", entries, width);
  return {entries, width};
}
}  // namespace

Embedding::Embedding(std::int64_t entries, std::int64_t width, Generator& generator, WeightOptions options,
                     double deviation) {
  weight = normal(checked(entries, width), 0, deviation, generator, options.dtype, options.device);
  parameter("weight", weight);
}

Tensor Embedding::base(const Tensor& ids) const { return embedding(weight, ids); }

}  // namespace adora
