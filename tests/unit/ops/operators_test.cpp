#include <cmath>
#include <limits>

#include "../../numeric.h"
#include "../../refused.h"

using namespace adora;

namespace {

using Numbers = std::vector<double>;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();

Numbers numbers(const Tensor& x) { return to_vector<double>(x); }

}  // namespace

TEST_CASE("comparisons with a tensor or a number on either side give truths") {
  const Tensor x = tensor({-1, 0, 2, not_a_number}), y = tensor({0, 0, 1, 1}, float32);
  CHECK((x > 0).dtype() == boolean);
  CHECK(numbers(x > 0) == Numbers{0, 0, 1, 0});
  CHECK(numbers(x >= 0) == Numbers{0, 1, 1, 0});
  CHECK(numbers(x < 0) == Numbers{1, 0, 0, 0});
  CHECK(numbers(x <= 0) == Numbers{1, 1, 0, 0});
  CHECK(numbers(x == 0) == Numbers{0, 1, 0, 0});
  CHECK(numbers(x != 0) == Numbers{1, 0, 1, 1});
  CHECK(numbers(0 < x) == Numbers{0, 0, 1, 0});
  CHECK(numbers(0 <= x) == Numbers{0, 1, 1, 0});
  CHECK(numbers(0.0 > x) == Numbers{1, 0, 0, 0});
  CHECK(numbers(0 >= x) == Numbers{1, 1, 0, 0});
  CHECK(numbers(2 == x) == Numbers{0, 0, 1, 0});
  CHECK(numbers(2 != x) == Numbers{1, 1, 0, 1});
  CHECK(numbers(x > y) == Numbers{0, 0, 1, 0});
  CHECK(numbers(x >= y) == Numbers{0, 1, 1, 0});
  CHECK(numbers(x < y) == Numbers{1, 0, 0, 0});
  CHECK(numbers(x <= y) == Numbers{1, 1, 0, 0});
  CHECK(numbers(x == y) == Numbers{0, 1, 0, 0});
  CHECK(numbers(x != y) == Numbers{1, 0, 1, 1});
  CHECK(numbers(x == x) == Numbers{1, 1, 1, 0});
  // A number counts as it is rounded to the dtype.
  for (DType dtype : {float16, bfloat16, float32, float64}) CHECK(numbers(full({1}, 0.1, dtype) == 0.1) == Numbers{1});
}

TEST_CASE("whole numbers are compared exactly with any number") {
  const Tensor x = tensor({1, 2, 3}), bytes = tensor({0, 255}, uint8), truths = tensor({true, false});
  CHECK(numbers(x > 1.5) == Numbers{0, 1, 1});
  CHECK(numbers(x >= 1.5) == Numbers{0, 1, 1});
  CHECK(numbers(x < 2.5) == Numbers{1, 1, 0});
  CHECK(numbers(x <= 2.5) == Numbers{1, 1, 0});
  CHECK(numbers(x == 1.5) == Numbers{0, 0, 0});
  CHECK(numbers(x != 1.5) == Numbers{1, 1, 1});
  for (double c : {inf, 1e30, 0x1p63}) {
    CHECK(numbers(x < c) == Numbers{1, 1, 1});
    CHECK(numbers(x > -c - 1e10) == Numbers{1, 1, 1});
    CHECK(numbers(x >= c) == Numbers{0, 0, 0});
    CHECK(numbers(x == c) == Numbers{0, 0, 0});
  }
  CHECK(numbers(x < not_a_number) == Numbers{0, 0, 0});
  CHECK(numbers(x != not_a_number) == Numbers{1, 1, 1});
  CHECK(numbers(bytes > -1) == Numbers{1, 1});
  CHECK(numbers(bytes < 300) == Numbers{1, 1});
  CHECK(numbers(truths == true) == Numbers{1, 0});
  CHECK(numbers(truths == 2) == Numbers{0, 0});
  const std::int64_t large = std::int64_t{1} << 53;
  CHECK(numbers(tensor({large + 1}) > 0x1p53) == Numbers{1});
}

TEST_CASE("truths are combined element by element, whole numbers bit by bit") {
  const Tensor a = tensor({true, true, false, false}), b = tensor({true, false, true, false});
  CHECK(numbers(a & b) == Numbers{1, 0, 0, 0});
  CHECK(numbers(a | b) == Numbers{1, 1, 1, 0});
  CHECK(numbers(a ^ b) == Numbers{0, 1, 1, 0});
  CHECK(numbers(~a) == Numbers{0, 0, 1, 1});
  CHECK(numbers(!a) == Numbers{0, 0, 1, 1});
  CHECK((a ^ b).dtype() == boolean);
  CHECK((~a).dtype() == boolean);
  const Tensor x = tensor({12, -1}), y = tensor(10);
  CHECK(numbers(x & y) == Numbers{8, 10});
  CHECK(numbers(x | y) == Numbers{14, -1});
  CHECK(numbers(x ^ y) == Numbers{6, -11});
  CHECK(numbers(~x) == Numbers{-13, 0});
  CHECK(numbers(x & 1) == Numbers{0, 1});
  CHECK(numbers((x ^ 1) | 2) == Numbers{15, -2});
  CHECK(numbers(!tensor({0.0, 0.5})) == Numbers{1, 0});
  CHECK(numbers(~tensor({0, 1, 255}, uint8)) == Numbers{255, 254, 0});
  check_refused({
      {"&: works on truths", [] { ones({2}) & ones({2}); }},
      {"|: inputs are", [=] { a | x; }},
  });
}

TEST_CASE("a single number is a truth, and of several any or all has to be asked") {
  CHECK((tensor(2.0) > 1 ? true : false));
  CHECK_FALSE((tensor({{0}}) ? true : false));
  check_refused({
      {"any(x) or all(x)",
       [] {
         return tensor({1, 2}) > 1 ? 1 : 0;
       }},
      {"any(x) or all(x)", [] { return static_cast<bool>(zeros({0})); }},
      {"undefined", [] { return static_cast<bool>(Tensor()); }},
  });
}

TEST_CASE("any, all, equal and allclose say what holds for many numbers") {
  const Tensor x = tensor({{0, 1}, {2, 3}});
  CHECK(numbers(any(x)) == Numbers{1});
  CHECK(numbers(all(x)) == Numbers{0});
  CHECK(numbers(any(x, 1)) == Numbers{1, 1});
  CHECK(numbers(all(x, 1)) == Numbers{0, 1});
  CHECK(all(x, 0, true).shape() == Shape{1, 2});
  CHECK(numbers(any(zeros({0}))) == Numbers{0});
  CHECK(numbers(all(zeros({0, 2}), 0)) == Numbers{1, 1});
  CHECK(numbers(all(tensor({not_a_number}))) == Numbers{1});
  CHECK(equal(x, clone(x)));
  CHECK_FALSE(equal(x, x + 1));
  CHECK_FALSE(equal(x, x[0]));
  CHECK_FALSE(equal(tensor({not_a_number}), tensor({not_a_number})));
  CHECK(equal(zeros({0}), zeros({0})));

  const Tensor a = tensor({1.0, inf, -inf, not_a_number, 0.0, 1.0}, float64);
  const Tensor b = tensor({1.00001, inf, inf, not_a_number, 1e-8, inf}, float64);
  CHECK(numbers(isclose(a, b)) == Numbers{1, 1, 0, 0, 1, 0});
  CHECK(numbers(isclose(b, a)) == Numbers{1, 1, 0, 0, 1, 0});
  CHECK(numbers(isclose(a, b, 1e-5, 1e-8, true)) == Numbers{1, 1, 0, 1, 1, 0});
  CHECK(numbers(isclose(tensor({100, 7}), tensor({101, 7}), 0.01, 0)) == Numbers{1, 1});
  CHECK(allclose(a[0], b[0]));
  CHECK_FALSE(allclose(a, b));
  CHECK_THROWS_WITH(isclose(a, b, -1), ContainsSubstring("isclose"));
}

TEST_CASE("a number divided by a tensor is its multiple of the reciprocal") {
  const Tensor x = requires_grad(tensor({0.5, 4.0, -0.0}, float64));
  CHECK(numbers(1.0 / x) == Numbers{2, 0.25, -inf});
  CHECK(numbers(2 / x) == Numbers{4, 0.5, -inf});
  CHECK(numbers(gradients({sum(2 / x)}, {x})[0]) == Numbers{-8, -0.125, -inf});
  CHECK(numbers(+x) == numbers(x));
}

TEST_CASE("x += y changes x where no gradient is concerned, for every handle and view") {
  for (DType dtype : {float64, float32, bfloat16, float16}) {
    Tensor x = tensor({{1, 2}, {3, 4}}, dtype);
    const Tensor same = x, row = x[1];
    const auto version = x.storage()->version();
    x += tensor({1, 3}, dtype);
    x -= 1;
    x *= tensor(2, dtype);
    x /= 4;
    x *= x;
    x /= tensor(0.25, dtype);
    CHECK(numbers(same) == Numbers{1, 16, 9, 36});
    CHECK(numbers(row) == Numbers{9, 36});
    CHECK(x.is(same));
    CHECK(x.storage()->version() == version + 6);
    x -= transpose(x, 0, 1);  // which overlaps
    CHECK(numbers(x) == Numbers{0, 7, -7, 0});
  }
  Tensor whole = tensor({1, 2});
  whole *= 3, whole += whole;
  CHECK(numbers(whole) == Numbers{6, 12});
}

TEST_CASE("where a gradient flows x += y makes a new tensor, and others keep the old") {
  const Tensor w = requires_grad(tensor({1, 2}, float64));
  Tensor total = zeros({2}, float64);
  const Tensor before = total;
  total += w;
  Tensor square = total * total;  // which keeps total for its gradient
  total *= w;
  total -= 1;
  total /= 2;
  square += total;
  CHECK(numbers(before) == Numbers{0, 0});
  CHECK(numbers(square) == Numbers{1, 5.5});
  // w² + (w² - 1) / 2
  CHECK(numbers(gradients({sum(square)}, {w})[0]) == Numbers{3, 6});
}

TEST_CASE("a parameter takes a step of gradient descent in place") {
  Tensor w = tensor({1.0, 2.0}).requires_grad_();
  const Tensor of_a_module = w;
  (w * w).sum().backward();
  {
    NoGrad no_grad;
    w -= 0.5 * w.grad();
  }
  CHECK(numbers(of_a_module) == Numbers{0, 0});
  CHECK(w.is(of_a_module));
  CHECK(w.requires_grad());
}

TEST_CASE("changes in place that can't be are refused") {
  const Tensor leaf = requires_grad(ones({2})), truths = ones({2}, boolean);
  check_refused({
      {"+=: float32 [2]",
       [=] {
         Tensor w = leaf;
         w += 1;
       }},
      {"NoGrad",
       [=] {
         Tensor w = leaf;
         w *= w;
       }},
      {"add_: float32 [2]",
       [=] {
         Tensor x = ones({2});
         x += ones({3, 2});
       }},
      {"+=: float32 [2]",
       [=] {
         Tensor x = ones({2});
         x += ones({3, 2}) * leaf;
       }},
      {"sub_",
       [=] {
         Tensor x = ones({2});
         x -= ones({2}, float64);
       }},
      {"*=",
       [=] {
         Tensor x = ones({2}, int64);
         x *= 0.5;
       }},
      {"div_",
       [=] {
         Tensor x = ones({2}, int64);
         x /= x;
       }},
      {"broadcast, and several",
       [=] {
         Tensor x = expand(ones({1}), {2});
         x += 1;
       }},
      {"mul_", [=] { mul_(ones({2}), leaf); }},
      {"undefined",
       [=] {
         Tensor x;
         x += 1;
       }},
  });
  // A value that a graph keeps is changed at its peril.
  Tensor x = ones({2});
  const Tensor y = sum(x * leaf);
  x += 1;
  CHECK_THROWS_WITH(backward(y), ContainsSubstring("changed in place"));
}
