#include "gguf_vocabulary.h"

#include <set>

#include "../../core/error.h"
#include "gguf_pre_tokenizer.h"

namespace adora {
namespace {

std::string key_of(const std::string& name) { return "tokenizer.ggml." + name; }

}  // namespace

void GgufVocabulary::refuse(const std::string& key, const std::string& must) const {
  fail("{}: {} must be {}", file.path(), key, must);
}

std::string GgufVocabulary::text(const std::string& key, const std::string& otherwise) const {
  if (!file.has(key)) return otherwise;
  const Json value = file.value(key);
  const auto* text = value.get<std::string>();
  if (!text) refuse(key, "a text");
  return *text;
}

bool GgufVocabulary::boolean(const std::string& key, bool otherwise) const {
  if (!file.has(key)) return otherwise;
  const Json value = file.value(key);
  const auto* truth = value.get<bool>();
  if (!truth) refuse(key, "true or false");
  return *truth;
}

std::vector<std::string> GgufVocabulary::texts(const std::string& key) const {
  if (file.kind(key) != "array of string") refuse(key, "a list of texts");
  std::vector<std::string> result;
  const Json value = file.value(key);
  for (const Json& one : *value.get<Json::Array>()) result.push_back(*one.get<std::string>());
  return result;
}

std::optional<std::int64_t> GgufVocabulary::id(const std::string& name) const {
  const std::string key = key_of(name + "_token_id");
  if (!file.has(key)) return {};
  const Json value = file.value(key);
  const auto* id = value.get<std::int64_t>();
  if (!id || *id < 0 || *id >= static_cast<std::int64_t>(pieces.pieces.size())) refuse(key, "the number of a token");
  return *id;
}

GgufVocabulary::GgufVocabulary(const GgufReader& reader) : file(reader), model(text(key_of("model"))) {
  if (model != "gpt2" && model != "llama")
    refuse(key_of("model"), "\"gpt2\" or \"llama\": no other tokenizer is read, such as \"" + shortened(model) + "\"");
  std::set<std::string> seen;
  for (std::string& token : texts(key_of("tokens"))) {
    if (!seen.insert(token).second) refuse(key_of("tokens"), "tokens of which none stands twice: " + shortened(token));
    pieces.pieces.push_back({std::move(token)});
  }
  auto each = [&](const std::string& name, bool whole, auto&& take) {
    const std::string key = key_of(name);
    if (!file.has(key)) return;
    const Json value = file.value(key);
    const auto* list = value.get<Json::Array>();
    if (!list || list->size() != pieces.pieces.size()) refuse(key, "a list with a number for each token");
    for (std::size_t i = 0; i < list->size(); ++i) {
      const Json& number = (*list)[i];
      if (whole ? !number.get<std::int64_t>() : !number.get<double>())
        refuse(key, "a list with a number for each token");
      take(pieces.pieces[i], number);
    }
  };
  each("token_type", true, [&](SentencePieces::Piece& piece, const Json& number) {
    const std::int64_t kind = *number.get<std::int64_t>();
    if (kind < 1 || kind > 6) refuse(key_of("token_type"), "kinds of tokens from 1 to 6");
    piece.kind = static_cast<PieceKind>(kind);
  });
  each("scores", false, [&](SentencePieces::Piece& piece, const Json& number) {
    piece.score = static_cast<float>(*number.get<double>());
  });
  const bool scored = model == "llama";
  if (scored && !file.has(key_of("scores"))) refuse(key_of("scores"), "there");
  pieces.adds_space = boolean(key_of("add_space_prefix"), scored);
  pieces.unknown = id("unknown"), pieces.bos = id("bos"), pieces.eos = id("eos"), pieces.padding = id("padding");
  pre = scored ? "" : text(key_of("pre"), "default");
  adds_bos = boolean(key_of("add_bos_token"), scored || gguf_pre_tokenizer(pre, file.path()).adds_bos);
  adds_eos = boolean(key_of("add_eos_token"), false);
}

}  // namespace adora
