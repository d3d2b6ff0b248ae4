#include <algorithm>

#include "../../core/error.h"
#include "../io/gguf_writer.h"
#include "../io/json_fields.h"
#include "gguf_tokenizer.h"
#include "sentencepiece_model.h"
#include "write_gguf_byte_level.h"

namespace adora {
namespace {

using Files = std::map<std::string, std::string>;

/// A companion's JSON; an empty object where it is not there.
Json json_of(const Files& files, const std::string& name, const std::string& where) {
  const auto found = files.find(name);
  return found == files.end() ? Json(Json::Object{}) : Json::parse(found->second, where + "/" + name);
}

/// Tokens that a folder adds to a SentencePiece model's, and tokens for the rows of the embedding that have none.
void add_tokens(SentencePieces& model, const Files& files, std::int64_t vocab_size, const std::string& where) {
  const std::size_t own = model.pieces.size();
  check(static_cast<std::int64_t>(own) <= vocab_size,
        "{}: tokenizer.model has {} tokens, but the model's vocab_size is {}", where, own, vocab_size);
  for (auto id = static_cast<std::int64_t>(own); id < vocab_size; ++id)
    model.pieces.push_back({fmt::format("[PAD{}]", id), -10000, PieceKind::unused});
  auto put = [&](std::int64_t id, const std::string& text, PieceKind kind) {
    if (id >= static_cast<std::int64_t>(own) && id < vocab_size)
      model.pieces[static_cast<std::size_t>(id)] = {text, -1000, kind};
  };
  const Json added = json_of(files, "added_tokens.json", where),
             config = json_of(files, "tokenizer_config.json", where);
  if (const auto* tokens = added.get<Json::Object>())
    for (const auto& [text, id] : *tokens)
      if (const auto* number = id.get<std::int64_t>()) put(*number, text, PieceKind::user_defined);
  JsonFields fields(config, where + "/tokenizer_config.json");
  const Json* decoder = fields.find("added_tokens_decoder");
  if (!decoder || !decoder->get<Json::Object>()) return;
  for (const auto& [id, token] : *decoder->get<Json::Object>()) {
    check(!id.empty() && id.size() < 10 && id.find_first_not_of("0123456789") == id.npos,
          "{}: added_tokens_decoder: \"{}\" is no number of a token", fields.where(), shortened(id));
    JsonFields one(token, fields.where() + ": added_tokens_decoder");
    put(std::stoll(id), one.text("content"),
        one.boolean("special", false) ? PieceKind::control : PieceKind::user_defined);
  }
}

/// BOS and EOS are those that the folder names, where it does.
void name_tokens(SentencePieces& model, JsonFields& config) {
  const std::pair<const char*, std::optional<std::int64_t>*> tokens[]{{"bos_token", &model.bos},
                                                                      {"eos_token", &model.eos}};
  for (const auto& [name, id] : tokens) {
    const Json* json = config.find(name);
    if (!json) continue;
    const auto* text = json->get<std::string>();
    const std::string wanted = text ? *text : JsonFields(*json, config.where()).text("content");
    for (std::size_t i = 0; i < model.pieces.size(); ++i)
      if (model.pieces[i].text == wanted) *id = static_cast<std::int64_t>(i);
  }
}

void write_pieces(GgufWriter& file, const SentencePieces& model) {
  std::vector<std::string> texts;
  std::vector<float> scores;
  std::vector<std::int32_t> kinds;
  for (const auto& [text, score, kind] : model.pieces) {
    texts.push_back(text);
    scores.push_back(score);
    kinds.push_back(static_cast<std::int32_t>(kind));
  }
  file.text("tokenizer.ggml.model", "llama");
  file.text("tokenizer.ggml.pre", "default");
  file.texts("tokenizer.ggml.tokens", texts);
  file.f32s("tokenizer.ggml.scores", scores);
  file.i32s("tokenizer.ggml.token_type", kinds);
  const std::pair<const char*, std::optional<std::int64_t>> ids[]{
      {"bos", model.bos}, {"eos", model.eos}, {"unknown", model.unknown}, {"padding", model.padding}};
  for (const auto& [name, id] : ids)
    if (id) file.u32(fmt::format("tokenizer.ggml.{}_token_id", name), *id);
  file.boolean("tokenizer.ggml.add_space_prefix", model.adds_space);
}

}  // namespace

void write_gguf_tokenizer(GgufWriter& file, const GgufReader& source) {
  for (const std::string& key : source.keys())
    if (key.starts_with("tokenizer.")) file.copy(key, source);
}

void write_gguf_tokenizer(GgufWriter& file, const std::map<std::string, std::string>& files, std::int64_t vocab_size,
                          const std::string& where) {
  const Json config = json_of(files, "tokenizer_config.json", where);
  JsonFields fields(config, where + "/tokenizer_config.json");
  if (const auto found = files.find("tokenizer.model"); found != files.end()) {
    SentencePieces model = read_sentencepieces(found->second, where + "/tokenizer.model");
    add_tokens(model, files, vocab_size, where);
    name_tokens(model, fields);
    write_pieces(file, model);
    file.boolean("tokenizer.ggml.add_bos_token", fields.boolean("add_bos_token", true));
    file.boolean("tokenizer.ggml.add_eos_token", fields.boolean("add_eos_token", false));
  } else {
    check(
        files.contains("tokenizer.json"),
        "{}: has no SentencePiece model (tokenizer.model) and no tokenizer.json, and no other tokenizer can be written "
        "as GGUF",
        where);
    write_gguf_byte_level(file, json_of(files, "tokenizer.json", where), config, vocab_size, where + "/tokenizer.json");
  }
  const auto separate = files.find("chat_template.jinja");
  const Json* inside = fields.find("chat_template");
  if (separate != files.end()) file.text("tokenizer.chat_template", separate->second);
  else if (inside && inside->get<std::string>()) file.text("tokenizer.chat_template", *inside->get<std::string>());
}

}  // namespace adora
