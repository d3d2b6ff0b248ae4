#pragma once
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include "../core/tensor.h"
#include "truth.h"

/// Indexing as in Python:
///
///     x[0], x[-1], x[{slice(1, 5), 2}], x.at(ellipsis, 0), x.at(all, newaxis, slice(none, none, 2))   // views
///     x.at(x > 0), x.at(rows), x.at(all, rows, columns)                                              // copies
///
/// Whole numbers, slices, `newaxis` and `ellipsis` give views. Tensors of whole numbers (int64 or int32) and of truths
/// give copies of the elements that they name, by PyTorch's rules: a mask stands for the places where it is true, in
/// as many dimensions as it has; several index tensors are broadcast together; the dimensions of what they name stand
/// where the first of them stands, or in front where indices of another kind stand between them. Negative numbers count
/// from the back. Recorded, with gradients of gradients: elements named twice get the sum.
namespace adora {

/// No bound, in a slice; as an index by itself a new dimension of size 1, as None in Python.
struct None {};
inline constexpr None none, newaxis;
/// As many whole dimensions as the other indices leave.
struct Ellipsis {};
inline constexpr Ellipsis ellipsis;

struct Bound {
  constexpr Bound(None) {}
  constexpr Bound(std::int64_t number) : at(number) {}
  std::optional<std::int64_t> at;
};
struct Slice {
  Bound start = none, stop = none;
  std::int64_t step = 1;
};
/// Elements start, start + step, … below `stop`, as start:stop:step in Python: slice(2, none) is 2:, slice(3) is :3.
inline Slice slice(Bound start, Bound stop, std::int64_t step = 1) { return {start, stop, step}; }
inline Slice slice(Bound stop) { return {none, stop}; }
inline Slice slice() { return {}; }

/// One index, made of any of the above.
class Index {
 public:
  enum class Kind { integer, slice, newaxis, ellipsis, tensor };

  template <WholeNumber N> Index(N number) : kind(Kind::integer), number(static_cast<std::int64_t>(number)) {}
  Index(const Slice& slice) : kind(Kind::slice), slice(slice) {}
  Index(const detail::All&) : kind(Kind::slice) {}
  Index(None) : kind(Kind::newaxis) {}
  Index(Ellipsis) : kind(Kind::ellipsis) {}
  Index(const Tensor& tensor) : kind(Kind::tensor), tensor(tensor) {}
  template <std::floating_point N> Index(N) = delete;  // an index is a whole number, a slice or a tensor
  template <std::same_as<bool> B> Index(B) = delete;   // an index is a whole number, a slice or a tensor

  Kind kind;
  std::int64_t number = 0;
  Slice slice = {};
  Tensor tensor = {};
};
using Indices = std::vector<Index>;

/// The elements that the indices name; what x[…] and x.at(…) give. A mask must not lie on the
/// shape-only device: how many places it names is not known there.
Tensor index(const Tensor& x, const Indices& indices);

/// x with `values`, which broadcast to the shape of x.at(indices…), in the places that the indices name. Those that are
/// named twice get the last value; with `accumulate` all are added to what x has there. Recorded, with gradients of
/// gradients.
Tensor index_put(const Tensor& x, const Indices& indices, const Tensor& values, bool accumulate = false);

/// Writes them there in place, as `x.at(…) = values` does. Not recorded: an error where one of both wants a gradient
/// and recording is on, for which index_put is.
void index_put_(const Tensor& x, const Indices& indices, const Tensor& values);

/// What x[…] and x.at(…) give: a tensor, which can also be assigned to as long as it has no name, and so changes x in
/// place: `x[0] = y`, `x.at(x < 0) = 0`, `x.at(rows) += 1`, of which an element that is named twice gets one.
/// As for every change in place (copy_), it is an error where a gradient would have to flow: index_put is recorded.
class Indexed : public Tensor {
 public:
  Indexed(const Tensor& x, Indices indices);
  Indexed(const Indexed&) = default;
  Indexed(Indexed&&) = default;

  Indexed& operator=(const Tensor& values) && { return write(values); }
  Indexed& operator=(const Indexed& values) && { return write(values); }
  Indexed& operator=(double value) &&;
  // A tensor with a name is another handle, as any.
  Indexed& operator=(const Tensor& other) & { return become(other); }
  Indexed& operator=(const Indexed& other) & { return become(other); }

  Indexed& operator+=(const Tensor& y) &&;
  Indexed& operator-=(const Tensor& y) &&;
  Indexed& operator*=(const Tensor& y) &&;
  Indexed& operator/=(const Tensor& y) &&;
  Indexed& operator+=(double c) &&;
  Indexed& operator-=(double c) &&;
  Indexed& operator*=(double c) &&;
  Indexed& operator/=(double c) &&;

 private:
  struct Source {
    Tensor x;
    Indices indices;
  };
  Indexed& write(const Tensor& values);
  Indexed& become(const Tensor& other);
  Indexed& scale(const char* op, double scale, double shift);
  std::shared_ptr<const Source> source_;
};

template <class... I> Indexed TensorMembers::at(const I&... indices) const {
  return Indexed(static_cast<const Tensor&>(*this), {Index(indices)...});
}

}  // namespace adora
