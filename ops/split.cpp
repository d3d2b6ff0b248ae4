#include "split.h"

#include "op.h"
#include "view.h"

namespace adora {
namespace {

/// The most parts that an even division may have: each is a tensor of its own.
constexpr std::int64_t most_parts = 1 << 24;

Tensors in_parts_of(const char* op, const Tensor& x, std::int64_t size, int d) {
  const std::int64_t whole = x.shape()[d];
  std::vector<std::int64_t> sizes;
  check(size > 0 && whole / size < most_parts, "{}: dimension {} of {} in parts of {} are too many parts", op, d,
        describe(x), size);
  for (std::int64_t rest = whole; rest > 0; rest -= sizes.back()) sizes.push_back(std::min(size, rest));
  if (sizes.empty()) sizes.push_back(0);
  return split(x, sizes, d);
}

}  // namespace

Tensors detail::split_evenly(const Tensor& x, std::int64_t size, std::int64_t dim) {
  check_inputs("split", {&x});
  const int d = wrap_dim("split", dim, x.ndim());
  check(size > 0 || (size == 0 && x.shape()[d] == 0), "split: parts of {} do not make up dimension {} of {}", size, dim,
        describe(x));
  return in_parts_of("split", x, std::max<std::int64_t>(size, 1), d);
}

Tensors chunk(const Tensor& x, std::int64_t chunks, std::int64_t dim) {
  check_inputs("chunk", {&x});
  const int d = wrap_dim("chunk", dim, x.ndim());
  check(chunks > 0, "chunk: {} cannot be taken apart into {}", describe(x), chunks);
  const std::int64_t whole = x.shape()[d];
  // Of nothing there are as many parts as asked for, as in PyTorch.
  if (whole == 0) return tensor_split(x, chunks, d);
  return in_parts_of("chunk", x, (whole - 1) / chunks + 1, d);
}
const Op chunk_op{"chunk"};

Tensors tensor_split(const Tensor& x, std::int64_t sections, std::int64_t dim) {
  check_inputs("tensor_split", {&x});
  const int d = wrap_dim("tensor_split", dim, x.ndim());
  check(sections > 0 && sections < most_parts, "tensor_split: {} cannot be taken apart into {} sections", describe(x),
        sections);
  const std::int64_t whole = x.shape()[d];
  std::vector<std::int64_t> sizes;
  for (std::int64_t i = 0; i < sections; ++i) sizes.push_back(whole / sections + (i < whole % sections ? 1 : 0));
  return split(x, sizes, d);
}
const Op tensor_split_op{"tensor_split"};

Tensors tensor_split(const Tensor& x, const std::vector<std::int64_t>& places, std::int64_t dim) {
  check_inputs("tensor_split", {&x});
  const int d = wrap_dim("tensor_split", dim, x.ndim());
  const std::int64_t whole = x.shape()[d];
  std::vector<std::int64_t> bounds{0}, sizes;
  for (std::int64_t at : places) bounds.push_back(std::clamp<std::int64_t>(at < 0 ? at + whole : at, 0, whole));
  bounds.push_back(whole);
  if (std::is_sorted(bounds.begin(), bounds.end())) {
    for (std::size_t i = 1; i < bounds.size(); ++i) sizes.push_back(bounds[i] - bounds[i - 1]);
    return split(x, sizes, d);
  }
  Tensors parts;  // places that go back: parts that overlap
  for (std::size_t i = 1; i < bounds.size(); ++i) parts.push_back(slice(x, d, bounds[i - 1], bounds[i]));
  return parts;
}

Tensors unbind(const Tensor& x, std::int64_t dim) {
  check_inputs("unbind", {&x});
  const int d = wrap_dim("unbind", dim, x.ndim());
  if (x.shape()[d] == 0) return {};
  Tensors parts = in_parts_of("unbind", x, 1, d);
  for (Tensor& part : parts) part = squeeze(part, d);
  return parts;
}
const Op unbind_op{"unbind"};

}  // namespace adora
