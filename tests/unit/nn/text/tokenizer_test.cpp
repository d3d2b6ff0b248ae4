#include "../../../../nn/text/tokenizer.h"

#include "../../../files.h"

using namespace adora;
using namespace adora::test;

namespace {

std::string number(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

/// A field of a protocol buffer message that holds bytes.
std::string field(int tag, const std::string& bytes) {
  return number(static_cast<std::uint64_t>(tag) << 3 | 2) + number(bytes.size()) + bytes;
}

std::string piece(const std::string& text, float score, int type) {
  std::string bytes(reinterpret_cast<const char*>(&score), 4);
  return field(1,
               field(1, text) + number(2 << 3 | 5) + bytes + number(3 << 3) + number(static_cast<std::uint64_t>(type)));
}

/// A small BPE model with byte fallback, of the kind Llama has.
std::string small_model(const std::string& character_map = "") {
  constexpr int normal = 1, unknown = 2, control = 3, byte = 6;
  std::string model = piece("<unk>", 0, unknown) + piece("<s>", 0, control) + piece("</s>", 0, control);
  for (int i = 0; i < 256; ++i) {
    constexpr char digits[] = "0123456789ABCDEF";
    model += piece(std::string("<0x") + digits[i / 16] + digits[i % 16] + ">", 0, byte);
  }
  float score = 0;
  for (const char* text : {"▁a", "▁b", "ab", "▁ab", "▁", "a", "b", "c", "."}) model += piece(text, --score, normal);
  std::string trainer = number(3 << 3) + number(2) + number(35 << 3) + number(1);  // model_type BPE, byte_fallback
  std::string normalizer = field(1, "identity") + (character_map.empty() ? "" : field(2, character_map)) +
                           number(3 << 3) + number(1) + number(4 << 3) + number(0);  // a space in front; keep spaces
  return model + field(2, trainer) + field(3, normalizer);
}

}  // namespace

TEST_CASE("tokenizer: text comes back with its spaces, and unknown characters as bytes") {
  TemporaryFolder folder;
  put(folder / "tokenizer.model", small_model());
  auto tokenizer = Tokenizer::load(folder.path(), 300);
  CHECK(tokenizer->size() == 268);
  CHECK(tokenizer->bos() == 1);
  CHECK(tokenizer->eos() == 2);
  CHECK(tokenizer->encode("ab a") == std::vector<std::int64_t>{262, 259});
  CHECK(tokenizer->encode("").empty());
  CHECK(tokenizer->encode("a\n") == std::vector<std::int64_t>{259, 3 + 10});
  for (const std::string text : {"ab a", "  ab", "a  b ", "a\nb", "ä€😀", "<s", ".", " "}) {
    INFO(text);
    CHECK(tokenizer->decode(tokenizer->encode(text)) == text);
  }
  CHECK(tokenizer->decode({1, 259, 260, 2}) == "a b");
  CHECK(tokenizer->decode({}) == "");
}

TEST_CASE("tokenizer: a SentencePiece model whose tokenizer_config.json says so puts no BOS in front") {
  TemporaryFolder folder;
  put(folder / "tokenizer.model", small_model());
  put(folder / "tokenizer_config.json", R"({"add_bos_token": true, "unk_token": "<unk>"})");
  CHECK(Tokenizer::load(folder.path())->bos() == 1);
  put(folder / "tokenizer_config.json", R"({"add_bos_token": false})");
  CHECK_FALSE(Tokenizer::load(folder.path())->bos());
  CHECK_FALSE(Tokenizer::load(folder / "tokenizer.model")->bos());
  put(folder / "tokenizer_config.json", R"({"add_bos_token": 1})");
  CHECK_THROWS_WITH(Tokenizer::load(folder.path()), ContainsSubstring("add_bos_token"));
}

TEST_CASE("tokenizer: a SentencePiece model without BOS and EOS has none") {
  constexpr int normal = 1, unknown = 2, control = 3;
  const std::string unknown_and_a = piece("<unk>", 0, unknown) + piece("▁a", -1, normal);
  TemporaryFolder folder;
  put(folder / "tokenizer.model", unknown_and_a);
  auto tokenizer = Tokenizer::load(folder.path());
  CHECK_FALSE(tokenizer->bos());
  CHECK_FALSE(tokenizer->eos());
  CHECK(prompt_tokens(*tokenizer, "a") == std::vector<std::int64_t>{1});
  put(folder / "tokenizer.model", unknown_and_a + piece("</s>", 0, control));
  tokenizer = Tokenizer::load(folder.path());
  CHECK_FALSE(tokenizer->bos());
  CHECK(tokenizer->eos() == 2);
  // An ordinary piece of text that has its name is none either.
  put(folder / "tokenizer.model", unknown_and_a + piece("<s>", -2, normal));
  CHECK_FALSE(Tokenizer::load(folder.path())->bos());
}

TEST_CASE("tokenizer: what is no text, no token or too large a vocabulary is refused") {
  TemporaryFolder folder;
  put(folder / "tokenizer.model", small_model());
  auto tokenizer = Tokenizer::load(folder.path());
  CHECK_THAT(error_of([&] { tokenizer->encode("a\xff"); }), ContainsSubstring("UTF-8"));
  CHECK_THAT(error_of([&] { tokenizer->decode({268}); }), ContainsSubstring("268"));
  CHECK_THAT(error_of([&] { tokenizer->decode({-1}); }), ContainsSubstring("-1"));
  CHECK_THAT(error_of([&] { tokenizer->decode({4294967297}); }), ContainsSubstring("4294967297"));
  CHECK_THAT(error_of([&] { Tokenizer::load(folder.path(), 267); }), ContainsSubstring("vocab_size"));
  CHECK_THAT(error_of([&] { Tokenizer::load(folder / "none"); }), ContainsSubstring("none"));
  for (const std::string bytes : {"", "x", "{\"a\": 1}", "\x0a\xff\xff\xff\xff\x0f", "\x0a\x02\x0a"}) {
    put(folder / "bad.model", bytes);
    CHECK_THAT(error_of([&] { Tokenizer::load(folder / "bad.model"); }), ContainsSubstring("bad.model"));
  }
}

TEST_CASE("tokenizer: what the library underneath throws at a lying model is an error naming the file") {
  TemporaryFolder folder;
  constexpr int normal = 1, unknown = 2, control = 3;
  // A token that begins with a zero byte is to the library one without a name.
  put(folder / "m.model", piece("<unk>", 0, unknown) + piece("<s>", 0, control) + piece("</s>", 0, control) +
                              piece(std::string("\0\0\0", 3) + "00>", 0, normal));
  CHECK(error_of([&] { Tokenizer::load(folder / "m.model"); }) ==
        (folder / "m.model") + ": is damaged, or no SentencePiece model");
}

TEST_CASE("tokenizer: a character map that leads outside itself is refused") {
  TemporaryFolder folder;
  std::string trie(1024, '\0');  // 256 units
  auto set = [&](std::size_t unit, std::uint32_t value) {
    trie.replace(unit * 4, 4, reinterpret_cast<char*>(&value), 4);
  };
  auto load = [&](const std::string& map) {
    put(folder / "m.model", small_model(map));
    Tokenizer::load(folder / "m.model")->encode("ab ä");
  };
  std::uint32_t length = 1024;
  std::string head(reinterpret_cast<char*>(&length), 4);
  CHECK_NOTHROW(load(head + trie + std::string("\0", 1)));
  set(0, 0x7ffffdffu);
  CHECK_THAT(error_of([&] { load(head + trie + std::string("\0", 1)); }), ContainsSubstring("character map"));
  set(0, 0x80000005u);
  CHECK_THAT(error_of([&] { load(head + trie + std::string("\0", 1)); }), ContainsSubstring("character map"));
  set(0, 0);
  CHECK_THAT(error_of([&] { load(head + trie + "abc"); }), ContainsSubstring("character map"));
  CHECK_THAT(error_of([&] { load(head + trie); }), ContainsSubstring("character map"));
  CHECK_THAT(error_of([&] { load("abc"); }), ContainsSubstring("character map"));
}

TEST_CASE("tokenizer: thousands of damaged files either load and work or are refused") {
  TemporaryFolder folder;
  int refused = read_damaged(small_model(), folder / "tokenizer.model", 3000, [](const std::string& path) {
    auto tokenizer = Tokenizer::load(path);
    auto ids = tokenizer->encode("ab a ba. ä");
    ids.push_back(0);
    for (std::int64_t id = 0; id < std::min<std::int64_t>(tokenizer->size(), 300); ++id) ids.push_back(id);
    tokenizer->decode(ids);
  });
  CHECK(refused > 100);
  CHECK(refused < 3000);
}
