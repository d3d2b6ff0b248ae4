#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "../core/tensor.h"

namespace adora {

/// A tensor and what its operation calls it: `{"weight", weight}`. The name is a string literal.
struct ToSave {
  const char* name;
  const Tensor& tensor;
};

/// A tensor kept for the backward pass. Taking it out checks that it was not changed in place since. It has the
/// tensor's memory and history, not its handle: so an operation may save its own output, which holds the node.
class Saved {
 public:
  explicit Saved(const ToSave& kept);

  const char* name() const { return name_; }
  bool defined() const { return tensor_.defined(); }
  /// Whether it is that tensor under that name; asked while the operation is recorded.
  bool is(const ToSave& other) const { return id_ == other.tensor.id() && std::string_view(name_) == other.name; }
  /// The tensor with its history; undefined where an undefined one was saved.
  Tensor operator*() const;
  /// Notes that it is output number `output` of the operation, if it is `y`.
  void note_output(const Tensor& y, int output) {
    if (id_ == y.id()) output_ = output;
  }
  /// The tensor unchecked, for those who list what a graph keeps. The operation's own output is without history here.
  const Tensor& kept() const { return tensor_; }

 private:
  const char* name_;
  Tensor tensor_;
  const void* id_ = nullptr;  ///< Tensor::id() while the operation is recorded
  std::uint64_t version_ = 0;
  int output_ = -1;  ///< which of the operation's own outputs it is
};

/// The tensors that an operation saved, by name. Its gradient function gets them, for as long as it runs.
class SavedTensors {
 public:
  SavedTensors(std::span<const Saved> all) : all_(all) {}
  /// The tensor that was saved under that name; an error where there is none.
  Tensor operator[](std::string_view name) const;
  Tensor at(std::size_t i) const { return *all_[i]; }

 private:
  std::span<const Saved> all_;
};

}  // namespace adora
