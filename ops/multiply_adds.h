#pragma once
// Not in adora.h: the library's own.
#include <cstdint>

namespace adora::detail {

/// Counts, while it lives, the multiply-adds of the products that ops compute on this thread: of matrices,
/// convolutions, attention and recurrences. Elementwise functions, sums and norms count as none, and so does a fused
/// backward pass. What the formula says is counted: a causal mask saves nothing.
class MultiplyAdds {
 public:
  MultiplyAdds() : outer_(counting) { counting = this; }
  ~MultiplyAdds() {
    counting = outer_;
    if (outer_) outer_->count_ += count_;
  }
  MultiplyAdds(const MultiplyAdds&) = delete;
  MultiplyAdds& operator=(const MultiplyAdds&) = delete;
  std::int64_t count() const { return count_; }

  /// Adds the product of the sizes to those that are counted, if any are; called by ops.
  template <class... Size> static void add(Size... sizes) {
    if (counting) counting->count_ += (std::int64_t{1} * ... * sizes);
  }

 private:
  static inline constinit thread_local MultiplyAdds* counting = nullptr;
  MultiplyAdds* outer_;
  std::int64_t count_ = 0;
};

}  // namespace adora::detail
