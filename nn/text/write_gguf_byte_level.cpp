#include "write_gguf_byte_level.h"

#include "../../core/error.h"
#include "../io/gguf_writer.h"
#include "../io/json_fields.h"
#include "gguf_pre_tokenizer.h"
#include "sentencepiece_model.h"
#include "tokenizer_config.h"
#include "tokenizer_json.h"

namespace adora {
namespace {

/// How a tokenizer.json cuts a text, in the words of gguf_pre_tokenizer.h.
struct Cutting {
  std::vector<std::string> patterns;
  bool byte_level = false, adds_space = false;
};

void read_step(const Json& json, Cutting& cutting, const std::string& where) {
  JsonFields step(json, where);
  const std::string type = step.text("type");
  const auto refuse = [&](const std::string& name) {
    fail("{}: {} of {} can't be written as GGUF, which names pre-tokenizers instead", where, name, type);
  };
  if (type == "Sequence") {
    const Json* list = step.find("pretokenizers");
    if (!list || !list->get<Json::Array>()) step.refuse("pretokenizers", "a list");
    for (const Json& one : *list->get<Json::Array>()) read_step(one, cutting, where);
  } else if (type == "Digits") {
    cutting.patterns.push_back(step.boolean("individual_digits", false) ? R"(\p{N})" : R"(\p{N}+)");
  } else if (type == "ByteLevel") {
    cutting.byte_level = true;
    cutting.adds_space = step.boolean("add_prefix_space", true);
    if (step.boolean("use_regex", true)) cutting.patterns.push_back(gpt2_pattern);
  } else if (type == "Split") {
    const Json* pattern = step.find("pattern");
    if (!pattern) step.refuse("pattern", "there");
    JsonFields by(*pattern, where + ": pattern");
    if (!by.has("Regex")) refuse("a pattern without Regex");
    if (step.text("behavior") != "Isolated") refuse("the behavior " + shortened(step.text("behavior"), 20));
    if (step.boolean("invert", false)) refuse("invert");
    cutting.patterns.push_back(by.text("Regex"));
  } else {
    refuse("a step");
  }
}

/// The name that GGUF files have for how a tokenizer.json cuts a text.
std::string pre_tokenizer_name(JsonFields& tokenizer, bool ignores_merges, Cutting& cutting) {
  const std::string where = tokenizer.where() + ": pre_tokenizer";
  const Json* steps = tokenizer.find("pre_tokenizer");
  if (!steps) tokenizer.refuse("pre_tokenizer", "there");
  read_step(*steps, cutting, where);
  check(cutting.byte_level, "{}: is not byte-level, and nothing else can be written as GGUF", where);
  bool composes = false;
  if (const Json* normalizer = tokenizer.find("normalizer")) {
    JsonFields fields(*normalizer, tokenizer.where() + ": normalizer");
    if (fields.text("type") != "NFC") fields.refuse("type", "NFC, or no normalizer at all, to be written as GGUF");
    composes = true;
  }
  const GgufPreTokenizer* found = find_gguf_pre_tokenizer(cutting.patterns, composes, ignores_merges);
  if (!found) {
    std::string patterns;
    for (const std::string& one : cutting.patterns) patterns += (patterns.empty() ? "" : " then ") + one;
    fail("{}: GGUF files have no name that is known here for what cuts at {}{}{}", where,
         patterns.empty() ? "nothing" : shortened(patterns, 200), composes ? ", after NFC" : "",
         ignores_merges ? ", and takes whole words (ignore_merges)" : "");
  }
  return found->names.front();
}

void write_merges(GgufWriter& file, JsonFields& model) {
  const Json* json = model.find("merges");
  const auto* list = json ? json->get<Json::Array>() : nullptr;
  if (!list) model.refuse("merges", "a list");
  std::vector<std::string> merges;
  for (const Json& one : *list) {
    if (const auto* text = one.get<std::string>()) {
      merges.push_back(*text);
      continue;
    }
    const auto* pair = one.get<Json::Array>();
    const auto* left = pair && pair->size() == 2 ? (*pair)[0].get<std::string>() : nullptr;
    const auto* right = left ? (*pair)[1].get<std::string>() : nullptr;
    if (!right || left->find(' ') != left->npos || right->find(' ') != right->npos)
      model.refuse("merges", "pairs of texts without blanks");
    merges.push_back(*left + " " + *right);
  }
  file.texts("tokenizer.ggml.merges", merges);
}

void write_tokens(GgufWriter& file, JsonFields& tokenizer, JsonFields& model, const TokenizerConfig& config,
                  std::int64_t size) {
  std::vector<std::string> texts;
  for (std::int64_t id = 0; id < size; ++id) texts.push_back(fmt::format("[PAD{}]", id));
  std::vector<std::int32_t> kinds(texts.size(), static_cast<std::int32_t>(PieceKind::unused));
  const auto put = [&](std::int64_t id, const std::string& text, PieceKind kind) {
    const auto at = static_cast<std::size_t>(id);
    texts[at] = text, kinds[at] = static_cast<std::int32_t>(kind);
  };
  for (const auto& [text, id] : *model.find("vocab")->get<Json::Object>())
    put(*id.get<std::int64_t>(), text, PieceKind::normal);
  const auto add = [&](const AddedToken& token) {
    check(!token.lstrip && !token.rstrip && !token.single_word,
          "{}: the added token {} has lstrip, rstrip or single_word, which GGUF files can't say", tokenizer.where(),
          shortened(token.text, 40));
    put(token.id, token.text, token.special ? PieceKind::control : PieceKind::user_defined);
  };
  if (const Json* added = tokenizer.find("added_tokens"))
    for (const Json& one : *added->get<Json::Array>()) {
      JsonFields fields(one, tokenizer.where() + ": added_tokens");
      AddedToken token = read_added_token(fields);
      token.id = fields.integer("id", 0, size - 1);
      add(token);
    }
  for (const AddedToken& token : config.added) add(token);
  file.texts("tokenizer.ggml.tokens", texts);
  file.i32s("tokenizer.ggml.token_type", kinds);
}

}  // namespace

void write_gguf_byte_level(GgufWriter& file, const Json& tokenizer, const Json& config_json, std::int64_t vocab_size,
                           const std::string& path) {
  // Reads and checks every part.
  const JsonTokenizer known(tokenizer, config_json, path);
  check(known.size() <= vocab_size, "{}: has {} tokens, but the model's vocab_size is {}", path, known.size(),
        vocab_size);
  JsonFields fields(tokenizer, path);
  JsonFields model(*fields.find("model"), path + ": model");
  if (model.text("type", "BPE") != "BPE")
    model.refuse("type", "BPE to be written as GGUF without a SentencePiece model (tokenizer.model)");
  if (model.boolean("byte_fallback", false))
    fail(
        "{}: model: is a BPE with byte_fallback, whose SentencePiece model (tokenizer.model) is wanted to write it as "
        "GGUF",
        path);
  Cutting cutting;
  const std::string pre = pre_tokenizer_name(fields, model.boolean("ignore_merges", false), cutting);
  const TokenizerConfig config = tokenizer_config_of(config_json, path);
  file.text("tokenizer.ggml.model", "gpt2");
  file.text("tokenizer.ggml.pre", pre);
  write_tokens(file, fields, model, config, vocab_size);
  write_merges(file, model);
  JsonFields named(config_json, path);
  const std::pair<const char*, const char*> tokens[]{
      {"bos", "bos_token"}, {"eos", "eos_token"}, {"unknown", "unk_token"}, {"padding", "pad_token"}};
  for (const auto& [name, key] : tokens) {
    std::optional<std::int64_t> id;
    if (const Json* token = named.find(key)) {
      if (const auto* text = token->get<std::string>()) id = known.token_id(*text);
      else id = known.token_id(JsonFields(*token, path).text("content"));
    }
    // What the tokenizer puts around a text needs no name in its configuration.
    if (!id && name == std::string("bos")) id = known.bos();
    if (!id && name == std::string("eos")) id = known.eos();
    if (id) file.u32(fmt::format("tokenizer.ggml.{}_token_id", name), *id);
  }
  if (cutting.adds_space) file.boolean("tokenizer.ggml.add_space_prefix", true);
  file.boolean("tokenizer.ggml.add_bos_token", known.bos().has_value());
  file.boolean("tokenizer.ggml.add_eos_token", false);
}

}  // namespace adora
