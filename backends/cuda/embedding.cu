#include "../embedding.h"

#include "../../core/cuda.h"
#include "../basic.h"
#include "add_rows.h"
#include "index_check.h"
#include "runtime.h"

namespace adora::backends::cuda {
namespace {

void embedding_cuda(const Tensor& weight, const Tensor& ids, const Tensor& out) {
  const std::int64_t vocabulary = weight.size(0);
  if (adora::cuda::recording() && vocabulary > 0) {
    return select_rows(weight, with_valid_entries("embedding", ids, vocabulary), out);
  }
  if (std::optional<BadIndex> bad = find_bad_index(ids, vocabulary)) {
    const Tensor id = ids.with_layout({{1}, {1}, ids.layout().offset + bad->position * ids.strides()[0]});
    fail("embedding: the id at position {} is {}, outside 0 … {} of the table {}", bad->position,
         to_vector<std::int64_t>(id)[0], vocabulary - 1, describe(weight));
  }
  select_rows(weight, ids, out);
}

void embedding_gradient_cuda(const Tensor& grad, const Tensor& ids, const Tensor& out) {
  fill(out, 0);
  // Those that the forward pass has seen, unless it was recorded.
  const bool seen = !adora::cuda::recording() || out.size(0) == 0;
  add_rows(seen ? ids : with_valid_entries("embedding", ids, out.size(0)), grad, out);
}

[[maybe_unused]] const bool registered =
    embedding.on(DeviceType::cuda, embedding_cuda) && embedding_gradient.on(DeviceType::cuda, embedding_gradient_cuda);

}  // namespace
}  // namespace adora::backends::cuda
