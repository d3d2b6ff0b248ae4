#include "bpe.h"

#include <algorithm>
#include <bit>

#include "unicode.h"

namespace adora {
namespace {

/// The two texts of a merge, which files have as a list or with a space between.
std::pair<std::string_view, std::string_view> merge_of(const Json& json, const std::string& where) {
  if (const auto* both = json.get<Json::Array>(); both && both->size() == 2) {
    const auto *left = (*both)[0].get<std::string>(), *right = (*both)[1].get<std::string>();
    if (left && right) return {*left, *right};
  }
  if (const auto* text = json.get<std::string>()) {
    const std::size_t space = text->find(' ');
    if (space != text->npos && text->find(' ', space + 1) == text->npos)
      return {std::string_view(*text).substr(0, space), std::string_view(*text).substr(space + 1)};
  }
  fail("{}: a merge must be two texts, not {}", where, brief(json));
}

/// A field that must have nothing in it.
void refuse_text(JsonFields& fields, const std::string& name) {
  if (!fields.text(name, "").empty()) fields.refuse(name, "null or empty here");
}

std::uint64_t together_place(std::uint32_t left, std::uint32_t right) {
  return (std::uint64_t{left} << 32 | right) * 0x9e3779b97f4a7c15u >> 24;
}

}  // namespace

Bpe::Bpe(JsonFields& fields) : vocabulary_(read_vocabulary(fields)) {
  if (fields.number("dropout", 0, 1, 0.0) != 0)
    fields.refuse("dropout", "null or 0: it would give other tokens each time");
  refuse_text(fields, "continuing_subword_prefix");
  refuse_text(fields, "end_of_word_suffix");
  fuse_unknown_ = fields.boolean("fuse_unk", false);
  byte_fallback_ = fields.boolean("byte_fallback", false);
  ignore_merges_ = fields.boolean("ignore_merges", false);
  read_merges(fields);
  if (const std::string unknown = fields.text("unk_token", ""); !unknown.empty()) {
    const auto id = vocabulary_.id(unknown);
    if (!id) fields.refuse("unk_token", "a token of vocab");
    unknown_ = static_cast<std::int32_t>(*id);
  }
  characters_.fill(-1);
  for (std::uint32_t c = 0; c < characters_.size(); ++c) {
    std::string text;
    append_utf8(text, c);
    characters_[c] = static_cast<std::int32_t>(vocabulary_.id(text).value_or(-1));
  }
  for (std::size_t byte = 0; byte < bytes_.size(); ++byte)
    bytes_[byte] = static_cast<std::int32_t>(vocabulary_.id(fmt::format("<0x{:02X}>", byte)).value_or(-1));
}

void Bpe::read_merges(JsonFields& fields) {
  const Json* json = fields.find("merges");
  const auto* list = json ? json->get<Json::Array>() : nullptr;
  if (!list) fields.refuse("merges", "a list of pairs of tokens");
  merges_.reserve(list->size());
  together_.resize(std::bit_ceil(std::max<std::size_t>(16 * vocabulary_.count(), 1024)));
  const std::string where = fields.where() + ": merges";
  std::uint32_t rank = 0;
  for (const Json& one : *list) {
    // As the first line of the file that they once stood in.
    if (const auto* text = one.get<std::string>(); text && text->starts_with("#version")) continue;
    const auto [left, right] = merge_of(one, where);
    const std::string merged = std::string(left) + std::string(right);
    std::int32_t ids[3];
    for (std::size_t i = 0; i < 3; ++i) {
      const std::string_view text = i == 0 ? left : i == 1 ? right : merged;
      const auto id = vocabulary_.id(text);
      check(id.has_value(), "{}: {} and {} make {}, but vocab has no {}", where, shortened(left, 40),
            shortened(right, 40), shortened(merged, 40), shortened(text, 40));
      ids[i] = static_cast<std::int32_t>(*id);
    }
    merges_.set(ids[0], ids[1], {rank++, ids[2]});
    note_pairs(merged);
  }
}

void Bpe::note_pairs(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = code_point(text, at);
    at += c.bytes;
    if (at < text.size())
      together_[together_place(c.value, code_point(text, at).value) & (together_.size() - 1)] = true;
  }
}

std::int32_t Bpe::character(std::string_view text, std::uint32_t value) const {
  if (value < characters_.size()) return characters_[value];
  return static_cast<std::int32_t>(vocabulary_.id(text).value_or(-1));
}

std::size_t Bpe::first_piece(std::string_view word) const {
  // A whole word may be a token that no merges lead to; it is looked up as it is.
  if (ignore_merges_ || word.size() < 16) return word.size();
  CodePoint c = code_point(word, 0);
  std::size_t at = c.bytes;
  while (at < word.size()) {
    const CodePoint next = code_point(word, at);
    // Where either character is no token of the vocabulary it becomes others, whose merges are not looked at here.
    if (!together_[together_place(c.value, next.value) & (together_.size() - 1)] &&
        character(word.substr(at - c.bytes, c.bytes), c.value) >= 0 &&
        character(word.substr(at, next.bytes), next.value) >= 0)
      return at;
    c = next;
    at += c.bytes;
  }
  return at;
}

void Bpe::first_tokens(std::string_view word, std::vector<std::int32_t>& ids) const {
  // Hugging Face's tokenizers hold an unknown token back until a known one comes, over the bytes of others in between.
  bool unknown = false;
  for (std::size_t at = 0; at < word.size();) {
    const CodePoint c = code_point(word, at);
    const std::string_view text = word.substr(at, c.bytes);
    at += c.bytes;
    if (const std::int32_t id = character(text, c.value); id >= 0) {
      if (unknown) ids.push_back(unknown_);
      unknown = false;
      ids.push_back(id);
      continue;
    }
    const auto byte_token = [&](char byte) { return bytes_[static_cast<unsigned char>(byte)]; };
    if (byte_fallback_ && std::all_of(text.begin(), text.end(), [&](char byte) { return byte_token(byte) >= 0; })) {
      for (const char byte : text) ids.push_back(byte_token(byte));
      continue;
    }
    // Without a token for what is unknown they leave it out.
    if (unknown_ < 0) continue;
    if (unknown && !fuse_unknown_) ids.push_back(unknown_);
    unknown = true;
  }
  if (unknown) ids.push_back(unknown_);
}

void Bpe::encode(std::string_view word, std::vector<std::int64_t>& ids) const {
  if (ignore_merges_) {
    if (const auto id = vocabulary_.id(word)) return ids.push_back(*id);
  }
  std::vector<std::int32_t> tokens;
  tokens.reserve(word.size());
  first_tokens(word, tokens);
  merge_all(merges_, tokens);
  ids.insert(ids.end(), tokens.begin(), tokens.end());
}

namespace {

const RegisterTokenModel registered{
    "BPE", [](JsonFields& fields) -> std::unique_ptr<TokenModel> { return std::make_unique<Bpe>(fields); }};

}  // namespace
}  // namespace adora
