#include "../../../../nn/text/character_vocabulary.h"

#include "../../../catch.h"
#include "core/error.h"

using namespace adora;

TEST_CASE("a text's characters are numbered in their order and give the text again") {
  const CharacterVocabulary vocabulary("one für all");
  CHECK(vocabulary.size() == 9);
  CHECK(vocabulary.encode(" all") == std::vector<std::int64_t>{0, 1, 4, 4});
  CHECK(vocabulary.decode(vocabulary.encode("ür al")) == "ür al");
  CHECK_THROWS_WITH(vocabulary.encode("x"), ContainsSubstring("'x' is not among the 9 characters"));
  CHECK_THROWS_WITH(vocabulary.decode({9}), ContainsSubstring("no character 9"));
  CHECK_THROWS_WITH(CharacterVocabulary("a\xff"), ContainsSubstring("not UTF-8 at byte 1"));
}
