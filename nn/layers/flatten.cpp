#include "flatten.h"

#include "../../ops/view.h"
#include "../noted_call.h"

namespace adora {

Tensor Flatten::operator()(const Tensor& x) const {
  return noted_call(*this, [&] {
    check_inputs("Flatten", {&x});
    if (x.ndim() == 0) {
      wrap_dim("Flatten", start_, 1), wrap_dim("Flatten", end_, 1);
      return reshape(x, {1});
    }
    const int start = wrap_dim("Flatten", start_, x.ndim()), end = wrap_dim("Flatten", end_, x.ndim());
    check(start <= end, "Flatten: dimension {} comes after dimension {} of {}", start_, end_, describe(x));
    Shape shape;
    std::int64_t together = 1;
    for (int d = 0; d < x.ndim(); ++d) {
      if (d < start || d > end) shape.push_back(x.size(d));
      else together *= x.size(d);
      if (d == end) shape.push_back(together);
    }
    return reshape(x, shape);
  });
}

}  // namespace adora
