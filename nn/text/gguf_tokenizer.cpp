#include "gguf_tokenizer.h"

#include <algorithm>
#include <unordered_map>

#include "../../core/error.h"
#include "../../core/utf8.h"
#include "gguf_pre_tokenizer.h"
#include "gguf_vocabulary.h"
#include "tokenizer_format.h"
#include "tokenizer_json.h"

namespace adora {
namespace {

/// How SentencePiece writes a blank.
const std::string blank = "\u2581";

bool is_added(PieceKind kind) {
  return kind == PieceKind::control || kind == PieceKind::unknown || kind == PieceKind::user_defined;
}

/// Tokens that a text has as such, before anything else is made of it.
Json added_tokens(const GgufVocabulary& words) {
  Json::Array tokens;
  for (std::int64_t id = 0; id < static_cast<std::int64_t>(words.pieces.pieces.size()); ++id) {
    const PieceKind kind = words.kind(id);
    if (!is_added(kind)) continue;
    tokens.push_back(Json::Object{{"id", id},
                                  {"content", words.token(id)},
                                  {"single_word", false},
                                  {"lstrip", false},
                                  {"rstrip", false},
                                  {"normalized", false},
                                  {"special", kind != PieceKind::user_defined}});
  }
  return tokens;
}

/// BOS in front of a text and EOS after it; null where neither is put there.
Json post_processor(const GgufVocabulary& words) {
  Json::Array single, pair;
  Json::Object special;
  auto put = [&](std::optional<std::int64_t> id, const char* name, std::initializer_list<int> sequences) {
    const std::string key = fmt::format("tokenizer.ggml.{}_token_id", name);
    if (!id) words.refuse(key, fmt::format("there, as add_{}_token is true", name));
    const std::string& text = words.token(*id);
    special[text] = Json::Object{{"id", text}, {"ids", Json::Array{*id}}, {"tokens", Json::Array{text}}};
    for (const int sequence : sequences) {
      const Json token = Json::Object{{"SpecialToken", Json::Object{{"id", text}, {"type_id", sequence}}}};
      if (sequence == 0) single.push_back(token);
      pair.push_back(token);
    }
  };
  auto text = [](const char* name, int type) {
    return Json::Object{{"Sequence", Json::Object{{"id", name}, {"type_id", type}}}};
  };
  if (!words.adds_bos && !words.adds_eos) return nullptr;
  const auto& [bos, eos] = std::pair(words.pieces.bos, words.pieces.eos);
  if (words.adds_bos) put(bos, "bos", {0});
  single.push_back(text("A", 0));
  pair.push_back(text("A", 0));
  if (words.adds_eos) put(eos, "eos", {0});
  if (words.adds_bos) put(bos, "bos", {1});
  pair.push_back(text("B", 1));
  if (words.adds_eos) put(eos, "eos", {1});
  return Json::Object{{"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}, {"special_tokens", special}};
}

Json::Object bpe(const GgufVocabulary& words, Json::Array merges) {
  Json::Object vocabulary;
  for (std::int64_t id = 0; id < static_cast<std::int64_t>(words.pieces.pieces.size()); ++id)
    vocabulary[words.token(id)] = id;
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", nullptr},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", false},
          {"byte_fallback", false},
          {"ignore_merges", false},
          {"vocab", std::move(vocabulary)},
          {"merges", std::move(merges)}};
}

Json byte_level(bool adds_space, bool cuts) {
  return Json::Object{
      {"type", "ByteLevel"}, {"add_prefix_space", adds_space}, {"trim_offsets", true}, {"use_regex", cuts}};
}

/// Of "gpt2": tokens are texts of the 256 characters that stand for bytes.
Json::Object byte_level_tokenizer(const GgufVocabulary& words) {
  const GgufPreTokenizer& pre = gguf_pre_tokenizer(words.pre, words.file.path());
  Json::Array merges;
  const char* key = "tokenizer.ggml.merges";
  if (!words.file.has(key)) words.refuse(key, "there");
  for (const std::string& merge : words.texts(key)) {
    const std::size_t space = merge.find(' ', 1);
    if (space == merge.npos || space + 1 == merge.size())
      words.refuse(key, "pairs with a blank between them, not \"" + shortened(merge) + "\"");
    merges.push_back(Json::Array{merge.substr(0, space), merge.substr(space + 1)});
  }
  Json::Object model = bpe(words, std::move(merges));
  model["ignore_merges"] = pre.ignores_merges;
  Json::Array steps;
  // In the forms in which Hugging Face's own files have the same.
  const bool last_is_gpt2 = pre.patterns.back() == gpt2_pattern;
  for (std::size_t i = 0; i + last_is_gpt2 < pre.patterns.size(); ++i) {
    const std::string& pattern = pre.patterns[i];
    if (pattern == R"(\p{N})") steps.push_back(Json::Object{{"type", "Digits"}, {"individual_digits", true}});
    else
      steps.push_back(Json::Object{{"type", "Split"},
                                   {"pattern", Json::Object{{"Regex", pattern}}},
                                   {"behavior", "Isolated"},
                                   {"invert", false}});
  }
  steps.push_back(byte_level(words.pieces.adds_space, last_is_gpt2));
  const Json steps_json =
      steps.size() == 1 ? steps.front() : Json(Json::Object{{"type", "Sequence"}, {"pretokenizers", steps}});
  return {{"normalizer", pre.composes ? Json(Json::Object{{"type", "NFC"}}) : Json()},
          {"pre_tokenizer", steps_json},
          {"decoder", byte_level(true, true)},
          {"model", std::move(model)}};
}

/// A pair that makes a token: its lengths are in characters.
struct Merge {
  float score;
  std::int64_t left, right, left_length, right_length;
};

/// All pairs of tokens that make a token, those of the highest score first.
std::vector<Merge> merges_by_score(const GgufVocabulary& words) {
  std::unordered_map<std::string_view, std::int64_t> ids;
  auto merged = [&](std::int64_t id) {
    return words.kind(id) == PieceKind::normal || words.kind(id) == PieceKind::user_defined;
  };
  const auto size = static_cast<std::int64_t>(words.pieces.pieces.size());
  for (std::int64_t id = 0; id < size; ++id)
    if (merged(id)) ids.emplace(words.token(id), id);
  std::vector<Merge> merges;
  for (std::int64_t id = 0; id < size; ++id) {
    if (!merged(id)) continue;
    const std::string_view token = words.token(id);
    const auto length = std::count_if(token.begin(), token.end(), [](char c) { return (c & 0xc0) != 0x80; });
    std::vector<Merge> of_token;
    std::int64_t left_length = 0;
    for (std::size_t at = 0; at + utf8_character(token, at) < token.size();) {
      at += utf8_character(token, at);
      ++left_length;
      const auto left = ids.find(token.substr(0, at)), right = ids.find(token.substr(at));
      if (left != ids.end() && right != ids.end())
        of_token.push_back({words.pieces.pieces[static_cast<std::size_t>(id)].score, left->second, right->second,
                            left_length, length - left_length});
    }
    std::sort(of_token.begin(), of_token.end(),
              [](const Merge& a, const Merge& b) { return std::pair(a.left, a.right) < std::pair(b.left, b.right); });
    merges.insert(merges.end(), of_token.begin(), of_token.end());
  }
  std::stable_sort(merges.begin(), merges.end(), [](const Merge& a, const Merge& b) {
    return std::tie(a.score, a.left_length, a.right_length) > std::tie(b.score, b.left_length, b.right_length);
  });
  return merges;
}

/// Of "llama": tokens are texts with blanks as SentencePiece writes them.
Json::Object scored_tokenizer(const GgufVocabulary& words) {
  Json::Array merges;
  for (const Merge& merge : merges_by_score(words))
    merges.push_back(Json::Array{words.token(merge.left), words.token(merge.right)});
  Json::Object model = bpe(words, std::move(merges));
  const auto& pieces = words.pieces.pieces;
  model["byte_fallback"] =
      std::any_of(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.kind == PieceKind::byte; });
  model["fuse_unk"] = true;
  if (words.pieces.unknown) model["unk_token"] = words.token(*words.pieces.unknown);
  auto replace = [](const std::string& from, const std::string& to) {
    return Json::Object{{"type", "Replace"}, {"pattern", Json::Object{{"String", from}}}, {"content", to}};
  };
  Json::Array normalizers,
      decoders{replace(blank, " "), Json::Object{{"type", "ByteFallback"}}, Json::Object{{"type", "Fuse"}}};
  if (words.pieces.adds_space) {
    normalizers.push_back(Json::Object{{"type", "Prepend"}, {"prepend", blank}});
    decoders.push_back(Json::Object{{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  }
  normalizers.push_back(replace(" ", blank));
  return {{"normalizer", Json::Object{{"type", "Sequence"}, {"normalizers", normalizers}}},
          {"pre_tokenizer", nullptr},
          {"decoder", Json::Object{{"type", "Sequence"}, {"decoders", decoders}}},
          {"model", std::move(model)}};
}

Json tokenizer_json(const GgufVocabulary& words) {
  Json::Object json = words.model == "gpt2" ? byte_level_tokenizer(words) : scored_tokenizer(words);
  json["version"] = "1.0";
  json["truncation"] = nullptr;
  json["padding"] = nullptr;
  json["added_tokens"] = added_tokens(words);
  json["post_processor"] = post_processor(words);
  return json;
}

Json tokenizer_config(const GgufVocabulary& words) {
  Json::Object json{{"tokenizer_class", "PreTrainedTokenizerFast"},
                    {"add_bos_token", words.adds_bos},
                    {"add_eos_token", words.adds_eos},
                    {"clean_up_tokenization_spaces", false}};
  const SentencePieces& pieces = words.pieces;
  const std::pair<const char*, std::optional<std::int64_t>> tokens[]{{"bos_token", pieces.bos},
                                                                     {"eos_token", pieces.eos},
                                                                     {"unk_token", pieces.unknown},
                                                                     {"pad_token", pieces.padding}};
  for (const auto& [name, id] : tokens)
    if (id) json[name] = words.token(*id);
  if (words.file.has("tokenizer.chat_template")) json["chat_template"] = words.text("tokenizer.chat_template");
  return json;
}

std::unique_ptr<Tokenizer> load(const std::string& path) {
  const GgufReader file(path);
  const GgufVocabulary words(file);
  if (words.model != "llama")
    return std::make_unique<JsonTokenizer>(tokenizer_json(words), tokenizer_config(words), path);
  SentencePieceSettings settings{.adds_bos = words.adds_bos};
  for (std::int64_t id = 0; id < static_cast<std::int64_t>(words.pieces.pieces.size()); ++id)
    if (is_added(words.kind(id)))
      settings.added.push_back(
          {.text = words.token(id), .id = id, .special = words.kind(id) != PieceKind::user_defined});
  return sentencepiece_tokenizer(sentencepiece_bytes(words.pieces), path, settings);
}

const RegisterTokenizerFormat registered{{.name = "GGUF", .file = "tokenizer.gguf", .priority = 5, .load = load}};

}  // namespace

Json gguf_tokenizer_json(const GgufReader& file) { return tokenizer_json(GgufVocabulary(file)); }
Json gguf_tokenizer_config(const GgufReader& file) { return tokenizer_config(GgufVocabulary(file)); }

std::map<std::string, std::string> gguf_tokenizer_files(const GgufReader& file) {
  if (!file.has("tokenizer.ggml.model")) return {};
  const GgufVocabulary words(file);
  std::map<std::string, std::string> files{{"tokenizer.json", tokenizer_json(words).dump() + "\n"},
                                           {"tokenizer_config.json", tokenizer_config(words).dump() + "\n"}};
  if (words.model == "llama") files["tokenizer.model"] = sentencepiece_bytes(words.pieces);
  return files;
}

}  // namespace adora
