#pragma once
#include <concepts>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "device.h"
#include "dtype.h"
#include "layout.h"
#include "random.h"
#include "storage.h"
#include "tensor_members.h"

namespace adora {

/// Autograd's data of a tensor, which autograd defines (autograd/node.h): where it came from and its gradient.
struct AutogradMetaInterface {
  virtual ~AutogradMetaInterface() = default;
};

/// An n-dimensional array: a small handle on shared storage with a shape,
/// strides and a dtype. Copying one copies no numbers; two copies are the same
/// tensor. Functions that compute live in ops/, gradients in autograd/; what can be called as a member too, and the
/// indexing, stands in tensor_members.h.
///
/// A default-constructed Tensor is no tensor at all: `defined()` is false.
/// Not thread safe: a tensor may be read by several threads, but changed by one.
class Tensor : public TensorMembers {
 public:
  Tensor() = default;
  /// A view of `storage`; for those who write views, readers of files and kernels. An error where an element would lie
  /// outside of it.
  Tensor(std::shared_ptr<Storage> storage, Layout layout, DType dtype);

  template <Number N> Tensor& operator=(N) = delete;  // x.fill_(value) writes it, x = tensor(value) is another tensor

  bool defined() const { return impl_ != nullptr; }
  /// Whether the only element is not 0, for `if (loss < best)`; an error where there are more or fewer.
  explicit operator bool() const;

  const Shape& shape() const { return layout().shape; }
  const Shape& strides() const { return layout().strides; }
  int ndim() const { return shape().size(); }
  /// The size of a dimension; negative ones count from the back.
  std::int64_t size(std::int64_t dim) const { return shape()[wrap_dim("size", dim, ndim())]; }
  std::int64_t numel() const { return get().numel; }
  DType dtype() const { return get().dtype; }
  Device device() const { return get().storage->device(); }
  const Layout& layout() const { return get().layout; }
  bool is_contiguous() const { return layout().is_contiguous(); }
  const std::shared_ptr<Storage>& storage() const { return get().storage; }

  /// The first element. Elements lie at data()[i·strides()[0] + …]. The caller says
  /// the C++ type; an error where it isn't the dtype's.
  template <class T> T* data() const {
    check(dtype_of<T>() == dtype(), "data<T>(): the tensor holds {}, not {}", name(dtype()), name(dtype_of<T>()));
    return static_cast<T*>(raw());
  }
  /// The first element, whatever its type; null on the shape-only device.
  void* raw() const {
    auto* bytes = static_cast<std::byte*>(get().storage->data());
    return bytes ? bytes + layout().offset * static_cast<std::int64_t>(size_of(dtype())) : nullptr;
  }

  /// Another view of the same storage, without history; an error where that is too small for it.
  Tensor with_layout(Layout layout) const { return Tensor(storage(), std::move(layout), dtype()); }
  /// The same numbers without history: no gradient flows through it.
  Tensor detach() const { return with_layout(layout()); }
  /// Whether both are the same tensor (not merely equal numbers).
  bool is(const Tensor& other) const { return impl_ == other.impl_; }
  /// The number of handles on this tensor.
  long use_count() const { return impl_.use_count(); }
  /// Identifies the tensor while it lives.
  const void* id() const { return impl_.get(); }

  const std::shared_ptr<AutogradMetaInterface>& autograd_meta() const { return get().autograd_meta; }
  void set_autograd_meta(std::shared_ptr<AutogradMetaInterface> meta) const { get().autograd_meta = std::move(meta); }

 private:
  struct Impl {
    std::shared_ptr<Storage> storage;
    Layout layout;
    DType dtype;
    std::int64_t numel;
    std::shared_ptr<AutogradMetaInterface> autograd_meta;
  };
  Impl& get() const {
    check(impl_ != nullptr, "an undefined tensor was used; give it a value first");
    return *impl_;
  }
  std::shared_ptr<Impl> impl_;
};

using Tensors = std::vector<Tensor>;

/// Checks an op's inputs: an error naming `op` where one of `tensors` is undefined (`optional` ones may be), or where
/// they lie on several devices.
void check_inputs(const char* op, std::initializer_list<const Tensor*> tensors,
                  std::initializer_list<const Tensor*> optional = {});

/// A new contiguous tensor whose elements are whatever the memory held.
Tensor empty(const Shape& shape, DType dtype = float32, Device device = default_device());
/// `empty` with another tensor's dtype and device, and its shape unless one is given.
Tensor empty_like(const Tensor& like);
Tensor empty_like(const Tensor& like, const Shape& shape);
/// `empty_like` with the elements in memory in the order of the other's: what is a view of rows stays one.
Tensor empty_in_order_of(const Tensor& like);

/// The elements row by row, converted to T, whatever the strides, the dtype and the device; waits for the device.
template <class T> std::vector<T> to_vector(const Tensor& x);

/// The only element, as a double; an error where there are more or fewer.
double item(const Tensor& x);

namespace detail {
std::string text_of_tensor(const void* x);
}
/// "float32 [2, 3] on cpu", for messages.
inline Description describe(const Tensor& x) { return {&x, detail::text_of_tensor}; }

/// The same of several, the first few: "float32 [2, 3] on cpu, int64 [4] on cpu, …"
std::string describe(std::span<const Tensor> tensors);

/// As PyTorch prints it: "tensor([[1., 2.],\n        [3., 4.]])", with four digits, shortened beyond 1000 elements.
/// Also by `std::cout << x` and `fmt::print("{}", x)`.
std::string to_string(const Tensor& x);
std::ostream& operator<<(std::ostream& out, const Tensor& x);

}  // namespace adora
// And what is derived from it, as x[0] is.
template <std::derived_from<adora::Tensor> T> struct fmt::formatter<T> : adora::detail::Formatter<adora::Tensor> {};
