#include "tokenizer_config.h"

#include <charconv>
#include <filesystem>

#include "../../core/error.h"
#include "../io/file.h"
#include "../io/json_file.h"
#include "vocabulary.h"

namespace adora {
namespace {

/// A token as a text, or as an object with its text and how it is found.
std::optional<std::string> token_text(const Json& json, const std::string& where) {
  if (const auto* text = json.get<std::string>()) return *text;
  JsonFields fields(json, where);
  return fields.text("content");
}

std::optional<std::string> token_field(JsonFields& config, const std::string& name) {
  const Json* json = config.find(name);
  return json ? token_text(*json, config.where() + ": " + name) : std::nullopt;
}

std::vector<AddedToken> added_tokens_decoder(JsonFields& config) {
  std::vector<AddedToken> tokens;
  const Json* json = config.find("added_tokens_decoder");
  if (!json) return tokens;
  const auto* all = json->get<Json::Object>();
  if (!all) config.refuse("added_tokens_decoder", "an object of tokens by their numbers");
  for (const auto& [number, token] : *all) {
    JsonFields fields(token, config.where() + ": added_tokens_decoder");
    tokens.push_back(read_added_token(fields));
    std::int64_t& id = tokens.back().id;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), id);
    check(error == std::errc() && end == number.data() + number.size() && id >= 0 && id < Vocabulary::most,
          "{}: added_tokens_decoder has {}, which is no token's number", config.where(), shortened(number, 40));
  }
  return tokens;
}

}  // namespace

AddedToken read_added_token(JsonFields& fields) {
  AddedToken token;
  token.text = fields.text("content");
  if (token.text.empty() || token.text.size() > AddedTokens::longest)
    fields.refuse("content", fmt::format("a text of 1 to {} bytes", AddedTokens::longest));
  token.special = fields.boolean("special", false);
  token.normalized = fields.boolean("normalized", !token.special);
  token.single_word = fields.boolean("single_word", false);
  token.lstrip = fields.boolean("lstrip", false);
  token.rstrip = fields.boolean("rstrip", false);
  return token;
}

TokenizerConfig read_tokenizer_config(const std::string& folder) {
  const std::string path = (std::filesystem::path(folder) / "tokenizer_config.json").string();
  return tokenizer_config_of(file_exists(path) ? read_json_file(path) : Json(Json::Object()), path);
}

TokenizerConfig tokenizer_config_of(const Json& content, const std::string& path) {
  TokenizerConfig result;
  result.path = path;
  JsonFields config(content, path);
  result.bos = token_field(config, "bos_token");
  result.eos = token_field(config, "eos_token");
  if (config.has("add_bos_token")) result.add_bos = config.boolean("add_bos_token");
  result.legacy = config.boolean("legacy", true);
  result.add_prefix_space = config.boolean("add_prefix_space", true);
  result.clean_up = config.boolean("clean_up_tokenization_spaces", false);
  result.clean_up_bpe =
      config.boolean("clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output", false);
  for (const char* name : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"})
    if (auto text = token_field(config, name); text && !text->empty()) result.special.push_back(*text);
  for (const char* name : {"additional_special_tokens", "extra_special_tokens"}) {
    const Json* more = config.find(name);
    if (const auto* list = more ? more->get<Json::Array>() : nullptr)
      for (const Json& one : *list) result.special.push_back(*token_text(one, result.path + ": " + name));
  }
  result.added = added_tokens_decoder(config);
  return result;
}

}  // namespace adora
