#include "pad.h"

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "broadcast.h"
#include "filled.h"
#include "join.h"
#include "op.h"
#include "rearrange.h"
#include "view.h"

namespace adora {
namespace {

/// How many elements are put, or where negative taken away, before and after each dimension.
struct Edges {
  Shape before, after;

  Edges negated() const {
    Edges result = *this;
    for (std::int64_t& n : result.before) n = -n;
    for (std::int64_t& n : result.after) n = -n;
    return result;
  }
};

/// The part of a layout that lies between the edges where they are negative; those that are positive count as none.
Layout inner(Layout x, const Edges& edges) {
  for (int d = 0; d < x.shape.size(); ++d) {
    const std::int64_t begin = std::max<std::int64_t>(0, -edges.before[d]),
                       end = x.shape[d] - std::max<std::int64_t>(0, -edges.after[d]);
    x = x.sliced(d, begin, end);
  }
  return x;
}

/// In constant mode, with edges that were held against x.
Tensor pad_constant(const Tensor& x, const Edges& edges, double value) {
  Shape shape = x.shape();
  bool larger = false;
  for (int d = 0; d < x.ndim(); ++d) {
    shape[d] += edges.before[d] + edges.after[d];
    larger = larger || edges.before[d] > 0 || edges.after[d] > 0;
  }
  Tensor y = larger ? detail::filled("pad", shape, value, x.dtype(), x.device()) : empty_like(x, shape);
  backends::copy(x.with_layout(inner(x.layout(), edges)), y.with_layout(inner(y.layout(), edges.negated())));
  return record("pad", y, input(x, [edges](const Tensor& g) { return pad_constant(g, edges.negated(), 0); }));
}

/// What stands before and after dimension d, cut out of x.
Tensor edge_of(const Tensor& x, int d, std::int64_t count, bool after, PadMode mode) {
  const std::int64_t size = x.shape()[d];
  switch (mode) {
    case PadMode::reflect:
      return flip(after ? slice(x, d, size - 1 - count, size - 1) : slice(x, d, 1, 1 + count), {d});
    case PadMode::replicate: {
      Shape shape = x.shape();
      shape[d] = count;
      return broadcast_to(after ? slice(x, d, size - 1, size) : slice(x, d, 0, 1), shape);
    }
    default: return after ? slice(x, d, 0, count) : slice(x, d, size - count, size);
  }
}

void check_mode(const Tensor& x, int d, std::int64_t count, std::int64_t size, PadMode mode) {
  const bool fits = mode == PadMode::reflect ? count < std::max<std::int64_t>(size, 1) : count <= size;
  check(
      fits || mode == PadMode::replicate, "pad: {} elements cannot be put beside the {} of dimension {} of {}: {}",
      count, size, d, describe(x),
      mode == PadMode::reflect ? "reflect takes fewer than there are" : "circular takes at most as many as there are");
  check(size > 0 || count == 0, "pad: there is no edge to repeat in dimension {} of {}", d, describe(x));
}

}  // namespace

Tensor pad(const Tensor& x, const std::vector<std::int64_t>& pads, PadMode mode, double value) {
  check_inputs("pad", {&x});
  check(pads.size() % 2 == 0 && pads.size() / 2 <= static_cast<std::size_t>(x.ndim()),
        "pad: {} numbers are no pads of {}: give two for each dimension, the last dimension's first", pads.size(),
        describe(x));
  Edges edges{Shape::filled(x.ndim(), 0), Shape::filled(x.ndim(), 0)};
  Shape shape = x.shape();
  for (std::size_t i = 0; i < pads.size() / 2; ++i) {
    const int d = x.ndim() - 1 - static_cast<int>(i);
    const std::int64_t before = pads[2 * i], after = pads[2 * i + 1], size = x.shape()[d];
    constexpr std::int64_t most = std::int64_t{1} << 60;  // sums of three of these fit
    const bool moderate = std::min(before, after) > -most && std::max(before, after) < most && size < most;
    // Mirrored and repeated elements are there before anything is taken away.
    const bool later = mode == PadMode::reflect || mode == PadMode::replicate;
    const bool fits = moderate && size + (later ? before : std::min<std::int64_t>(before, 0)) +
                                          (later ? after : std::min<std::int64_t>(after, 0)) >=
                                      0;
    check(fits, "pad: the pads {} and {} of dimension {} of {} take away more than there is, or are too large", before,
          after, d, describe(x));
    edges.before[d] = before, edges.after[d] = after;
    shape[d] = size + before + after;
  }
  numel(shape, "pad");
  if (mode == PadMode::constant) return pad_constant(x, edges, value);
  Edges crop = edges;
  for (std::int64_t& n : crop.before) n = std::min<std::int64_t>(n, 0);
  for (std::int64_t& n : crop.after) n = std::min<std::int64_t>(n, 0);
  Tensor y = mode == PadMode::circular ? pad_constant(x, crop, 0) : x;
  for (int d = x.ndim() - 1; d >= 0; --d) {
    const std::int64_t before = std::max<std::int64_t>(edges.before[d], 0),
                       after = std::max<std::int64_t>(edges.after[d], 0);
    check_mode(x, d, before, y.shape()[d], mode), check_mode(x, d, after, y.shape()[d], mode);
    if (before == 0 && after == 0) continue;
    Tensors parts;
    if (before > 0) parts.push_back(edge_of(y, d, before, false, mode));
    parts.push_back(y);
    if (after > 0) parts.push_back(edge_of(y, d, after, true, mode));
    y = cat(parts, d);
  }
  if (mode == PadMode::circular) return y;
  bool cropped = y.is(x);  // a copy at any rate, as the other modes
  for (int d = 0; d < x.ndim(); ++d) cropped = cropped || crop.before[d] < 0 || crop.after[d] < 0;
  return cropped ? pad_constant(y, crop, 0) : y;
}
const Op pad_op{"pad"};

}  // namespace adora
