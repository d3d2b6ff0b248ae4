#include "../../../numeric.h"
#include "../../../refused.h"
#include "but_elementwise.h"

using namespace adora;

TEST_CASE("a PReLU has a slope for each channel where numbers are not positive, and learns it") {
  PReLU prelu(2, 0.5, {.dtype = float64});
  const Tensor x = tensor({{{1, -2}, {-3, 4}}}, float64);  // [1, 2, 2]
  CHECK(to_vector<double>(prelu(x)) == std::vector<double>{1, -1, -1.5, 4});
  backward(sum(prelu(x)));
  CHECK(to_vector<double>(prelu.weight.grad()) == std::vector<double>{-2, -3});
  check_refused({{"0 slopes", [] { PReLU(0); }}});
}
