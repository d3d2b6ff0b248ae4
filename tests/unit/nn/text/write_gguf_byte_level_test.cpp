// A tokenizer.json as the keys of a GGUF file, and read from there again.
#include "../../../../nn/io/gguf_writer.h"
#include "../../../../nn/text/gguf_tokenizer.h"
#include "../../../../nn/text/tokenizer.h"
#include "../../../files.h"

using namespace adora;
using namespace adora::test;

namespace {

Json::Object byte_level(bool cuts) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", cuts}};
}

Json::Object split(const std::string& pattern) {
  return {
      {"type", "Split"}, {"pattern", Json::Object{{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}};
}

/// A folder's tokenizer that knows the bytes of "ab 12" and some pairs.
struct Parts {
  Json::Object config{{"bos_token", "<s>"}, {"eos_token", Json::Object{{"content", "<e>"}}}, {"add_bos_token", false}};
  Json::Array steps{Json::Object{{"type", "Digits"}, {"individual_digits", true}}, byte_level(true)};
  Json normalizer;
  Json::Object model{{"type", "BPE"},
                     {"vocab", Json::Object{{"a", 0}, {"b", 1}, {"Ġ", 2}, {"1", 3}, {"2", 4}, {"Ġa", 5}, {"Ġab", 6}}},
                     {"merges", Json::Array{Json::Array{"Ġ", "a"}, "Ġa b"}}};
  Json::Array added{
      Json::Object{{"id", 7}, {"content", "<s>"}, {"special", true}, {"normalized", false}},
      Json::Object{{"id", 8}, {"content", "<e>"}, {"special", true}, {"normalized", false}},
      Json::Object{{"id", 9}, {"content", "<tool>"}, {"special", false}, {"normalized", false}},
  };

  std::map<std::string, std::string> files() const {
    const Json tokenizer = Json::Object{{"added_tokens", added},
                                        {"normalizer", normalizer},
                                        {"pre_tokenizer", Json::Object{{"type", "Sequence"}, {"pretokenizers", steps}}},
                                        {"decoder", byte_level(true)},
                                        {"model", model}};
    return {{"tokenizer.json", tokenizer.dump()}, {"tokenizer_config.json", Json(config).dump()}};
  }
};

/// Of a file that has been written with the parts.
GgufReader written(const Parts& parts, const std::string& path, std::int64_t vocab_size = 12) {
  GgufWriter writer;
  write_gguf_tokenizer(writer, parts.files(), vocab_size, "folder");
  writer.write(path);
  return GgufReader(path);
}

}  // namespace

TEST_CASE("GGUF tokenizer: a byte-level tokenizer.json that is written as GGUF gives the same tokens") {
  TemporaryFolder folder;
  Parts parts;
  parts.config["chat_template"] = "{{ messages }}";
  for (const auto& [name, text] : parts.files()) put(folder / name, text);
  const GgufReader file = written(parts, folder / "x.gguf");
  CHECK(file.value("tokenizer.ggml.model") == Json("gpt2"));
  CHECK(file.value("tokenizer.ggml.pre") == Json("smollm"));
  CHECK(file.value("tokenizer.ggml.tokens") ==
        Json(Json::Array{"a", "b", "Ġ", "1", "2", "Ġa", "Ġab", "<s>", "<e>", "<tool>", "[PAD10]", "[PAD11]"}));
  CHECK(file.value("tokenizer.ggml.token_type") == Json(Json::Array{1, 1, 1, 1, 1, 1, 1, 3, 3, 4, 5, 5}));
  CHECK(file.value("tokenizer.ggml.merges") == Json(Json::Array{"Ġ a", "Ġa b"}));
  CHECK(file.value("tokenizer.ggml.bos_token_id") == Json(7));
  CHECK(file.value("tokenizer.ggml.eos_token_id") == Json(8));
  CHECK(file.value("tokenizer.ggml.add_bos_token") == Json(false));
  CHECK(file.value("tokenizer.chat_template") == Json("{{ messages }}"));
  const auto own = Tokenizer::load(folder / "tokenizer.json"), again = Tokenizer::load(folder / "x.gguf");
  CHECK(again->bos() == own->bos());
  CHECK(again->eos() == own->eos());
  for (const std::string text : {"ab ab 12 a1", "<s>a<e> b<tool>", " ab", ""}) {
    INFO(text);
    CHECK(again->encode(text) == own->encode(text));
    CHECK(again->decode_with_special_tokens(own->encode(text)) == text);
  }
}

TEST_CASE("GGUF tokenizer: the pre-tokenizers that files have names for are known by what they do") {
  TemporaryFolder folder;
  const std::string llama3 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  const std::string qwen2 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  const auto named = [&](const Parts& parts) { return written(parts, folder / "x.gguf").value("tokenizer.ggml.pre"); };
  Parts parts;
  parts.steps = {byte_level(true)};
  CHECK(named(parts) == Json("gpt-2"));
  parts.steps = {split(llama3), byte_level(false)};
  CHECK(named(parts) == Json("dbrx"));
  parts.model["ignore_merges"] = true;
  CHECK(named(parts) == Json("llama-bpe"));
  parts = {};
  parts.steps = {split(qwen2), byte_level(false)};
  parts.normalizer = Json::Object{{"type", "NFC"}};
  CHECK(named(parts) == Json("qwen2"));
}

TEST_CASE("GGUF tokenizer: what such a file can't say of a tokenizer.json is refused by name") {
  TemporaryFolder folder;
  const auto refused = [&](const Parts& parts, const std::string& word, std::int64_t vocab_size = 12) {
    CHECK_THAT(error_of([&] { written(parts, folder / "x.gguf", vocab_size); }),
               ContainsSubstring("folder/tokenizer.json") && ContainsSubstring(word));
    CHECK_FALSE(std::filesystem::exists(folder / "x.gguf"));
  };
  Parts parts;
  parts.steps = {split("[a-z]+"), byte_level(true)};
  refused(parts, "[a-z]+");
  parts.steps = {Json::Object{{"type", "Digits"}, {"individual_digits", true}}};
  refused(parts, "not byte-level");
  parts.steps = {Json::Object{{"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", "always"}}};
  refused(parts, "Metaspace");
  parts = {};
  parts.normalizer = Json::Object{{"type", "NFKC"}};
  refused(parts, "normalizer");
  parts = {};
  parts.model["byte_fallback"] = true;
  refused(parts, "byte_fallback");
  parts = {};
  std::get<Json::Object>(parts.added[2].value)["lstrip"] = true;
  refused(parts, "<tool>");
  parts = {};
  refused(parts, "vocab_size is 9", 9);
}
