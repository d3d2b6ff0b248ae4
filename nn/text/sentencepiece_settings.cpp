#include <algorithm>
#include <filesystem>

#include "../../core/error.h"
#include "../io/file.h"
#include "../io/json_file.h"
#include "sentencepiece_model.h"
#include "tokenizer_config.h"
#include "vocabulary.h"

namespace adora {
namespace {

namespace fs = std::filesystem;

/// Texts of tokens and their numbers, as older folders have them.
void read_added_tokens(const std::string& path, SentencePieceSettings& settings,
                       const std::vector<std::string>& special) {
  if (!file_exists(path)) return;
  const Json json = read_json_file(path);
  const auto* tokens = json.get<Json::Object>();
  check(tokens != nullptr, "{}: must be an object of tokens and their numbers", path);
  for (const auto& [text, id] : *tokens) {
    const auto* number = id.get<std::int64_t>();
    check(number && *number >= 0 && *number < Vocabulary::most, "{}: {} must be an integer from 0 to {}, not {}", path,
          shortened(text, 40), Vocabulary::most - 1, brief(id));
    check(!text.empty() && text.size() <= AddedTokens::longest, "{}: a token must have 1 to {} bytes, not {}", path,
          AddedTokens::longest, text.size());
    settings.added.push_back(
        {.text = text, .id = *number, .special = std::find(special.begin(), special.end(), text) != special.end()});
  }
}

}  // namespace

SentencePieceSettings read_sentencepiece_settings(const std::string& folder) {
  const TokenizerConfig config = read_tokenizer_config(folder);
  SentencePieceSettings settings{.adds_bos = config.add_bos.value_or(true),
                                 .every_part_begins_anew = config.legacy,
                                 .adds_space = config.add_prefix_space,
                                 .added = config.added,
                                 .bos = config.bos,
                                 .eos = config.eos,
                                 .no_space_before = config.special};
  if (!settings.added.empty()) return settings;
  std::vector<std::string> special = config.special;
  const std::string map = (fs::path(folder) / "special_tokens_map.json").string();
  if (file_exists(map)) {
    const TokenizerConfig more = tokenizer_config_of(read_json_file(map), map);
    special.insert(special.end(), more.special.begin(), more.special.end());
    if (!settings.bos) settings.bos = more.bos;
    if (!settings.eos) settings.eos = more.eos;
  }
  read_added_tokens((fs::path(folder) / "added_tokens.json").string(), settings, special);
  return settings;
}

}  // namespace adora
