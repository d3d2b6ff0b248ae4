#include "indexing.h"

#include <algorithm>

#include "../autograd/record.h"
#include "arithmetic.h"
#include "broadcast.h"
#include "compare.h"
#include "creation.h"
#include "in_place.h"
#include "index.h"
#include "op.h"
#include "view.h"

namespace adora {
namespace {

using Numbers = std::vector<std::int64_t>;

/// What indices name: a view, and in some of its dimensions the places that index tensors name.
struct Selection {
  Tensor view;
  std::vector<int> dims;         ///< of the view that tensors index, ascending; none where all is a view
  std::vector<Numbers> numbers;  ///< for each of them the places, `shape` of them row by row
  Shape shape;                   ///< of what the tensors name together

  bool is_view() const { return dims.empty(); }
  /// Where `shape` stands among the other dimensions of the result.
  int place() const { return side_by_side() ? dims.front() : 0; }
  bool side_by_side() const { return dims.back() - dims.front() + 1 == static_cast<int>(dims.size()); }
  /// The dimensions that no tensor indexes.
  std::vector<int> others() const {
    std::vector<int> result;
    for (int d = 0; d < view.ndim(); ++d)
      if (std::find(dims.begin(), dims.end(), d) == dims.end()) result.push_back(d);
    return result;
  }
  Shape result_shape() const {
    if (is_view()) return view.shape();
    Shape result;
    const std::vector<int> rest = others();
    const std::size_t before = static_cast<std::size_t>(place());
    for (std::size_t i = 0; i < before; ++i) result.push_back(view.shape()[rest[i]]);
    for (std::int64_t size : shape) result.push_back(size);
    for (std::size_t i = before; i < rest.size(); ++i) result.push_back(view.shape()[rest[i]]);
    return result;
  }
};

/// Goes through the indices from left to right.
class Selecting {
 public:
  Selecting(const char* op, const Tensor& x, const Indices& indices) : op_(op), x_(x), selection_{x, {}, {}, {}} {
    check_count(indices);
    for (const Index& index : indices) take(index);
    broadcast_tensors();
  }
  Selection result() { return std::move(selection_); }

 private:
  /// The dimensions of x that an index stands for.
  static int width(const Index& index) {
    switch (index.kind) {
      case Index::Kind::newaxis:
      case Index::Kind::ellipsis: return 0;
      case Index::Kind::tensor: return index.tensor.dtype() == boolean ? index.tensor.ndim() : 1;
      default: return 1;
    }
  }

  void check_count(const Indices& indices) {
    int named = 0, ellipses = 0;
    for (const Index& index : indices) {
      if (index.kind == Index::Kind::tensor) check_tensor(index.tensor);
      named += width(index);
      ellipses += index.kind == Index::Kind::ellipsis;
    }
    check(ellipses <= 1, "{}: one ellipsis at most, not {}", op_, ellipses);
    check(named <= x_.ndim(), "{}: indices of {} dimensions are too many for {}", op_, named, describe(x_));
    left_ = x_.ndim() - named;
  }

  void check_tensor(const Tensor& index) {
    check(index.defined(), "{}: an index is an undefined tensor", op_);
    check(
        index.dtype() == int64 || index.dtype() == int32 || index.dtype() == boolean,
        "{}: an index tensor is {}; it must be int64, int32 or boolean: convert it with to(index, int64), or compare, "
        "as in x > 0",
        op_, describe(index));
    check(index.device() == x_.device() || index.device() == cpu || x_.device() == meta,
          "{}: the index tensor {} and {} lie on different devices; move one with to(x, device)", op_, describe(index),
          describe(x_));
  }

  std::int64_t wrapped(std::int64_t number) {
    const std::int64_t size = selection_.view.size(dim_);
    check(number >= -size && number < size, "{}: there is no element {} in a dimension of size {}, of {}", op_, number,
          size, describe(x_));
    return number < 0 ? number + size : number;
  }

  void take(const Index& index) {
    Tensor& view = selection_.view;
    switch (index.kind) {
      case Index::Kind::integer: view = select(view, dim_, wrapped(index.number)); return;
      case Index::Kind::newaxis: view = unsqueeze(view, dim_++); return;
      case Index::Kind::ellipsis: dim_ += left_; return;
      case Index::Kind::tensor: take_tensor(index.tensor); return;
      case Index::Kind::slice: break;
    }
    const Slice& slice = index.slice;
    check(slice.step > 0, "{}: the step of a slice must be positive, not {}", op_, slice.step);
    if (slice.start.at || slice.stop.at || slice.step != 1) {
      view = adora::slice(view, dim_, slice.start.at.value_or(0), slice.stop.at.value_or(view.size(dim_)), slice.step);
    }
    ++dim_;
  }

  void take_tensor(const Tensor& index) {
    if (index.dtype() == boolean) return take_mask(index);
    Numbers numbers = to_vector<std::int64_t>(index);
    if (index.ndim() == 0) {  // as the number itself, as in PyTorch
      selection_.view = select(selection_.view, dim_, wrapped(numbers[0]));
      return;
    }
    for (std::int64_t& number : numbers) number = wrapped(number);
    add(std::move(numbers), index.shape());
  }

  void take_mask(const Tensor& mask) {
    Shape shape = mask.shape();
    if (mask.ndim() == 0) {  // of a new dimension: all of it or nothing
      selection_.view = unsqueeze(selection_.view, dim_);
      shape = {1};
    }
    for (int d = 0; d < mask.ndim(); ++d)
      check(shape[d] == selection_.view.size(dim_ + d),
            "{}: a mask of shape {} does not fit {}: its dimension {} has size {}, where x has {}", op_, shape,
            describe(x_), d, shape[d], selection_.view.size(dim_ + d));
    const std::vector<std::uint8_t> truths = to_vector<std::uint8_t>(mask);
    std::vector<Numbers> numbers(static_cast<std::size_t>(shape.size()));
    for (std::size_t i = 0; i < truths.size(); ++i) {
      if (!truths[i]) continue;
      std::int64_t rest = static_cast<std::int64_t>(i);
      for (int d = shape.size() - 1; d >= 0; --d) {
        numbers[static_cast<std::size_t>(d)].push_back(rest % shape[d]);
        rest /= shape[d];
      }
    }
    const std::int64_t count = static_cast<std::int64_t>(numbers[0].size());
    for (Numbers& of_dim : numbers) add(std::move(of_dim), {count});
  }

  void add(Numbers numbers, const Shape& shape) {
    selection_.dims.push_back(dim_++);
    selection_.numbers.push_back(std::move(numbers));
    shapes_.push_back(shape);
  }

  void broadcast_tensors() {
    for (std::size_t i = 0; i < shapes_.size(); ++i)
      selection_.shape = i ? broadcast(op_, selection_.shape, shapes_[i]) : shapes_[i];
    for (std::size_t i = 0; i < shapes_.size(); ++i) {
      if (shapes_[i] == selection_.shape) continue;
      Numbers& numbers = selection_.numbers[i];
      const Tensor one = tensor(numbers, shapes_[i], cpu);
      numbers = to_vector<std::int64_t>(broadcast_to(one, selection_.shape));
    }
  }

  const char* op_;
  const Tensor& x_;
  Selection selection_;
  std::vector<Shape> shapes_;  ///< of the index tensors
  int dim_ = 0;                ///< of the view where the next index stands
  int left_ = 0;               ///< dimensions for which the indices don't stand
};

Selection selected(const char* op, const Tensor& x, const Indices& indices) {
  return Selecting(op, x, indices).result();
}

/// Σ numbers[k][i]·strides[k]
Numbers combined(const Selection& s, const Numbers& strides) {
  Numbers sums(static_cast<std::size_t>(numel(s.shape)), 0);
  for (std::size_t k = 0; k < strides.size(); ++k)
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += s.numbers[k][i] * strides[k];
  return sums;
}

/// The copies of what the tensors of a selection name.
Tensor gathered(const Selection& s) {
  Tensor x = s.view;
  int place = s.place();
  const std::vector<int> rest = s.others();
  if (!s.side_by_side()) {
    Shape order;
    for (int d : s.dims) order.push_back(d);
    for (int d : rest) order.push_back(d);
    x = permute(x, order);
  }
  // The dimensions that are indexed as one.
  const int count = static_cast<int>(s.dims.size());
  Numbers strides(s.dims.size(), 1);
  for (std::size_t k = s.dims.size() - 1; k > 0; --k)
    strides[k - 1] = strides[k] * x.shape()[place + static_cast<int>(k)];
  Shape merged = x.shape(), result = s.result_shape();
  merged[place] = strides[0] * merged[place];
  for (int k = 1; k < count; ++k) merged.erase(place + 1);
  const Numbers numbers = combined(s, strides);
  const Tensor index = tensor(numbers, {static_cast<std::int64_t>(numbers.size())}, x.device());
  return reshape(index_select(reshape(x, merged), place, index), result);
}

/// The offsets of the elements of some dimensions of a layout, row by row.
Numbers offsets_of(const Layout& layout, std::span<const int> dims) {
  Numbers offsets{0};
  for (int d : dims) {
    Numbers more;
    more.reserve(offsets.size() * static_cast<std::size_t>(layout.shape[d]));
    for (std::int64_t offset : offsets)
      for (std::int64_t i = 0; i < layout.shape[d]; ++i) more.push_back(offset + i * layout.strides[d]);
    offsets = std::move(more);
  }
  return offsets;
}

/// Where each element of the result lies in the view's storage.
Numbers places_of(const Selection& s) {
  const Layout& layout = s.view.layout();
  const std::vector<int> rest = s.others();
  const std::size_t before = s.is_view() ? 0 : static_cast<std::size_t>(s.place());
  Numbers strides;
  for (int d : s.dims) strides.push_back(layout.strides[d]);
  const Numbers named = s.is_view() ? Numbers{0} : combined(s, strides);
  const std::span all(rest);
  const Numbers outer = offsets_of(layout, all.first(before)), inner = offsets_of(layout, all.subspan(before));
  Numbers places;
  places.reserve(outer.size() * named.size() * inner.size());
  for (std::int64_t a : outer)
    for (std::int64_t b : named)
      for (std::int64_t c : inner) places.push_back(layout.offset + a + b + c);
  return places;
}

Tensor as_values(const char* op, const Tensor& x, const Tensor& values, const Shape& shape) {
  check(values.dtype() == x.dtype(), "{}: the values are {} and x {}; convert one with to(x, {})", op, describe(values),
        describe(x), name(x.dtype()));
  check(broadcast(op, values.shape(), shape) == shape, "{}: values of shape {} do not broadcast to the places' {}", op,
        values.shape(), shape);
  return broadcast_to(values, shape);
}

}  // namespace

Tensor index(const Tensor& x, const Indices& indices) {
  check_inputs("index", {&x});
  const Selection s = selected("index", x, indices);
  return s.is_view() ? s.view : gathered(s);
}
const Op index_op{"index"};

Tensor index_put(const Tensor& x, const Indices& indices, const Tensor& values, bool accumulate) {
  check_inputs("index_put", {&x, &values});
  // The places counted row by row, as if x lay so.
  const Selection s = selected("index_put", empty(x.shape(), uint8, meta), indices);
  const Tensor full_values = as_values("index_put", x, values, s.result_shape());
  const Numbers places = places_of(s);
  const std::int64_t count = static_cast<std::int64_t>(places.size()), size = x.numel();
  const Tensor from = reshape(full_values, {count}), to = reshape(x, {size});
  if (accumulate || count == 0) {
    return reshape(index_add(to, 0, tensor(places, {count}, x.device()), from), x.shape());
  }
  // Which of the values goes to each place of x, the last one.
  Numbers sources(static_cast<std::size_t>(size), -1);
  for (std::size_t i = 0; i < places.size(); ++i)
    sources[static_cast<std::size_t>(places[i])] = static_cast<std::int64_t>(i);
  std::vector<std::uint8_t> written(sources.size());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    written[i] = sources[i] >= 0;
    sources[i] = std::max<std::int64_t>(sources[i], 0);
  }
  const Tensor chosen = index_select(from, 0, tensor(sources, {size}, x.device()));
  return reshape(where(ne(tensor(written, {size}, x.device()), 0), chosen, to), x.shape());
}
const Op index_put_op{"index_put"};

void index_put_(const Tensor& x, const Indices& indices, const Tensor& values) {
  check_inputs("index_put_", {&x, &values});
  check(!grad_required_now(x) && !grad_required_now(values),
        "index_put_: {} or the values ({}) want a gradient, and a change in place is not recorded; do it under NoGrad, "
        "or write x = index_put(x, {{…}}, values)",
        describe(x), describe(values));
  detail::check_in_place("index_put_", x);
  NoGrad no_grad;
  const Selection s = selected("index_put_", x, indices);
  const Tensor from = as_values("index_put_", x, values, s.result_shape());
  if (s.is_view()) return copy_(s.view, from);
  if (x.device() != cpu) return copy_(x, index_put(x, indices, values));
  const Numbers places = places_of(s);
  const Tensor row = contiguous(detail::apart(from, x));
  visit_word(x.dtype(), [&]<class Word>() {
    const Word* in = static_cast<const Word*>(row.raw());
    Word* out = static_cast<Word*>(x.storage()->data());
    for (std::size_t i = 0; i < places.size(); ++i) out[places[i]] = in[i];
  });
  x.storage()->bump_version();
}

Indexed TensorMembers::operator[](const Index& index) const { return {static_cast<const Tensor&>(*this), {index}}; }
Indexed TensorMembers::operator[](std::initializer_list<Index> indices) const {
  return {static_cast<const Tensor&>(*this), indices};
}

Indexed::Indexed(const Tensor& x, Indices indices) : Tensor(index(x, indices)) {
  // A view is written to itself.
  bool view = true;
  for (const Index& index : indices) view = view && index.kind != Index::Kind::tensor;
  if (!view) source_ = std::make_shared<Source>(Source{x, std::move(indices)});
}

Indexed& Indexed::write(const Tensor& values) {
  if (source_) index_put_(source_->x, source_->indices, values);
  else index_put_(*this, {}, values);
  return *this;
}
Indexed& Indexed::become(const Tensor& other) {
  Tensor::operator=(other);
  source_ = nullptr;
  return *this;
}

Indexed& Indexed::operator=(double value) && { return write(full({}, value, dtype(), device())); }

Indexed& Indexed::operator+=(const Tensor& y) && { return source_ ? write(add(*this, y)) : (add_(*this, y), *this); }
Indexed& Indexed::operator-=(const Tensor& y) && { return source_ ? write(sub(*this, y)) : (sub_(*this, y), *this); }
Indexed& Indexed::operator*=(const Tensor& y) && { return source_ ? write(mul(*this, y)) : (mul_(*this, y), *this); }
Indexed& Indexed::operator/=(const Tensor& y) && { return source_ ? write(div(*this, y)) : (div_(*this, y), *this); }
Indexed& Indexed::operator+=(double c) && { return scale("+=", 1, c); }
Indexed& Indexed::operator-=(double c) && { return scale("-=", 1, -c); }
Indexed& Indexed::operator*=(double c) && { return scale("*=", c, 0); }
Indexed& Indexed::operator/=(double c) && { return scale("/=", 1 / c, 0); }
Indexed& Indexed::scale(const char* op, double scale, double shift) {
  if (source_) return write(affine(*this, scale, shift));
  detail::affine_in_place(op, *this, scale, shift);
  return *this;
}

}  // namespace adora
