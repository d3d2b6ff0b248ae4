#include "../../../core/utf8.h"

#include <string>

#include "../../catch.h"

using namespace adora;

TEST_CASE("utf8: what is well formed is told from what is not") {
  CHECK(find_invalid_utf8("aä€😀\x7f") == std::string::npos);
  for (const char* bytes : {"\x80", "\xc3", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                            "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xe2\x82", "\xe2\x82g"}) {
    CHECK(find_invalid_utf8(std::string("ab") + bytes) == 2);
  }
}
