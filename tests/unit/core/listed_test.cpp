#include "../../../core/listed.h"

#include "../../catch.h"

using namespace adora;

TEST_CASE("a list of names stays short however many and long they are") {
  CHECK(listed({}) == "");
  CHECK(listed({"a"}) == "a");
  CHECK(listed({"a", "b", "c"}) == "a, b, c");
  CHECK(listed({"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}) == "1, 2, 3, 4, 5, 6, 7, 8 and 2 more");
  const std::string text = listed(std::vector<std::string>(5000, std::string(5000, 'x')));
  CHECK(text.size() < 1000);
  CHECK_THAT(text, ContainsSubstring(" and 4992 more"));
}
