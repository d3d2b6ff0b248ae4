#include "../../../core/printable.h"

#include "../../../core/error.h"
#include "../../../core/random.h"
#include "../../../core/utf8.h"
#include "../../catch.h"

using namespace adora;

TEST_CASE("printable text stays as it is") {
  for (const std::string text : {"", "plain", "ä€😀", "a \\xff that was written so", "“quoted”", "‌zero‍width"}) {
    CHECK(printable(text) == text);
    CHECK(shortened(text) == text);
  }
}

TEST_CASE("bytes that are no character, and characters that do something, are shown by their numbers") {
  CHECK(printable("a\xff") == "a\\xff");
  CHECK(printable("\xe2\x82g") == "\\xe2\\x82g");
  CHECK(printable(std::string("a\0b", 3)) == "a\\u0000b");
  CHECK(printable("\n\r\t\x1b[2J\x7f") == "\\n\\r\\t\\u001b[2J\\u007f");
  CHECK(printable("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0") == "\\u0080\\u009b\\u009f\xc2\xa0");
  CHECK(printable("\xe2\x80\xa8\xe2\x80\xa9") == "\\u2028\\u2029");
  CHECK(printable("\xe2\x80\xae\xe2\x81\xa6\xd8\x9c") == "\\u202e\\u2066\\u061c");
  CHECK(printable("\xef\xbb\xbf{}") == "\\ufeff{}");
}

TEST_CASE("whatever the bytes, they become UTF-8 on one line, and twice is as once") {
  Generator random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes;
    for (std::uint64_t left = random.below(20); left > 0; --left) {
      // Bytes at random seldom make a character.
      if (random.below(2)) bytes += static_cast<char>(random.below(256));
      else bytes += std::string("\xe2\x80") + static_cast<char>(0x80 + random.below(64));
    }
    const std::string text = printable(bytes);
    CHECK(find_invalid_utf8(text) == text.npos);
    CHECK(std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }));
    CHECK(printable(text) == text);
    if (find_invalid_utf8(bytes) != bytes.npos) CHECK(text != bytes);
  }
}

TEST_CASE("long text is cut between two characters") {
  CHECK(shortened("abcdef", 6) == "abcdef");
  CHECK(shortened("abcdef", 5) == "abcde…");
  CHECK(shortened("abäö", 5) == "abä…");
  CHECK(shortened("😀😀", 7) == "😀…");
  CHECK(shortened("😀😀", 3) == "…");
  CHECK(shortened("\xff\xff\xff", 2) == "\\xff\\xff…");
  CHECK(shortened(std::string(100'000, '\n'), 3) == "\\n\\n\\n…");
}

TEST_CASE("an error's text is whole and printable, with whatever it was made") {
  const std::string name("a\0b\xff\n", 5);
  CHECK(std::string(Error(name).what()) == "a\\u0000b\\xff\\n");
  CHECK(std::string(DeviceError(name).what()) == "a\\u0000b\\xff\\n");
  CHECK_THROWS_WITH(fail("{}: is missing", name), "a\\u0000b\\xff\\n: is missing");
  CHECK_THROWS_WITH(check(false, "{}: is missing", name), "a\\u0000b\\xff\\n: is missing");
}
