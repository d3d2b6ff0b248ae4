// Hugging Face's tokenizer.json. Expected numbers and texts are those of the Python library `tokenizers` 0.23 for the
// same files; tests/tokenizers/check.py compares with it on as much text as wanted.
#include "../../../../nn/text/tokenizer_json.h"

#include "../../../../nn/io/json_file.h"
#include "../../../files.h"

using namespace adora;
using namespace adora::test;

namespace {

using Ids = std::vector<std::int64_t>;

Json parsed(const std::string& text) { return Json::parse(text, "a test's text"); }

/// A tokenizer.json with these parts, each as JSON.
Json::Object file_of(const std::string& model, std::map<std::string, std::string> parts = {}) {
  Json::Object file{{"version", "1.0"}, {"truncation", nullptr}, {"padding", nullptr}, {"model", parsed(model)}};
  for (const auto& [name, part] : parts) file[name] = parsed(part);
  return file;
}

/// Loads it from a folder of its own, with a tokenizer_config.json where there is one.
std::unique_ptr<Tokenizer> load(const Json::Object& file, const std::string& config = "") {
  TemporaryFolder folder;
  write_json_file(folder / "tokenizer.json", file);
  if (!config.empty()) put(folder / "tokenizer_config.json", config);
  return Tokenizer::load(folder.path());
}

std::string vocab_of(const std::vector<std::string>& tokens) {
  Json::Object vocab;
  for (const std::string& token : tokens) vocab[token] = static_cast<std::int64_t>(vocab.size());
  return Json(vocab).dump(-1);
}

const char* byte_level = R"({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true})";

Json::Object small_gpt2() {
  const std::string vocab = vocab_of(
      {"<e>", "a", "b", "c", "d", "e", "f", "g", "'", "1", "Ġ", "Ċ", "Ã", "©", "ab", "Ġa", "Ġab", "abc", "ĠĠ", "Ã©"});
  return file_of(R"({"type": "BPE", "vocab": )" + vocab +
                     R"(, "merges": [["a","b"], ["Ġ","a"], ["Ġa","b"], ["ab","c"], ["Ġ","Ġ"], ["Ã","©"]]})",
                 {{"pre_tokenizer", byte_level},
                  {"decoder", byte_level},
                  {"added_tokens", R"([{"id": 0, "content": "<e>", "special": true, "normalized": false}])"}});
}

Json::Object small_llama2() {
  const std::string vocab =
      vocab_of({"<unk>", "<s>", "▁", "a", "b", "▁a", "ab", "▁ab", "<0xC3>", "<0xA9>", "\n", "▁▁"});
  return file_of(R"({"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true, "vocab": )" + vocab +
                     R"(, "merges": ["▁ a", "a b", "▁a b", "▁ ab", "▁ ▁"]})",
                 {{"normalizer", R"({"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
                                     {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]})"},
                  {"decoder", R"({"type": "Sequence", "decoders": [
                       {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
                       {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]})"},
                  {"post_processor", R"({"type": "TemplateProcessing", "pair": [],
                       "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                       "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}})"},
                  {"added_tokens", R"([{"id": 1, "content": "<s>", "special": true, "normalized": false}])"}});
}

}  // namespace

TEST_CASE("tokenizer.json: byte-level byte-pair encoding cuts, merges and decodes as Hugging Face's tokenizers do") {
  const auto tokenizer = load(small_gpt2());
  CHECK(tokenizer->size() == 20);
  CHECK(tokenizer->encode("abc abc") == Ids{17, 10, 17});
  CHECK(tokenizer->encode("  abc\n\na") == Ids{10, 10, 17, 11, 11, 1});
  CHECK(tokenizer->encode("é abé") == Ids{19, 10, 14, 19});
  CHECK(tokenizer->encode("ab<e>abc<e>") == Ids{14, 0, 17, 0});
  CHECK(tokenizer->encode("1abc") == Ids{9, 17});
  CHECK(tokenizer->encode("").empty());
  CHECK(tokenizer->decode({0, 13, 0, 11, 12}) == "�\n�");
  CHECK(tokenizer->decode_with_special_tokens({0, 13, 0, 11, 12}) == "<e>�<e>\n�");
  CHECK(tokenizer->decode({14, 0, 17, 0}) == "ababc");
  CHECK(tokenizer->token_id("<e>") == 0);
  CHECK(tokenizer->token_id("Ġab") == 16);
  CHECK_FALSE(tokenizer->token_id(" ab"));
  CHECK_FALSE(tokenizer->bos());
  CHECK_FALSE(tokenizer->eos());
  CHECK_THAT(error_of([&] { tokenizer->decode({20}); }), ContainsSubstring("no token 20"));
  CHECK_THAT(error_of([&] { tokenizer->encode("a\xff"); }), ContainsSubstring("not UTF-8 at byte 1"));
}

TEST_CASE(
    "tokenizer.json: what Llama 2 has comes out as in Hugging Face's tokenizers, bytes and unknown characters too") {
  const auto tokenizer = load(small_llama2());
  CHECK(tokenizer->bos() == 1);
  CHECK(tokenizer->encode("ab ab") == Ids{7, 7});
  CHECK(tokenizer->encode("aé xyz b") == Ids{5, 8, 9, 2, 0, 2, 4});
  CHECK(tokenizer->encode("<s>ab  ab") == Ids{1, 7, 2, 7});
  CHECK(tokenizer->encode("xéx") == Ids{2, 8, 9, 0});
  CHECK(tokenizer->encode("").empty());
  CHECK(tokenizer->decode({5, 8, 9, 2, 0, 2, 4}) == "aé <unk> b");
  CHECK(tokenizer->decode({1, 8, 9, 8}) == "���");
  CHECK(tokenizer->decode_with_special_tokens({1, 8, 9, 8}) == "<s>���");
  CHECK(tokenizer->decode({8, 5}) == "� a");
}

TEST_CASE("tokenizer.json: Unigram takes the tokens of the largest sum, and what is unknown as one") {
  const char* metaspace = R"({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true})";
  const auto tokenizer = load(file_of(R"({"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["▁", -2], ["a", -3],
                                          ["b", -3.5], ["▁a", -4], ["ab", -5.5], ["▁ab", -7], ["abab", -6]]})",
                                      {{"pre_tokenizer", metaspace}, {"decoder", metaspace}}));
  CHECK(tokenizer->encode("ab abab") == Ids{6, 1, 7});
  CHECK(tokenizer->encode("aab xyzb") == Ids{4, 5, 1, 0, 3});
  CHECK(tokenizer->encode("  a") == Ids{1, 4});
  CHECK(tokenizer->decode({6, 1, 7}) == "ab abab");
  CHECK(tokenizer->decode({1, 4}) == " a");
}

TEST_CASE("tokenizer.json: added tokens are found before the model sees the text, the longest first") {
  const std::string vocab = vocab_of({"a", "b", "c", "d", "e", "x", "y", "z", " ", "Ġ", "A", "B", "C", "D", "E", "é"});
  const auto tokenizer = load(
      file_of(R"({"type": "BPE", "merges": [], "vocab": )" + vocab + "}",
              {{"normalizer", R"({"type": "Lowercase"})"},
               {"added_tokens", R"([{"id": 16, "content": "[L]", "special": true, "normalized": false, "lstrip": true},
                            {"id": 17, "content": "[R]", "special": false, "normalized": false, "rstrip": true},
                            {"id": 18, "content": "ab", "special": false, "normalized": false, "single_word": true},
                            {"id": 19, "content": "CD", "special": false, "normalized": true},
                            {"id": 20, "content": "xy", "special": false, "normalized": false},
                            {"id": 21, "content": "xyz", "special": false, "normalized": false}])"}}));
  CHECK(tokenizer->encode("a [L] b") == Ids{0, 16, 8, 1});
  CHECK(tokenizer->encode("a [R] b") == Ids{0, 8, 17, 1});
  CHECK(tokenizer->encode("abc ab") == Ids{0, 1, 2, 8, 18});
  CHECK(tokenizer->encode("CD cd cDx") == Ids{19, 8, 19, 8, 19, 5});
  CHECK(tokenizer->encode("xyzxyx") == Ids{21, 20, 5});
  CHECK(tokenizer->decode({20, 0, 21}) == "xy a xyz");
}

TEST_CASE("tokenizer.json: a split leaves what it matches where it is told to") {
  const std::string vocab = vocab_of({"<u>", "a", "b", "--", "-", "a-", "-b", "--b", "a--", "b-", "ab", "-a"});
  struct Case {
    const char* behavior;
    bool invert;
    Ids first, second;  // of "a--b-a" and "-ab-"
  };
  const Case cases[] = {{"Isolated", false, {1, 4, 4, 2, 4, 1}, {4, 10, 4}},
                        {"Isolated", true, {1, 4, 4, 2, 4, 1}, {4, 10, 4}},
                        {"Removed", false, {1, 2, 1}, {10}},
                        {"Removed", true, {4, 4, 4}, {4, 4}},
                        {"MergedWithPrevious", false, {5, 4, 9, 1}, {4, 0}},
                        {"MergedWithPrevious", true, {1, 4, 6, 11}, {0, 4}},
                        {"MergedWithNext", false, {1, 4, 6, 11}, {0, 4}},
                        {"MergedWithNext", true, {5, 4, 9, 1}, {4, 0}},
                        {"Contiguous", false, {1, 3, 2, 4, 1}, {4, 10, 4}},
                        {"Contiguous", true, {1, 3, 2, 4, 1}, {4, 10, 4}}};
  for (const Case& one : cases)
    for (const char* pattern : {"Regex", "String"}) {
      INFO(one.behavior << ' ' << one.invert << ' ' << pattern);
      const auto tokenizer = load(file_of(
          R"({"type": "WordLevel", "unk_token": "<u>", "vocab": )" + vocab + "}",
          {{"pre_tokenizer", R"({"type": "Split", "pattern": {")" + std::string(pattern) + R"(": "-"}, "behavior": ")" +
                                 one.behavior + R"(", "invert": )" + (one.invert ? "true}" : "false}")}}));
      CHECK(tokenizer->encode("a--b-a") == one.first);
      CHECK(tokenizer->encode("-ab-") == one.second);
    }
}

TEST_CASE("tokenizer.json: BOS and EOS are what the tokenizer_config.json beside it says") {
  CHECK(load(small_llama2(), R"({"add_bos_token": false, "bos_token": "<s>"})")->bos() == std::nullopt);
  const auto gpt2 =
      load(small_gpt2(), R"({"add_bos_token": true, "bos_token": {"content": "<e>"}, "eos_token": "<e>"})");
  CHECK(gpt2->bos() == 0);
  CHECK(gpt2->eos() == 0);
  // A special token that the config alone names is left out of texts; its added tokens are found.
  const auto more = load(
      small_gpt2(), R"({"eos_token": "abc", "added_tokens_decoder": {"20": {"content": "<new>", "special": false}}})");
  CHECK(more->eos() == 17);
  CHECK(more->decode({14, 17}) == "ab");
  CHECK(more->encode("a<new>") == Ids{1, 20});
  CHECK(more->size() == 21);
  CHECK_THAT(error_of([] { load(small_gpt2(), R"({"eos_token": "</s>"})"); }),
             ContainsSubstring("tokenizer_config.json: eos_token is </s>"));
  CHECK_THAT(error_of([] { load(small_gpt2(), R"({"add_bos_token": true})"); }), ContainsSubstring("no bos_token"));
  CHECK_THAT(error_of([] { load(small_gpt2(), R"({"added_tokens_decoder": {"3": {"content": "<new>"}}})"); }),
             ContainsSubstring("<new> has the number 3 of another token"));
}

TEST_CASE("tokenizer.json goes before a tokenizer.model") {
  TemporaryFolder folder;
  write_json_file(folder / "tokenizer.json", small_gpt2());
  put(folder / "tokenizer.model", "none");
  CHECK(Tokenizer::load(folder.path())->size() == 20);
}

TEST_CASE("tokenizer.json: what is not understood is refused by the name of its field") {
  const auto refused = [](const std::string& part, const std::string& json) {
    Json::Object file = small_gpt2();
    file[part] = parsed(json);
    return error_of([&] { load(file); });
  };
  const auto refused_model = [](const std::string& field, const std::string& json) {
    Json::Object file = small_gpt2();
    std::get<Json::Object>(file["model"].value)[field] = parsed(json);
    return error_of([&] { load(file); });
  };
  CHECK_THAT(refused("normalizer", R"({"type": "BertNormalizer"})"),
             ContainsSubstring("tokenizer.json: normalizer: type must be one of ") &&
                 ContainsSubstring("not \"BertNormalizer\""));
  CHECK_THAT(refused("normalizer", R"({"type": "NFC", "form": 1})"), ContainsSubstring("form is not understood"));
  CHECK_THAT(refused("decoder", R"({"type": "WordPiece"})"), ContainsSubstring("decoder: type"));
  CHECK_THAT(refused("pre_tokenizer", R"({"type": "Split", "pattern": {"Regex": "(a"}, "behavior": "Isolated"})"),
             ContainsSubstring("the regular expression (a can't be used"));
  CHECK_THAT(refused("pre_tokenizer", R"({"type": "Split", "pattern": {"Regex": "[a[b]]"}, "behavior": "Isolated"})"),
             ContainsSubstring("a set in a set"));
  CHECK_THAT(refused("pre_tokenizer", R"({"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated"})"),
             ContainsSubstring("pattern must be"));
  CHECK_THAT(refused("post_processor", R"({"type": "TemplateProcessing", "single": [{"Sequence": {"id": "B"}}]})"),
             ContainsSubstring("id must be A"));
  CHECK_THAT(refused("version", R"("2.0")"), ContainsSubstring("version must be 1.0"));
  CHECK_THAT(refused("more", "1"), ContainsSubstring("more is not understood"));
  CHECK_THAT(refused("added_tokens", R"([{"id": 5, "content": "<e>"}])"),
             ContainsSubstring("<e> has the number 5, but 0"));
  CHECK_THAT(refused_model("dropout", "0.1"), ContainsSubstring("model: dropout must be null or 0"));
  CHECK_THAT(refused_model("end_of_word_suffix", R"("</w>")"), ContainsSubstring("end_of_word_suffix must be null"));
  CHECK_THAT(refused_model("type", R"("WordPiece")"),
             ContainsSubstring("model: type must be one of BPE, Unigram, WordLevel"));
  CHECK_THAT(refused_model("merges", R"(["a g"])"), ContainsSubstring("a and g make ag, but vocab has no ag"));
  CHECK_THAT(refused_model("unk_token", R"("<u>")"), ContainsSubstring("unk_token must be a token of vocab"));
}

TEST_CASE("tokenizer.json: a word of a megabyte is encoded in little time, and a hostile expression ends in an error") {
  const auto llama2 = load(small_llama2());
  CHECK(llama2->encode(std::string(1 << 20, 'a')).size() == 1 << 20);
  std::string text;
  for (int i = 0; i < 1 << 18; ++i) text += "ab";
  CHECK(llama2->encode(text).size() == 1 << 18);
  Json::Object file = small_gpt2();
  file["pre_tokenizer"] = parsed(R"({"type": "Split", "pattern": {"Regex": "(a+)+\\p{N}"}, "behavior": "Isolated"})");
  CHECK_THAT(error_of([&] { load(file)->encode(std::string(64, 'a')); }), ContainsSubstring("takes too much"));
}

TEST_CASE("tokenizer.json: damaged files either load and work or are refused") {
  TemporaryFolder folder;
  const int refused =
      read_damaged(Json(small_llama2()).dump(), folder / "tokenizer.json", 1000, [](const std::string& path) {
        const auto tokenizer = Tokenizer::load(path);
        auto ids = tokenizer->encode("ab <s> xé a");
        tokenizer->decode(ids);
      });
  CHECK(refused > 100);
  CHECK(refused < 1000);
}

TEST_CASE("tokenizer.json: the reference tokenizers give the tokens and texts that they must") {
  const std::filesystem::path folder =
      std::filesystem::path(ADORA_SOURCE_ROOT) / "../shared/reference/families/tokenizers";
  if (!std::filesystem::is_directory(folder)) return;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!std::filesystem::exists(entry.path() / "cases.json")) continue;
    const auto tokenizer = Tokenizer::load(entry.path().string());
    const Json cases = read_json_file((entry.path() / "cases.json").string());
    for (const Json& one : *cases.get<Json::Array>()) {
      JsonFields fields(one, entry.path().string());
      INFO(entry.path() << ": " << fields.text("text"));
      Ids wanted;
      for (const Json& id : *fields.find("ids")->get<Json::Array>()) wanted.push_back(*id.get<std::int64_t>());
      Ids got = tokenizer->encode(fields.text("text"));
      if (const auto bos = tokenizer->bos()) got.insert(got.begin(), *bos);
      CHECK(got == wanted);
      CHECK(tokenizer->decode_with_special_tokens(wanted) == fields.text("decoded"));
    }
  }
}
