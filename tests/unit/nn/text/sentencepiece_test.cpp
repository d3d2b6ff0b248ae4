// SentencePiece models beside files that add tokens, against transformers (files/sentencepiece/make.py).
#include <map>

#include "../../../../nn/io/json_fields.h"
#include "../../../../nn/io/json_file.h"
#include "../../../../nn/text/tokenizer.h"
#include "../../../files.h"

using namespace adora;
using namespace adora::test;

namespace {

using Ids = std::vector<std::int64_t>;

const std::string files = std::string(ADORA_SOURCE_ROOT) + "/tests/unit/nn/text/files/sentencepiece/";

/// The model in a folder beside other files.
std::unique_ptr<Tokenizer> load_beside(const std::map<std::string, std::string>& others) {
  const TemporaryFolder folder;
  put(folder / "tokenizer.model", bytes_of(files + "tokenizer.model"));
  for (const auto& [name, content] : others) put(folder / name, content);
  return Tokenizer::load(folder.path());
}

}  // namespace

TEST_CASE("SentencePiece: added tokens are found in texts, and blanks put in front, as transformers does") {
  const Json cases = read_json_file(files + "cases.json");
  for (const Json& one : *cases.get<Json::Array>()) {
    JsonFields fields(one, "cases.json");
    std::map<std::string, std::string> beside;
    for (const auto& [name, content] : *fields.find("files")->get<Json::Object>()) beside[name] = content.dump();
    const auto tokenizer = load_beside(beside);
    INFO(fields.text("name"));
    CHECK(tokenizer->eos() == fields.integer("eos", 0, 1000));
    CHECK(tokenizer->size() == fields.integer("size", 0, 1000));
    for (const Json& text_of : *fields.find("texts")->get<Json::Array>()) {
      JsonFields text(text_of, "cases.json");
      INFO(text.text("text"));
      Ids wanted;
      for (const Json& id : *text.find("ids")->get<Json::Array>()) wanted.push_back(*id.get<std::int64_t>());
      Ids got = tokenizer->encode(text.text("text"));
      if (const auto bos = tokenizer->bos()) got.insert(got.begin(), *bos);
      CHECK(got == wanted);
      if (text.has("decoded")) CHECK(tokenizer->decode(wanted) == text.text("decoded"));
    }
  }
}

TEST_CASE("SentencePiece: an added token beyond the model's may leave holes, which are no tokens") {
  const auto tokenizer = load_beside({{"added_tokens.json", R"({"<tool>": 400})"}});
  CHECK(tokenizer->size() == 401);
  CHECK(tokenizer->has_token(400));
  CHECK(tokenizer->has_token(319));
  CHECK_FALSE(tokenizer->has_token(320));
  CHECK_FALSE(tokenizer->has_token(401));
  CHECK(tokenizer->token_id("<tool>") == 400);
  CHECK_THROWS_WITH(tokenizer->decode({350}), ContainsSubstring("no token 350"));
  const Ids cat = tokenizer->encode("the cat");
  Ids padded{350, 500};
  padded.insert(padded.end(), cat.begin(), cat.end());
  CHECK(decode_known(*tokenizer, padded) == "the cat");
  CHECK(tokenizer->decode_with_special_tokens({1, 400, 2}) == "<s><tool></s>");
}

TEST_CASE("SentencePiece: added tokens that can't be are refused with their file") {
  const auto refused = [](const std::string& name, const std::string& content, const std::string& word) {
    INFO(name << ": " << content);
    CHECK_THAT(error_of([&] { load_beside({{name, content}}); }), ContainsSubstring(name) && ContainsSubstring(word));
  };
  refused("added_tokens.json", "[]", "an object");
  refused("added_tokens.json", R"({"<a>": -1})", "<a>");
  refused("added_tokens.json", R"({"<a>": 1e9})", "<a>");
  refused("added_tokens.json", R"({"<a>": 99999999999})", "<a>");
  refused("added_tokens.json", R"({"": 5})", "1 to 4096 bytes");
  refused("tokenizer_config.json", R"({"eos_token": "<none>"})", "<none>");
  refused("tokenizer_config.json", R"({"legacy": 1})", "legacy");
  refused("tokenizer_config.json", R"({"added_tokens_decoder": {"x": {"content": "<a>"}}})", "no token's number");
}
