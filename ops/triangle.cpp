#include "triangle.h"

#include "../autograd/record.h"
#include "../backends/triangle.h"
#include "op.h"

namespace adora {
namespace {

Tensor triangle(const char* op, const Tensor& x, std::int64_t diagonal, bool upper) {
  check_inputs(op, {&x});
  check(x.ndim() >= 2, "{}: works on matrices, not on {}", op, describe(x));
  // Beyond the corners nothing changes, and sums with it cannot overflow.
  diagonal = std::clamp(diagonal, -x.size(-2) - 1, x.size(-1) + 1);
  Tensor y = empty_like(x);
  backends::triangle(x, y, diagonal, upper);
  return y;
}

}  // namespace

Tensor tril(const Tensor& x, std::int64_t diagonal) {
  return record("tril", triangle("tril", x, diagonal, false),
                input(x, [diagonal](const Tensor& g) { return tril(g, diagonal); }));
}
const Op tril_op{"tril"};

Tensor triu(const Tensor& x, std::int64_t diagonal) {
  return record("triu", triangle("triu", x, diagonal, true),
                input(x, [diagonal](const Tensor& g) { return triu(g, diagonal); }));
}
const Op triu_op{"triu"};

}  // namespace adora
