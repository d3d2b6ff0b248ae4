#include "../../catch.h"
#include "but_elementwise.h"

using namespace adora;

TEST_CASE("the number of elements is the product of the sizes, 1 for no dimensions and 0 where a size is 0") {
  CHECK(numel(Shape{2, 3, 4}) == 24);
  CHECK(numel(Shape{}) == 1);
  CHECK(numel(Shape{5, 0, 3}) == 0);
}

TEST_CASE("a shape with too many elements or a negative size is refused, in whatever order it is multiplied") {
  std::int64_t large = std::int64_t{1} << 32;
  CHECK_THROWS_AS(numel(Shape{large, large}), Error);
  CHECK_THROWS_AS(numel(Shape{-1, 3}), Error);
  CHECK_THROWS_AS(numel(Shape{-1, 0}), Error);
  CHECK_THROWS_AS(numel(Shape{large, large, 0}), Error);  // its strides could not be told
  CHECK_THROWS_AS(numel(Shape{0, large, large}), Error);
}

TEST_CASE("a ninth dimension is refused") {
  CHECK(Shape::filled(8, 2).size() == 8);
  CHECK_THROWS_WITH(Shape::filled(9, 2), ContainsSubstring("at most 8 dimensions"));
}

TEST_CASE("sizes can be put in and taken out anywhere") {
  Shape shape{2, 3};
  shape.insert(1, 7);
  CHECK(shape == Shape{2, 7, 3});
  shape.insert(3, 9);
  CHECK(shape == Shape{2, 7, 3, 9});
  shape.erase(0);
  CHECK(shape == Shape{7, 3, 9});
  CHECK(to_string(shape) == "[7, 3, 9]");
}

TEST_CASE("shapes broadcast by NumPy's rule") {
  CHECK(broadcast("op", {2, 3, 4}, {4}) == Shape{2, 3, 4});
  CHECK(broadcast("op", {3, 1}, {1, 4}) == Shape{3, 4});
  CHECK(broadcast("op", {}, {2}) == Shape{2});
  CHECK(broadcast("op", {0, 3}, {1, 3}) == Shape{0, 3});
  CHECK(broadcast("op", {1}, {0}) == Shape{0});
}

TEST_CASE("shapes that don't broadcast give an error with the op and both shapes") {
  CHECK_THROWS_WITH(broadcast("blend", {2, 3}, {2, 4}),
                    ContainsSubstring("blend") && ContainsSubstring("[2, 3]") && ContainsSubstring("[2, 4]"));
  CHECK_THROWS_AS(broadcast("blend", {0, 3}, {2, 3}), Error);
}

TEST_CASE("dimensions count from the front, and from the back where negative") {
  CHECK(wrap_dim("op", 0, 3) == 0);
  CHECK(wrap_dim("op", -1, 3) == 2);
  CHECK(wrap_dim("op", -3, 3) == 0);
  CHECK_THROWS_WITH(wrap_dim("blend", 3, 3), ContainsSubstring("blend"));
  CHECK_THROWS_AS(wrap_dim("op", -4, 3), Error);
  CHECK_THROWS_AS(wrap_dim("op", 0, 0), Error);
}
