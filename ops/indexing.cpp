#include "indexing.h"

#include <algorithm>

#include "../autograd/record.h"
#include "arithmetic.h"
#include "broadcast.h"
#include "compare.h"
#include "creation.h"
#include "in_place.h"
#include "index_tensors.h"
#include "op.h"
#include "view.h"

namespace adora {
namespace {

/// What indices name: a view, and in some of its dimensions what index tensors name.
struct Selection {
  Tensor view;
  Tensors tensors;  ///< for the view's dimensions from the first on, undefined where one is whole
  bool is_view() const {
    return std::none_of(tensors.begin(), tensors.end(), [](const Tensor& x) { return x.defined(); });
  }
};

/// Goes through the indices from left to right.
class Selecting {
 public:
  Selecting(const char* op, const Tensor& x, const Indices& indices) : op_(op), x_(x), selection_{x, {}} {
    check_count(indices);
    for (const Index& index : indices) take(index);
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
    check(index.device() == x_.device(),
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
      case Index::Kind::newaxis: view = unsqueeze(view, dim_), pass(1); return;
      case Index::Kind::ellipsis: pass(left_); return;
      case Index::Kind::tensor: take_tensor(index.tensor); return;
      case Index::Kind::slice: break;
    }
    const Slice& slice = index.slice;
    check(slice.step > 0, "{}: the step of a slice must be positive, not {}", op_, slice.step);
    if (slice.start.at || slice.stop.at || slice.step != 1) {
      view = adora::slice(view, dim_, slice.start.at.value_or(0), slice.stop.at.value_or(view.size(dim_)), slice.step);
    }
    pass(1);
  }

  /// Goes on by as many dimensions of the view, which no tensor indexes.
  void pass(int dims) {
    dim_ += dims;
    for (int i = 0; i < dims; ++i) selection_.tensors.emplace_back();
  }

  void take_tensor(const Tensor& given) {
    const Tensor index = given.dtype() == int32 ? to(given, int64) : given;
    if (index.dtype() == int64 && index.ndim() == 0 && index.device() != meta) {  // as the number itself, as in PyTorch
      selection_.view = select(selection_.view, dim_, wrapped(to_vector<std::int64_t>(index)[0]));
      return;
    }
    if (index.ndim() == 0) {
      // A truth is a mask of a new dimension: all of it or nothing.
      if (index.dtype() == boolean) selection_.view = unsqueeze(selection_.view, dim_);
      selection_.tensors.push_back(index.dtype() == boolean ? unsqueeze(index, 0) : index);
      ++dim_;
      return;
    }
    selection_.tensors.push_back(index);
    dim_ += index.dtype() == boolean ? index.ndim() : 1;
  }

  const char* op_;
  const Tensor& x_;
  Selection selection_;
  int dim_ = 0;   ///< of the view where the next index stands
  int left_ = 0;  ///< dimensions for which the indices don't stand
};

Selection selected(const char* op, const Tensor& x, const Indices& indices) {
  return Selecting(op, x, indices).result();
}

}  // namespace

Tensor index(const Tensor& x, const Indices& indices) {
  check_inputs("index", {&x});
  const Selection s = selected("index", x, indices);
  return detail::index_by_tensors("index", s.view, s.tensors);
}
const Op index_op{"index"};

Tensor index_put(const Tensor& x, const Indices& indices, const Tensor& values, bool accumulate) {
  check_inputs("index_put", {&x, &values});
  const Selection s = selected("index_put", x, indices);
  if (s.view.is(x)) return detail::index_put_by_tensors("index_put", x, s.tensors, values, accumulate);
  // Where the elements that the indices name stand row by row.
  const Tensor numbers = reshape(arange(x.numel(), int64, x.device()), x.shape());
  const Selection of_numbers = selected("index_put", numbers, indices);
  const Tensor places = detail::index_by_tensors("index_put", of_numbers.view, of_numbers.tensors);
  return reshape(detail::index_put_by_tensors("index_put", reshape(x, {x.numel()}), {places}, values, accumulate),
                 x.shape());
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
  check(values.dtype() == x.dtype(), "index_put_: the values are {} and x {}; convert one with to(x, {})",
        describe(values), describe(x), name(x.dtype()));
  if (!s.is_view()) {
    // What lies in a view is written there alone.
    return copy_(s.view, detail::index_put_by_tensors("index_put_", s.view, s.tensors, values, false));
  }
  check(broadcast("index_put_", values.shape(), s.view.shape()) == s.view.shape(),
        "index_put_: values of shape {} do not broadcast to the places' {}", values.shape(), s.view.shape());
  copy_(s.view, broadcast_to(values, s.view.shape()));
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
