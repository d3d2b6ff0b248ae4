#pragma once
#include "../noted_call.h"

namespace adora {

/// Dimensions from `start` to `end` become one; negative ones count from the back. By default all but the first, the
/// batch's.
class Flatten final : public Module {
 public:
  explicit Flatten(std::int64_t start = 1, std::int64_t end = -1) : start_(start), end_(end) {}
  Tensor operator()(const Tensor& x) const;

 private:
  std::int64_t start_, end_;
};

/// Gives x as it is: in the place of a part that is left out.
class Identity final : public Module {
 public:
  Tensor operator()(const Tensor& x) const {
    return noted_call(*this, [&] { return x; });
  }
};

}  // namespace adora
