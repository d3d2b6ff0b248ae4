#pragma once
#include <algorithm>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <vector>

#include "error.h"

namespace adora {

template <class T>
concept WholeNumber = std::integral<T> && !std::same_as<T, bool>;

/// A short list of sizes, strides or dimensions: at most 8, kept in place, so
/// that making a tensor allocates nothing for its shape.
class Shape {
 public:
  static constexpr int max_size = 8;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> values) : Shape(std::span(values.begin(), values.size())) {}
  Shape(const std::vector<std::int64_t>& values) : Shape(std::span<const std::int64_t>(values)) {}
  /// One number: `sum(x, 1)`, `zeros(3)`. A truth is none, so that `sum(x, true)` does not compile.
  template <WholeNumber N> Shape(N value) : Shape({static_cast<std::int64_t>(value)}) {}
  explicit Shape(std::span<const std::int64_t> values) {
    for (std::int64_t value : values) push_back(value);
  }
  /// `size` times `value`.
  static Shape filled(int size, std::int64_t value) {
    check(size >= 0, "Shape::filled: a shape of {} dimensions cannot be", size);
    Shape result;
    for (int i = 0; i < size; ++i) result.push_back(value);
    return result;
  }

  int size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// i in 0 … size() - 1, which is not checked.
  std::int64_t& operator[](int i) { return values_[i]; }
  std::int64_t operator[](int i) const { return values_[i]; }
  std::int64_t back() const {
    check(size_ > 0, "Shape::back: a shape of no dimensions has no last one");
    return values_[size_ - 1];
  }
  const std::int64_t* begin() const { return values_; }
  const std::int64_t* end() const { return values_ + size_; }
  std::int64_t* begin() { return values_; }
  std::int64_t* end() { return values_ + size_; }

  void push_back(std::int64_t value) {
    check(size_ < max_size, "a tensor has at most {} dimensions", max_size);
    values_[size_++] = value;
  }
  void insert(int at, std::int64_t value) {
    check(at >= 0 && at <= size_, "Shape::insert: there is no place {} in a shape of {} dimensions", at, size_);
    push_back(value);
    std::rotate(begin() + at, end() - 1, end());
  }
  void erase(int at) {
    check(at >= 0 && at < size_, "Shape::erase: there is no dimension {} in a shape of {}", at, size_);
    std::copy(begin() + at + 1, end(), begin() + at);
    --size_;
  }

  friend bool operator==(const Shape& a, const Shape& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

 private:
  std::int64_t values_[max_size] = {};
  int size_ = 0;
};

/// "[2, 3]"
std::string to_string(const Shape& shape);
std::ostream& operator<<(std::ostream& out, const Shape& shape);

}  // namespace adora
template <> struct fmt::formatter<adora::Shape> : adora::detail::Formatter<adora::Shape> {};
namespace adora {

/// The number of elements; an error, naming `op` where that is given, where a size is negative or all sizes but those
/// of 0 multiply to more than fits: so strides always fit.
std::int64_t numel(const Shape& shape, const char* op = nullptr);

/// Strides of a tensor whose elements lie row by row without gaps; an error as numel's.
Shape contiguous_strides(const Shape& shape);

/// The shape both broadcast to under NumPy's rule; an error naming `op` and both
/// shapes where they don't fit.
Shape broadcast(const char* op, const Shape& a, const Shape& b);

/// `dim` counted from the front, where negative numbers count from the back;
/// an error naming `op` where there is no such dimension.
int wrap_dim(const char* op, std::int64_t dim, int ndim);

}  // namespace adora
