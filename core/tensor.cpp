#include "tensor.h"

#include "cuda.h"
#include "pooled.h"

namespace adora {
namespace {

/// The places in a storage between which the elements of a layout lie, of which there are some.
struct Span {
  explicit Span(const Layout& layout) : first(layout.offset), last(layout.offset) {
    for (int d = 0; d < layout.shape.size(); ++d) {
      std::int64_t reach;
      overflow |= __builtin_mul_overflow(layout.shape[d] - 1, layout.strides[d], &reach);
      std::int64_t& end = reach < 0 ? first : last;
      overflow |= __builtin_add_overflow(end, reach, &end);
    }
  }
  std::int64_t first, last;
  bool overflow = false;
};

/// Whether all elements of a layout, of which there are some, lie in the first `bytes` of a storage.
bool lies_within(const Layout& layout, std::size_t bytes, std::size_t size) {
  const Span span(layout);
  std::size_t end;
  return !span.overflow && span.first >= 0 &&
         !__builtin_mul_overflow(static_cast<std::size_t>(span.last) + 1, size, &end) && end <= bytes;
}

}  // namespace

Tensor::Tensor(std::shared_ptr<Storage> storage, Layout layout, DType dtype) {
  check(storage != nullptr && layout.strides.size() == layout.shape.size(),
        "a tensor needs a storage, and a stride for each dimension of its shape {}, not {}", layout.shape,
        layout.strides);
  std::int64_t count = adora::numel(layout.shape);
  if (count > 0 && !lies_within(layout, storage->bytes(), size_of(dtype))) {
    fail("with_layout: shape {}, strides {} and offset {} reach beyond the storage, which holds {} numbers of {}",
         layout.shape, layout.strides, layout.offset, storage->bytes() / size_of(dtype), name(dtype));
  }
  impl_ = make_pooled<Impl>(Impl{std::move(storage), std::move(layout), dtype, count, nullptr});
}

Tensor empty(const Shape& shape, DType dtype, Device device) {
  std::int64_t count = numel(shape, "empty");
  check(count < (std::int64_t{1} << 58), "empty: a tensor of shape {} is too large to allocate", shape);
  auto storage = make_pooled<Storage>(static_cast<std::size_t>(count) * size_of(dtype), device);
  return Tensor(std::move(storage), Layout::contiguous(shape), dtype);
}

Tensor empty_like(const Tensor& like) { return empty(like.shape(), like.dtype(), like.device()); }
Tensor empty_like(const Tensor& like, const Shape& shape) { return empty(shape, like.dtype(), like.device()); }
Tensor empty_in_order_of(const Tensor& like) { return empty_like(like).with_layout(like.layout().without_gaps()); }

void check_inputs(const char* op, std::initializer_list<const Tensor*> tensors,
                  std::initializer_list<const Tensor*> optional) {
  const Tensor* first = nullptr;
  auto one_device = [&](const Tensor& x) {
    if (!first) first = &x;
    check(x.device() == first->device(), "{}: {} and {} lie on different devices; move one with to(x, device)", op,
          describe(*first), describe(x));
  };
  int number = 0;
  for (const Tensor* x : tensors) {
    ++number;
    check(x->defined(), "{}: tensor {} of {} is undefined; give it a value first", op, number, tensors.size());
    one_device(*x);
  }
  for (const Tensor* x : optional)
    if (x->defined()) one_device(*x);
}

std::string detail::text_of_tensor(const void* of) {
  const Tensor& x = *static_cast<const Tensor*>(of);
  return x.defined() ? fmt::format("{} {} on {}", name(x.dtype()), x.shape(), x.device()) : "an undefined tensor";
}

std::string describe(std::span<const Tensor> tensors) {
  constexpr std::size_t shown = 8;
  std::string text;
  for (std::size_t i = 0; i < tensors.size() && i <= shown; ++i)
    text += (i ? ", " : "") + (i < shown ? std::string(describe(tensors[i])) : "…");
  return text;
}

namespace {

/// Calls f(pointer offset) for each element, row by row.
template <class F> void for_each_offset(const Layout& layout, F&& f) {
  std::int64_t count = numel(layout.shape);
  Shape index = Shape::filled(layout.shape.size(), 0);
  std::int64_t offset = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    f(offset);
    for (int d = layout.shape.size() - 1; d >= 0; --d) {
      offset += layout.strides[d];
      if (++index[d] < layout.shape[d]) break;
      offset -= layout.strides[d] * layout.shape[d];
      index[d] = 0;
    }
  }
}

/// x itself, or a copy, with x's strides, of the memory that its elements span.
Tensor readable(const char* what, const Tensor& x) {
  check_inputs(what, {&x});
  if (x.device().type == DeviceType::cpu) return x;
  check(x.device().type == DeviceType::cuda, "{}: a tensor on {} has no numbers", what, x.device());
  if (x.numel() == 0) return empty(x.shape(), x.dtype(), cpu);
  Layout layout = x.layout();
  const Span span(layout);
  layout.offset -= span.first;
  Tensor copy = empty({span.last - span.first + 1}, x.dtype(), cpu);
  const std::size_t size = size_of(x.dtype());
  cuda::read(copy.raw(), static_cast<const std::byte*>(x.raw()) - static_cast<std::size_t>(layout.offset) * size,
             static_cast<std::size_t>(copy.numel()) * size);
  return copy.with_layout(layout);
}

}  // namespace

template <class T> std::vector<T> to_vector(const Tensor& from) {
  const Tensor x = readable("to_vector", from);
  // The offsets do not depend on the dtype, so that this loop is compiled once.
  std::vector<std::int64_t> offsets;
  offsets.reserve(static_cast<std::size_t>(x.numel()));
  for_each_offset(x.layout(), [&](std::int64_t at) { offsets.push_back(at); });
  std::vector<T> values(offsets.size());
  visit(x.dtype(), [&]<class From>() {
    const From* data = x.data<From>();
    for (std::size_t i = 0; i < offsets.size(); ++i)
      values[i] = static_cast<T>(static_cast<Compute<From>>(data[offsets[i]]));
  });
  return values;
}

template std::vector<float> to_vector(const Tensor&);
template std::vector<double> to_vector(const Tensor&);
template std::vector<std::int64_t> to_vector(const Tensor&);
template std::vector<std::int32_t> to_vector(const Tensor&);
template std::vector<std::uint8_t> to_vector(const Tensor&);

double item(const Tensor& x) {
  check_inputs("item", {&x});
  check(x.numel() == 1, "item: the tensor has {} elements ({}), not one", x.numel(), describe(x));
  return to_vector<double>(x)[0];
}

Tensor::operator bool() const {
  check_inputs("bool", {this});
  check(
      adora::numel(shape()) == 1,
      "bool: {} has no single truth, which `if` and `&&` need; ask any(x) or all(x), and combine tensors with & and |",
      describe(*this));
  return item() != 0;  // NaN is true, as in Python
}

double TensorMembers::item() const { return adora::item(static_cast<const Tensor&>(*this)); }

}  // namespace adora
