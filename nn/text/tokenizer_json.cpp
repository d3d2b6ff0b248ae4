#include "tokenizer_json.h"

#include <filesystem>

#include "../../core/utf8.h"
#include "../io/json_file.h"
#include "byte_level.h"
#include "tokenizer_format.h"

namespace adora {
namespace {

constexpr std::uint64_t largest_file = std::uint64_t{256} << 20;
constexpr std::size_t largest_text = std::size_t{1} << 28;

/// As transformers leaves out spaces that English has none of.
void clean_up(std::string& text) {
  constexpr std::pair<std::string_view, std::string_view> all[] = {
      {" .", "."},     {" ?", "?"},   {" !", "!"},   {" ,", ","},     {" ' ", "'"},
      {" n't", "n't"}, {" 'm", "'m"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (const auto& [from, to] : all) {
    std::string cleaned;
    std::size_t end = 0;
    for (std::size_t at; (at = text.find(from, end)) != text.npos; end = at + from.size())
      cleaned.append(text, end, at - end).append(to);
    text = cleaned.append(text, end);
  }
}

}  // namespace

JsonTokenizer::JsonTokenizer(std::string path)
    : path_(std::move(path)), config_(read_tokenizer_config(std::filesystem::path(path_).parent_path().string())) {
  read_parts(read_json_file(path_, largest_file));
}

JsonTokenizer::JsonTokenizer(const Json& tokenizer, const Json& config, std::string path)
    : path_(std::move(path)), config_(tokenizer_config_of(config, path_)) {
  read_parts(tokenizer);
}

void JsonTokenizer::read_parts(const Json& json) {
  JsonFields fields(json, path_);
  if (fields.text("version", "1.0") != "1.0") fields.refuse("version", "1.0");
  // How long a batch's texts become is not the tokenizer's business here; transformers goes by its caller too.
  fields.find("truncation"), fields.find("padding");
  const auto within = [&](const char* name) { return path_ + ": " + name; };
  if (const Json* part = fields.find("normalizer"))
    normalizer_ = read_tokenizer_part<Normalizer>(*part, within("normalizer"));
  if (const Json* part = fields.find("pre_tokenizer"))
    pre_tokenizer_ = read_tokenizer_part<PreTokenizer>(*part, within("pre_tokenizer"));
  if (const Json* part = fields.find("decoder")) decoder_ = read_tokenizer_part<TextDecoder>(*part, within("decoder"));
  Surroundings around;
  if (const Json* part = fields.find("post_processor"))
    read_tokenizer_part<PostProcessor>(*part, within("post_processor"))->apply(around);
  const Json* model = fields.find("model");
  if (!model) fields.refuse("model", "an object");
  // Older files don't say that it is this one.
  model_ = read_tokenizer_part<TokenModel>(*model, within("model"), "BPE");
  size_ = model_->vocabulary().size();
  read_added_tokens(fields);
  refuse_unread(fields);
  set_bos_and_eos(around);
}

void JsonTokenizer::read_added_tokens(JsonFields& fields) {
  if (const Json* json = fields.find("added_tokens")) {
    const auto* list = json->get<Json::Array>();
    if (!list) fields.refuse("added_tokens", "a list of objects");
    const std::string where = path_ + ": added_tokens";
    for (const Json& one : *list) {
      JsonFields entry(one, where);
      AddedToken token = read_added_token(entry);
      token.id = entry.integer("id", 0, Vocabulary::most - 1);
      refuse_unread(entry);
      add(std::move(token), where);
    }
  }
  // transformers adds what its own file has besides, and lets that say how a token is found.
  for (const AddedToken& token : config_.added) add(token, config_.path + ": added_tokens_decoder");
  for (const std::string& text : config_.special)
    if (const auto id = token_id(text); id && !by_text_.contains(text))
      add({.text = text, .id = *id, .special = true}, config_.path);
  index_added_tokens();
}

void JsonTokenizer::add(AddedToken token, const std::string& where) {
  const auto known = token_id(token.text);
  check(!known || *known == token.id, "{}: {} has the number {}, but {} elsewhere", where, shortened(token.text, 40),
        token.id, known.value_or(0));
  const std::string* other = model_->vocabulary().text(token.id);
  const auto taken = by_id_.find(token.id);
  check((!other || *other == token.text) && (taken == by_id_.end() || taken->second->text == token.text),
        "{}: {} has the number {} of another token", where, shortened(token.text, 40), token.id);
  size_ = std::max(size_, token.id + 1);
  if (const auto found = by_text_.find(token.text); found != by_text_.end()) {
    *found->second = std::move(token);
    return;
  }
  AddedToken& place = added_.emplace_back(std::move(token));
  by_text_[place.text] = by_id_[place.id] = &place;
}

void JsonTokenizer::index_added_tokens() {
  std::unordered_map<std::string, const AddedToken*> texts;
  for (const AddedToken& token : added_) {
    if (!token.normalized) {
      raw_.add(token.text, token);
      continue;
    }
    Normalized text{token.text};
    if (normalizer_) normalizer_->apply(text);
    check(!text.text.empty() && text.text.size() <= AddedTokens::longest && texts.emplace(text.text, &token).second,
          "{}: the added token {} is nothing, too long or like another one when it is normalized", path_,
          shortened(token.text, 40));
    normalized_.add(text.text, token);
    if (text.text != token.text) normalized_text_[token.id] = text.text;
  }
}

void JsonTokenizer::check_token(std::int64_t id, const std::string& what) const {
  check(has_token(id), "{}: {} is the token {}, which there is not", path_, what, id);
}

void JsonTokenizer::set_bos_and_eos(const Surroundings& around) {
  const auto named = [&](const std::optional<std::string>& text, const char* name) -> std::optional<std::int64_t> {
    if (!text) return {};
    const auto id = token_id(*text);
    check(id.has_value(), "{}: {} is {}, which {} has no token for", config_.path, name, shortened(*text, 40), path_);
    return id;
  };
  // What tokenizer_config.json says goes first, as in transformers. A token that the file puts behind each text is no
  // part of one here: a prompt is to go on, and who trains puts EOS behind a document.
  bos_ = around.front;
  if (bos_) check_token(*bos_, "post_processor: what goes in front of a text");
  if (config_.add_bos) {
    bos_ = *config_.add_bos ? named(config_.bos, "bos_token") : std::nullopt;
    check(bos_ || !*config_.add_bos, "{}: add_bos_token is true, and there is no bos_token", config_.path);
  }
  eos_ = named(config_.eos, "eos_token");
  if (!eos_ && around.behind) {
    check_token(*around.behind, "post_processor: what goes behind a text");
    eos_ = around.behind;
  }
}

std::optional<std::int64_t> JsonTokenizer::token_id(std::string_view text) const {
  if (const auto found = by_text_.find(std::string(text)); found != by_text_.end()) return found->second->id;
  return model_->vocabulary().id(text);
}

std::vector<std::int64_t> JsonTokenizer::encode(std::string_view text) const {
  check(text.size() <= largest_text, "encode: a text of {} bytes is too long", text.size());
  const std::size_t invalid = find_invalid_utf8(text);
  check(invalid == text.npos, "encode: the text is not UTF-8 at byte {}", invalid);
  std::unique_lock taken(cache_taken_, std::try_to_lock);
  std::unique_ptr<WordCache> own = taken ? nullptr : std::make_unique<WordCache>();
  WordCache& cache = taken ? cache_ : *own;
  Ids ids;
  for (const TextPiece& piece : raw_.split(text)) {
    if (piece.token) ids.push_back(piece.token->id);
    else encode_between(text.substr(piece.begin, piece.end - piece.begin), piece.begin == 0, cache, ids);
  }
  return ids;
}

void JsonTokenizer::encode_between(std::string_view text, bool at_start, WordCache& cache, Ids& ids) const {
  Normalized normalized;
  if (normalizer_ && !normalizer_->keeps(text)) {
    normalized = {std::string(text), at_start};
    normalizer_->apply(normalized);
    text = normalized.text, at_start = normalized.at_start;
  }
  for (const TextPiece& piece : normalized_.split(text)) {
    if (piece.token) ids.push_back(piece.token->id);
    else encode_normalized(text.substr(piece.begin, piece.end - piece.begin), at_start && piece.begin == 0, cache, ids);
  }
}

void JsonTokenizer::encode_normalized(std::string_view text, bool at_start, WordCache& cache, Ids& ids) const {
  Words words(text, at_start);
  if (pre_tokenizer_) pre_tokenizer_->apply(words);
  for (std::size_t i = 0; i < words.size(); ++i) encode_word(words[i], words.bytes, cache, ids);
}

void JsonTokenizer::encode_word(std::string_view word, bool bytes, WordCache& cache, Ids& ids) const {
  const auto encode_piece = [&](std::string_view piece, Ids& to) {
    if (!bytes) return model_->encode(piece, to);
    std::string spelled;
    spell_bytes(piece, spelled);
    model_->encode(spelled, to);
  };
  while (!word.empty()) {
    const std::string_view piece = word.substr(0, bytes ? word.size() : model_->first_piece(word));
    word.remove_prefix(piece.size());
    if (piece.size() > WordCache::longest) {
      encode_piece(piece, ids);
      continue;
    }
    const auto found = cache.find(piece, encode_piece);
    ids.insert(ids.end(), found.begin(), found.end());
  }
}

std::string JsonTokenizer::decode(const Ids& tokens, bool skip_special) const {
  std::vector<std::string> texts;
  for (const std::int64_t id : tokens) {
    const auto added = by_id_.find(id);
    if (added != by_id_.end()) {
      if (skip_special && added->second->special) continue;
      const auto normalized = normalized_text_.find(id);
      texts.push_back(normalized == normalized_text_.end() ? added->second->text : normalized->second);
      continue;
    }
    const std::string* text = model_->vocabulary().text(id);
    check(text != nullptr, "decode: there is no token {}; {} has {}", id, path_, size_);
    // A model may have the text of a special token twice.
    const auto same = skip_special ? by_text_.find(*text) : by_text_.end();
    if (same == by_text_.end() || !same->second->special) texts.push_back(*text);
  }
  std::string text;
  if (decoder_) decoder_->apply(texts);
  for (std::size_t i = 0; i < texts.size(); ++i) text.append(i > 0 && !decoder_ ? " " : "").append(texts[i]);
  if (config_.clean_up && (model_->cleans_up() || config_.clean_up_bpe)) clean_up(text);
  return text;
}

namespace {

std::unique_ptr<Tokenizer> load(const std::string& path) { return std::make_unique<JsonTokenizer>(path); }

// What transformers reads where there is a tokenizer.model besides.
const RegisterTokenizerFormat registered{
    {.name = "Hugging Face's tokenizers", .file = "tokenizer.json", .priority = 30, .load = load}};

}  // namespace
}  // namespace adora
