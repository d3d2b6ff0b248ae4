#pragma once
#include <vector>

#include "../core/tensor.h"

namespace adora {

/// A tensor kept for the backward pass. Taking it out checks that it was not
/// changed in place since. An output of the operation that saves it may be saved
/// too: no cycle of handles results.
class Saved {
 public:
  Saved() = default;
  explicit Saved(const Tensor& x);
  Saved(const Saved& other);
  Saved(Saved&&) noexcept = default;
  Saved& operator=(const Saved&) = default;
  Saved& operator=(Saved&&) noexcept = default;
  ~Saved() = default;

  bool defined() const { return tensor_.defined(); }
  /// The tensor with its history; undefined where an undefined one was saved.
  Tensor operator*() const;

  /// While one lives, every Saved that is copied on this thread is noted: drawing
  /// a graph copies each gradient function and so learns what it keeps alive.
  class Observer {
   public:
    Observer();
    ~Observer();
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    std::vector<Tensor> seen;

   private:
    Observer* before_;
  };

 private:
  Tensor tensor_;
  const void* id_ = nullptr;
  std::uint64_t version_ = 0;
};

/// Keeps `x` for the backward pass; written in the capture of a gradient function:
/// `[x = save(x)](const Tensor& g) { return g * *x; }`.
inline Saved save(const Tensor& x) { return Saved(x); }

}  // namespace adora
