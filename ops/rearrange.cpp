#include "rearrange.h"

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "broadcast.h"
#include "creation.h"
#include "index.h"
#include "op.h"
#include "view.h"

namespace adora {
namespace {

/// `dims` counted from the front; an error where one is named twice.
Shape distinct_dims(const char* op, const Tensor& x, const Shape& dims) {
  Shape wrapped;
  for (std::int64_t dim : dims) {
    const std::int64_t d = wrap_dim(op, dim, x.ndim());
    check(std::find(wrapped.begin(), wrapped.end(), d) == wrapped.end(), "{}: dimension {} of {} is named twice", op,
          dim, describe(x));
    wrapped.push_back(d);
  }
  return wrapped;
}

/// i modulo n, 0 … n - 1.
std::int64_t modulo(std::int64_t i, std::int64_t n) { return i % n < 0 ? i % n + n : i % n; }

/// Copies both ends of dimension d to the other side, and within each the same of the dimensions after it.
void copy_rolled(const Layout& from, const Layout& to, const Shape& shifts, int d, const Tensor& x, const Tensor& y) {
  while (d < shifts.size() && shifts[d] == 0) ++d;
  if (d == shifts.size()) return backends::copy(x.with_layout(from), y.with_layout(to));
  const std::int64_t size = from.shape[d], shift = shifts[d];
  copy_rolled(from.sliced(d, 0, size - shift), to.sliced(d, shift, size), shifts, d + 1, x, y);
  copy_rolled(from.sliced(d, size - shift, size), to.sliced(d, 0, shift), shifts, d + 1, x, y);
}

/// As roll, with a shift for every dimension, 0 … size - 1.
Tensor rolled(const Tensor& x, const Shape& shifts) {
  Tensor y = empty_like(x);
  if (x.numel() > 0) copy_rolled(x.layout(), y.layout(), shifts, 0, x, y);
  Shape back = shifts;
  for (int d = 0; d < x.ndim(); ++d) back[d] = shifts[d] == 0 ? 0 : x.shape()[d] - shifts[d];
  return record("roll", y, input(x, [back](const Tensor& g) { return rolled(g, back); }));
}

}  // namespace

Tensor flip(const Tensor& x, const Shape& dims) {
  check_inputs("flip", {&x});
  const Shape wrapped = distinct_dims("flip", x, dims);
  Layout reversed = x.layout();
  for (std::int64_t dim : wrapped) {
    const auto d = static_cast<int>(dim);
    if (reversed.shape[d] < 2) continue;
    reversed.offset += (reversed.shape[d] - 1) * reversed.strides[d];
    reversed.strides[d] = -reversed.strides[d];
  }
  Tensor y = empty_like(x);
  // The view with negative strides stays within the copy: other kernels take strides for distances.
  if (x.numel() > 0) backends::copy(x.with_layout(reversed), y);
  return record("flip", y, input(x, [wrapped](const Tensor& g) { return flip(g, wrapped); }));
}
const Op flip_op{"flip"};

Tensor fliplr(const Tensor& x) {
  check_inputs("fliplr", {&x});
  check(x.ndim() >= 2, "fliplr: {} has no columns; it needs two dimensions or more", describe(x));
  return flip(x, {1});
}
const Op fliplr_op{"fliplr"};

Tensor flipud(const Tensor& x) {
  check_inputs("flipud", {&x});
  check(x.ndim() >= 1, "flipud: {} has no rows; it needs one dimension or more", describe(x));
  return flip(x, {0});
}
const Op flipud_op{"flipud"};

Tensor roll(const Tensor& x, const Shape& shifts, const Shape& dims) {
  check_inputs("roll", {&x});
  check(shifts.size() == dims.size() && !shifts.empty(),
        "roll: the shifts {} do not go with the dimensions {}; give one for each", shifts, dims);
  Shape each = Shape::filled(x.ndim(), 0);
  for (int i = 0; i < dims.size(); ++i) {
    const int d = wrap_dim("roll", dims[i], x.ndim());
    const std::int64_t size = x.shape()[d];
    if (size > 0) each[d] = modulo(each[d] + modulo(shifts[i], size), size);
  }
  return rolled(x, each);
}
const Op roll_op{"roll"};

Tensor roll(const Tensor& x, std::int64_t shift, std::int64_t dim) { return roll(x, Shape{shift}, Shape{dim}); }

Tensor roll(const Tensor& x, std::int64_t shift) {
  check_inputs("roll", {&x});
  return reshape(roll(reshape(x, {x.numel()}), shift, 0), x.shape());
}

Tensor rot90(const Tensor& x, std::int64_t k, const Shape& dims) {
  check_inputs("rot90", {&x});
  check(dims.size() == 2, "rot90: a plane has two dimensions, not {}", dims);
  const Shape plane = distinct_dims("rot90", x, dims);
  const std::int64_t a = plane[0], b = plane[1];
  switch (modulo(k, 4)) {
    case 1: return flip(transpose(x, a, b), {a});
    case 2: return flip(x, {a, b});
    case 3: return flip(transpose(x, a, b), {b});
    default: return clone(x);
  }
}
const Op rot90_op{"rot90"};

namespace {

/// Each dimension in a copy of its own, for shapes of so many dimensions that there is no room for others.
Tensor repeated_one_by_one(const Tensor& x, const Shape& repeats) {
  Shape shape = x.shape();
  while (shape.size() < repeats.size()) shape.insert(0, 1);
  Tensor y = reshape(x, shape);
  for (int d = 0; d < shape.size(); ++d) {
    if (repeats[d] == 1) continue;
    std::int64_t before = 1, after = 1;
    for (int i = 0; i < shape.size(); ++i) (i < d ? before : after) *= shape[i];
    shape[d] *= repeats[d];
    y = reshape(clone(broadcast_to(reshape(y, {before, 1, after}), {before, repeats[d], after})), shape);
  }
  return y;
}

Tensor repeated(const char* op, const Tensor& x, const Shape& repeats) {
  check_inputs(op, {&x});
  const int added = repeats.size() - x.ndim();
  check(added >= 0, "{}: {} repeats are too few for {}; give one for each dimension", op, repeats.size(), describe(x));
  Shape split, stretched, result;
  for (int i = 0; i < repeats.size(); ++i) {
    const std::int64_t size = i < added ? 1 : x.shape()[i - added], times = repeats[i];
    check(times >= 0, "{}: the repeats {} must not be negative", op, repeats);
    check(size == 0 || times <= std::numeric_limits<std::int64_t>::max() / size,
          "{}: {} copies of {} are more elements than fit", op, repeats, describe(x));
    result.push_back(size * times);
  }
  numel(result, op);
  // Each dimension that is repeated becomes two, of which the first is stretched: a view, copied at the end.
  for (int i = 0; i < repeats.size(); ++i) {
    const std::int64_t size = i < added ? 1 : x.shape()[i - added], times = repeats[i];
    const bool both = times != 1 && size != 1;
    if (split.size() + (both ? 2 : 1) > Shape::max_size) return repeated_one_by_one(x, repeats);
    if (both) split.push_back(1), stretched.push_back(times);
    split.push_back(size), stretched.push_back(both ? size : size * times);
  }
  return reshape(clone(broadcast_to(reshape(x, split), stretched)), result);
}

}  // namespace

Tensor repeat(const Tensor& x, const Shape& repeats) { return repeated("repeat", x, repeats); }
const Op repeat_op{"repeat"};

Tensor tile(const Tensor& x, const Shape& repeats) {
  check_inputs("tile", {&x});
  Shape all = repeats;
  while (all.size() < x.ndim()) all.insert(0, 1);
  return repeated("tile", x, all);
}
const Op tile_op{"tile"};

Tensor repeat_interleave(const Tensor& x, std::int64_t repeats, std::optional<std::int64_t> dim) {
  const char* op = "repeat_interleave";
  check_inputs(op, {&x});
  check(repeats >= 0, "{}: there can't be {} repeats", op, repeats);
  if (!dim) return repeat_interleave(reshape(x, {x.numel()}), repeats, 0);
  const int d = wrap_dim(op, *dim, x.ndim());
  Shape result = x.shape(), stretched = x.shape();
  check(result[d] == 0 || repeats <= std::numeric_limits<std::int64_t>::max() / result[d],
        "{}: {} times every slice of {} is more than fits", op, repeats, describe(x));
  result[d] *= repeats;
  numel(result, op);
  if (x.ndim() == Shape::max_size) {  // there is no room for another dimension: the ones around this one are merged
    std::int64_t before = 1, after = 1;
    for (int i = 0; i < x.ndim(); ++i) (i < d ? before : after) *= i == d ? 1 : x.shape()[i];
    return reshape(repeat_interleave(reshape(x, {before, x.shape()[d], after}), repeats, 1), result);
  }
  stretched.insert(d + 1, repeats);
  return reshape(clone(broadcast_to(unsqueeze(x, d + 1), stretched)), result);
}
const Op repeat_interleave_op{"repeat_interleave"};

Tensor repeat_interleave(const Tensor& x, const Tensor& repeats, std::optional<std::int64_t> dim) {
  const char* op = "repeat_interleave";
  check_inputs(op, {&x, &repeats});
  if (!dim) return repeat_interleave(reshape(x, {x.numel()}), repeats, 0);
  const int d = wrap_dim(op, *dim, x.ndim());
  const std::int64_t size = x.shape()[d];
  check(repeats.dtype() == int64 && repeats.ndim() <= 1 && (repeats.numel() == size || repeats.numel() == 1),
        "{}: the repeats {} must be int64, one for each of the {} slices of {} or one for all", op, describe(repeats),
        size, describe(x));
  check(x.device() != meta, "{}: the size of the result depends on the repeats, which are not there on {}", op, meta);
  const std::vector<std::int64_t> times = to_vector<std::int64_t>(repeats);
  std::int64_t total = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int64_t count = times[times.size() == 1 ? 0 : static_cast<std::size_t>(i)];
    check(count >= 0 && !__builtin_add_overflow(total, count, &total), "{}: there can't be {} repeats of a slice", op,
          count);
  }
  Shape result = x.shape();
  result[d] = total;
  numel(result, op);
  Tensor places = empty({total}, int64, cpu);
  std::int64_t* at = places.data<std::int64_t>();
  for (std::int64_t i = 0; i < size; ++i) {
    at = std::fill_n(at, times[times.size() == 1 ? 0 : static_cast<std::size_t>(i)], i);
  }
  return index_select(x, d, to(places, x.device()));
}

}  // namespace adora
