#include "../../../../nn/text/gguf_tokenizer.h"

#include "../../../../nn/io/gguf_writer.h"
#include "../../../../nn/io/json_file.h"
#include "../../../../nn/text/tokenizer.h"
#include "../../../files.h"

using namespace adora;
using namespace adora::test;

namespace {

const std::string small = std::string(ADORA_SOURCE_ROOT) + "/tests/unit/nn/io/files/small_llama.gguf";

const Json& at(const Json& json, const std::string& name) { return json.get<Json::Object>()->at(name); }

/// A byte-level tokenizer's keys, changed as a test wants.
struct Keys {
  std::string model = "gpt2", pre = "smollm";
  std::vector<std::string> tokens{"<|end|>", "a", "b", "ab", "<tool>"}, merges{"a b"};
  std::vector<std::int32_t> kinds{3, 1, 1, 1, 4};
  std::vector<std::pair<std::string, std::int64_t>> ids{{"bos", 0}, {"eos", 0}};

  GgufReader file(const std::string& path, const std::function<void(GgufWriter&)>& more = {}) const {
    GgufWriter writer;
    writer.text("tokenizer.ggml.model", model);
    if (!pre.empty()) writer.text("tokenizer.ggml.pre", pre);
    writer.texts("tokenizer.ggml.tokens", tokens);
    writer.i32s("tokenizer.ggml.token_type", kinds);
    if (!merges.empty()) writer.texts("tokenizer.ggml.merges", merges);
    for (const auto& [name, id] : ids) writer.u32("tokenizer.ggml." + name + "_token_id", id);
    if (more) more(writer);
    writer.write(path);
    return GgufReader(path);
  }
};

}  // namespace

TEST_CASE("GGUF tokenizer: byte-level BPE becomes a tokenizer.json") {
  TemporaryFolder folder;
  const std::string path = folder / "x.gguf";
  const GgufReader file = Keys().file(path, [](GgufWriter& writer) {
    writer.text("tokenizer.chat_template", "{{ messages }}");
    writer.boolean("tokenizer.ggml.add_bos_token", false);
  });
  const Json json = gguf_tokenizer_json(file);
  const Json& model = at(json, "model");
  CHECK(at(model, "type") == Json("BPE"));
  CHECK(at(model, "vocab") == Json(Json::Object{{"<|end|>", 0}, {"a", 1}, {"b", 2}, {"ab", 3}, {"<tool>", 4}}));
  CHECK(at(model, "merges") == Json(Json::Array{Json::Array{"a", "b"}}));
  const auto& added = *at(json, "added_tokens").get<Json::Array>();
  REQUIRE(added.size() == 2);
  CHECK(at(added[0], "content") == Json("<|end|>"));
  CHECK(at(added[0], "special") == Json(true));
  CHECK(at(added[1], "id") == Json(4));
  CHECK(at(added[1], "special") == Json(false));
  CHECK(at(json, "post_processor").is_null());
  const Json config = gguf_tokenizer_config(file);
  CHECK(at(config, "bos_token") == Json("<|end|>"));
  CHECK(at(config, "chat_template") == Json("{{ messages }}"));
  CHECK(at(config, "add_bos_token") == Json(false));
  CHECK(gguf_tokenizer_files(file).size() == 2);
}

TEST_CASE("GGUF tokenizer: pre-tokenizers are those of Hugging Face's files") {
  TemporaryFolder folder;
  auto of = [&](const std::string& pre) {
    Keys keys;
    keys.pre = pre;
    return gguf_tokenizer_json(keys.file(folder / "x.gguf"));
  };
  auto byte_level = [](bool cuts) {
    return Json(
        Json::Object{{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", cuts}});
  };
  auto steps = [](Json::Array list) { return Json(Json::Object{{"type", "Sequence"}, {"pretokenizers", list}}); };
  auto split = [](const char* pattern) {
    return Json(Json::Object{
        {"type", "Split"}, {"pattern", Json::Object{{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}});
  };
  CHECK(at(of("gpt-2"), "pre_tokenizer") == byte_level(true));
  CHECK(at(of("smollm"), "pre_tokenizer") ==
        steps({Json::Object{{"type", "Digits"}, {"individual_digits", true}}, byte_level(true)}));
  const Json llama = of("llama-bpe"), qwen2 = of("qwen2");
  CHECK(at(llama, "pre_tokenizer") ==
        steps({split(R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
                     R"(\s*[\r\n]+|\s+(?!\S)|\s+)"),
               byte_level(false)}));
  CHECK(at(at(llama, "model"), "ignore_merges") == Json(true));
  CHECK(at(llama, "normalizer").is_null());
  const auto& special = at(at(llama, "post_processor"), "special_tokens");
  CHECK(at(at(special, "<|end|>"), "ids") == Json(Json::Array{0}));
  CHECK(at(qwen2, "pre_tokenizer") ==
        steps({split(R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|)"
                     R"(\s*[\r\n]+|\s+(?!\S)|\s+)"),
               byte_level(false)}));
  CHECK(at(qwen2, "normalizer") == Json(Json::Object{{"type", "NFC"}}));
  CHECK(at(at(of("default"), "pre_tokenizer"), "pretokenizers").get<Json::Array>()->size() == 5);
  CHECK_THAT(error_of([&] { of("chameleon"); }),
             ContainsSubstring("chameleon") && ContainsSubstring("smollm") && ContainsSubstring("x.gguf"));
}

TEST_CASE(
    "GGUF tokenizer: a scored vocabulary has the merges that transformers makes of it, and is a tokenizer.model") {
  const GgufReader file(small);
  const Json json = gguf_tokenizer_json(file);
  const Json& model = at(json, "model");
  // transformers.tokenization_utils_base.generate_merges
  CHECK(at(model, "merges") == Json(Json::Array{Json::Array{"▁", "a"}, Json::Array{"a", "b"}, Json::Array{"▁a", "b"},
                                                Json::Array{"▁", "ab"}}));
  CHECK(at(model, "byte_fallback") == Json(false));
  CHECK(at(model, "unk_token") == Json("<unk>"));
  CHECK(at(at(json, "post_processor"), "single").get<Json::Array>()->size() == 2);
  const auto tokenizer = Tokenizer::load(small, 11);
  CHECK(tokenizer->size() == 11);
  CHECK(tokenizer->bos() == 1);
  CHECK(tokenizer->eos() == 2);
  CHECK(tokenizer->encode("ab a") == std::vector<std::int64_t>{9, 8});
  CHECK(tokenizer->encode("c") == std::vector<std::int64_t>{4, 3});
  CHECK(tokenizer->decode({1, 9, 8, 3}) == "ab ac");

  // Written again of a folder's tokenizer.model.
  TemporaryFolder folder;
  GgufWriter writer;
  auto files = gguf_tokenizer_files(file);
  files["added_tokens.json"] = R"({"<more>": 12})";
  write_gguf_tokenizer(writer, files, 13, "folder");
  writer.write(folder / "x.gguf");
  const GgufReader again(folder / "x.gguf");
  const auto tokens = *again.value("tokenizer.ggml.tokens").get<Json::Array>();
  REQUIRE(tokens.size() == 13);
  CHECK(Json(Json::Array(tokens.begin(), tokens.begin() + 11)) == file.value("tokenizer.ggml.tokens"));
  CHECK(tokens[11] == Json("[PAD11]"));
  CHECK(tokens[12] == Json("<more>"));
  CHECK(again.value("tokenizer.ggml.token_type").get<Json::Array>()->at(2) == Json(3));
  CHECK(again.value("tokenizer.ggml.scores").get<Json::Array>()->at(7) == Json(-1.0));
  CHECK(again.value("tokenizer.chat_template") == Json("{{ messages }}"));
  CHECK(again.value("tokenizer.ggml.add_bos_token") == Json(true));
  CHECK_THAT(error_of([&] { write_gguf_tokenizer(writer, {}, 13, "folder"); }), ContainsSubstring("tokenizer.model"));
}

TEST_CASE("GGUF tokenizer: lists that lie are refused by name") {
  TemporaryFolder folder;
  const std::string path = folder / "x.gguf";
  auto refused = [&](const Keys& keys, const std::string& why, const std::function<void(GgufWriter&)>& more = {}) {
    const GgufReader file = keys.file(path, more);
    CHECK_THAT(error_of([&] { gguf_tokenizer_json(file); }), ContainsSubstring(why) && ContainsSubstring(path));
  };
  Keys keys;
  keys.model = "t5";
  refused(keys, "tokenizer.ggml.model");
  keys = {};
  keys.tokens[1] = "b";
  refused(keys, "tokenizer.ggml.tokens");
  keys = {};
  keys.kinds.pop_back();
  refused(keys, "tokenizer.ggml.token_type");
  keys = {};
  keys.kinds[0] = 7;
  refused(keys, "tokenizer.ggml.token_type");
  for (const char* merge : {"ab", "a ", " b", ""}) {
    keys = {};
    keys.merges = {merge};
    refused(keys, "tokenizer.ggml.merges");
  }
  keys = {};
  keys.merges = {};
  refused(keys, "tokenizer.ggml.merges");
  keys = {};
  keys.ids = {{"bos", 5}};
  refused(keys, "bos_token_id");
  keys = {};
  keys.ids = {};
  refused(keys, "bos_token_id", [](GgufWriter& writer) { writer.boolean("tokenizer.ggml.add_bos_token", true); });
  keys = {};
  keys.model = "llama";
  refused(keys, "tokenizer.ggml.scores");
  refused(keys, "tokenizer.ggml.scores", [](GgufWriter& writer) { writer.f32s("tokenizer.ggml.scores", {1}); });
  refused(keys, "add_bos_token", [](GgufWriter& writer) {
    writer.f32s("tokenizer.ggml.scores", {1, 1, 1, 1, 1});
    writer.u32("tokenizer.ggml.add_bos_token", 1);
  });
  const GgufReader none = GgufReader(std::string(ADORA_SOURCE_ROOT) + "/tests/unit/nn/io/files/blocks.gguf");
  CHECK(gguf_tokenizer_files(none).empty());
}
