#include "unigram.h"

#include <algorithm>
#include <limits>

#include "regex.h"
#include "unicode.h"

namespace adora {

Unigram::Unigram(JsonFields& fields) : where_(fields.where()) {
  byte_fallback_ = fields.boolean("byte_fallback", false);
  const Json* json = fields.find("vocab");
  const auto* list = json ? json->get<Json::Array>() : nullptr;
  if (!list || list->empty()) fields.refuse("vocab", "a list of tokens and their scores");
  double lowest = std::numeric_limits<double>::infinity();
  for (const Json& one : *list) {
    const auto* both = one.get<Json::Array>();
    const auto* text = both && both->size() == 2 ? (*both)[0].get<std::string>() : nullptr;
    const auto* whole = text ? (*both)[1].get<std::int64_t>() : nullptr;
    const auto* real = text ? (*both)[1].get<double>() : nullptr;
    check(whole || real, "{}: vocab: an entry must be a text and a score, not {}", where_, brief(one));
    scores_.push_back(real ? *real : static_cast<double>(*whole));
    lowest = std::min(lowest, scores_.back());
    vocabulary_.add(*text, static_cast<std::int64_t>(scores_.size()) - 1);
  }
  constexpr double penalty = 10;  // SentencePiece's, below the least likely token
  unknown_score_ = lowest - penalty;
  if (fields.has("unk_id")) unknown_ = fields.integer("unk_id", 0, static_cast<std::int64_t>(scores_.size()) - 1);
  std::vector<std::pair<std::string_view, std::int32_t>> texts;
  for (std::size_t i = 0; i < scores_.size(); ++i)
    if (const std::string* text = vocabulary_.text(static_cast<std::int64_t>(i)); text && !text->empty())
      texts.emplace_back(*text, static_cast<std::int32_t>(*vocabulary_.id(*text)));
  trie_.build(std::move(texts));
  for (std::size_t byte = 0; byte < bytes_.size(); ++byte)
    bytes_[byte] = vocabulary_.id(fmt::format("<0x{:02X}>", byte)).value_or(-1);
}

void Unigram::refuse_unknown(std::string_view text) const {
  fail("{}: no token has {}, and there is no unk_id", where_, shortened(text, 40));
}

void Unigram::add_unknown(std::string_view text, std::vector<std::int64_t>& ids) const {
  if (const auto id = vocabulary_.id(text)) return ids.push_back(*id);
  const auto byte_token = [&](char byte) { return bytes_[static_cast<unsigned char>(byte)]; };
  if (byte_fallback_ && std::all_of(text.begin(), text.end(), [&](char byte) { return byte_token(byte) >= 0; })) {
    for (const char byte : text) ids.push_back(byte_token(byte));
    return;
  }
  if (!unknown_) refuse_unknown(text);
  ids.push_back(*unknown_);
}

void Unigram::encode(std::string_view word, std::vector<std::int64_t>& ids) const {
  struct Best {
    double score = 0;
    std::int32_t token = -1;
    std::uint32_t bytes = 0;  // of that token; 0: no token ends here
  };
  // The best tokens of the word up to each byte.
  std::vector<Best> best(word.size() + 1);
  for (std::size_t at = 0; at < word.size();) {
    const double here = best[at].score;
    const std::size_t character = code_point(word, at).bytes;
    const auto offer = [&](std::size_t bytes, double score, std::int64_t token) {
      Best& there = best[at + bytes];
      if (there.bytes == 0 || score + here > there.score)
        there = {score + here, static_cast<std::int32_t>(token), static_cast<std::uint32_t>(bytes)};
    };
    bool known = false;
    trie_.prefixes(word.substr(at), [&](std::size_t bytes, std::int32_t token) {
      offer(bytes, scores_[static_cast<std::size_t>(token)], token);
      known = known || bytes == character;
    });
    if (!known) {
      if (!unknown_) refuse_unknown(word.substr(at, character));
      offer(character, unknown_score_, *unknown_);
    }
    at += character;
  }
  // From the end; what is unknown is one piece as far as it goes.
  std::vector<Span> pieces;
  std::vector<std::int32_t> tokens;
  for (std::size_t end = word.size(); end > 0; end -= best[end].bytes) {
    const Best& last = best[end];
    const bool unknown = unknown_ && last.token == *unknown_;
    if (unknown && !tokens.empty() && tokens.back() == last.token) {
      pieces.back().begin = end - last.bytes;
      continue;
    }
    pieces.push_back({end - last.bytes, end});
    tokens.push_back(last.token);
  }
  for (std::size_t i = tokens.size(); i-- > 0;) {
    if (unknown_ && tokens[i] == *unknown_)
      add_unknown(word.substr(pieces[i].begin, pieces[i].end - pieces[i].begin), ids);
    else ids.push_back(tokens[i]);
  }
}

namespace {

const RegisterTokenModel registered{
    "Unigram", [](JsonFields& fields) -> std::unique_ptr<TokenModel> { return std::make_unique<Unigram>(fields); }};

}  // namespace
}  // namespace adora
