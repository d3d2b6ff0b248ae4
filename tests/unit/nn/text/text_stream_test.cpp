#include "../../../../nn/text/text_stream.h"

#include "../../../../core/error.h"
#include "../../../catch.h"

using namespace adora;

namespace {

/// A token is one of these pieces; bytes that are no character yet are written as U+FFFD, as tokenizers do.
class Pieces final : public Tokenizer {
 public:
  std::vector<std::int64_t> encode(std::string_view) const override { return {}; }
  std::string decode(const std::vector<std::int64_t>& tokens) const override {
    std::string text;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i] != 4) text += pieces_[static_cast<std::size_t>(tokens[i])];
      else if (i + 1 < tokens.size() && tokens[i + 1] == 5) text += "ä", ++i;
      else text += "\uFFFD";
    }
    return text;
  }
  std::int64_t size() const override { return 7; }
  std::optional<std::int64_t> bos() const override { return {}; }
  std::optional<std::int64_t> eos() const override { return {}; }

 private:
  std::string pieces_[7] = {"the ", "cat", " EN", "D", "\xc3", "\uFFFD", "."};
};

const Pieces pieces;

std::vector<std::string> added(TextStream& stream, const std::vector<std::int64_t>& tokens) {
  std::vector<std::string> texts;
  for (const std::int64_t token : tokens) texts.push_back(stream.add(token));
  return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("text stream: a character is given when it is whole") {
  TextStream stream(pieces, {0});
  CHECK(added(stream, {1, 4, 5, 6}) == Texts{"cat", "", "ä", "."});
  CHECK(stream.text() == "catä.");
  CHECK(stream.whole() == "the catä.");
  CHECK(stream.end().empty());
}

TEST_CASE("text stream: bytes that never become a character are given at the end, or when others follow") {
  TextStream stream(pieces);
  CHECK(added(stream, {1, 4}) == Texts{"cat", ""});
  CHECK(stream.end() == "\uFFFD");
  TextStream other(pieces);
  CHECK(added(other, {4, 1}) == Texts{"", "\uFFFDcat"});
}

TEST_CASE("text stream: a character that the tokens before have begun belongs to what is added") {
  TextStream stream(pieces, {1, 4});
  CHECK(stream.add(5) == "ä");
  CHECK(stream.whole() == "catä");
}

TEST_CASE("text stream: the text ends in front of a stop, also of one over several tokens") {
  TextStream stream(pieces, {0, 2, 3}, {"END", "nothing"});
  CHECK(added(stream, {1, 2, 3, 1}) == Texts{"cat", " ", "", ""});
  CHECK(stream.stopped());
  CHECK(stream.text() == "cat ");
  CHECK(stream.end().empty());
}

TEST_CASE("text stream: what only begins like a stop is given when it is none") {
  TextStream stream(pieces, {}, {"END"});
  CHECK(added(stream, {2, 1}) == Texts{" ", "ENcat"});
  CHECK(stream.add(2) == " ");
  CHECK(stream.end() == "EN");
  CHECK_FALSE(stream.stopped());
  CHECK_THROWS_AS(TextStream(pieces, {}, {""}), Error);
}

TEST_CASE("text stream: the first of several stops counts, and tokens that there are not are passed over") {
  TextStream stream(pieces, {100}, {"t", "ca"});
  CHECK(added(stream, {50, -1, 1}) == Texts{"", "", ""});
  CHECK(stream.stopped());
  CHECK(stream.text().empty());
}
