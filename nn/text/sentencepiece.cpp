#include <sentencepiece_processor.h>

#include <deque>
#include <filesystem>
#include <set>
#include <unordered_map>

#include "../../core/error.h"
#include "../../core/utf8.h"
#include "../io/file.h"
#include "sentencepiece_check.h"
#include "sentencepiece_model.h"
#include "tokenizer_format.h"

namespace adora {
namespace {

constexpr std::uint64_t largest_model = std::uint64_t{256} << 20;
constexpr std::size_t largest_text = std::size_t{1} << 28;

/// How SentencePiece writes a blank.
constexpr std::string_view blank = "\u2581";

class SentencePieceTokenizer final : public Tokenizer {
 public:
  SentencePieceTokenizer(const std::string& bytes, const std::string& path, const SentencePieceSettings& settings)
      : path_(path), begins_anew_(settings.every_part_begins_anew), adds_space_(!begins_anew_ && settings.adds_space) {
    check_sentencepiece(bytes, path);
    guarded([&] {
      auto status = processor_.LoadFromSerializedProto(begins_anew_ ? bytes : without_space_in_front(bytes));
      check(status.ok(), "{}: is damaged, or no SentencePiece model", path);
    });
    size_ = processor_.GetPieceSize();
    for (const AddedToken& token : settings.added) add(token);
    const auto unknown = token(processor_.unk_id());
    bos_ = settings.bos ? named(*settings.bos, "bos_token") : token(processor_.bos_id());
    eos_ = settings.eos ? named(*settings.eos, "eos_token") : token(processor_.eos_id());
    for (const auto& id : {unknown, bos_, eos_}) {
      if (!id) continue;
      if (!by_id_.contains(*id)) add({processor_.IdToPiece(static_cast<int>(*id)), *id, true});
      no_space_before_.insert(*id);
    }
    for (const std::string& text : settings.no_space_before)
      if (const auto id = token_id(text)) no_space_before_.insert(*id);
    for (const AddedToken& token : added_) index_.add(token.text, token);
    if (!settings.adds_bos) bos_ = {};
    // What stands in front of a part, lest the library takes the blanks that the part begins with.
    if (!begins_anew_ && processor_.unk_id() >= 0) {
      guard_ = processor_.IdToPiece(processor_.unk_id());
      guard_tokens_ = raw(guard_).size();
    }
  }

  std::vector<std::int64_t> encode(std::string_view text) const override {
    check(text.size() <= largest_text, "encode: a text of {} bytes is too long", text.size());
    check(find_invalid_utf8(text) == text.npos, "encode: the text is not UTF-8 at byte {}", find_invalid_utf8(text));
    if (begins_anew_ || text.empty()) return parts(text);
    std::string prepared = adds_space_ ? std::string(blank) : "";
    for (std::size_t at = 0; at < text.size();) {
      const bool is_blank = text.substr(at).starts_with(blank);
      prepared += is_blank ? ' ' : text[at];
      at += is_blank ? blank.size() : 1;
    }
    std::vector<std::int64_t> ids = parts(prepared);
    if (ids.size() > 1 && no_space_before_.contains(ids[1]) && ids[0] == token_id(blank)) ids.erase(ids.begin());
    return ids;
  }

  std::string decode(const std::vector<std::int64_t>& tokens) const override { return decode(tokens, true); }
  std::string decode_with_special_tokens(const std::vector<std::int64_t>& tokens) const override {
    return decode(tokens, false);
  }
  std::optional<std::int64_t> token_id(std::string_view text) const override {
    if (const auto found = by_text_.find(std::string(text)); found != by_text_.end()) return found->second->id;
    const int id = processor_.PieceToId({text.data(), text.size()});
    const auto known = token(id);
    return known && processor_.IdToPiece(id) == text ? known : std::nullopt;
  }

  std::int64_t size() const override { return size_; }
  bool has_token(std::int64_t id) const override {
    return by_id_.contains(id) || (id >= 0 && id < processor_.GetPieceSize());
  }
  std::optional<std::int64_t> bos() const override { return bos_; }
  std::optional<std::int64_t> eos() const override { return eos_; }

 private:
  using Ids = std::vector<std::int64_t>;

  /// Calls the library, which throws exceptions of its own where a model lies.
  template <class F> void guarded(F&& f) const {
    try {
      f();
    } catch (const Error&) {
      throw;
    } catch (const std::exception&) {
      fail("{}: is damaged, or no SentencePiece model", path_);
    }
  }

  /// The library says -1 where there is none.
  std::optional<std::int64_t> token(int id) const {
    return id >= 0 && id < processor_.GetPieceSize() ? std::optional<std::int64_t>(id) : std::nullopt;
  }

  std::int64_t named(const std::string& text, const char* name) const {
    const auto id = token_id(text);
    check(id.has_value(), "{}: there is no token {}, which tokenizer_config.json beside it has as {}", path_,
          shortened(text, 40), name);
    return *id;
  }

  /// Of several with one text the first counts.
  void add(const AddedToken& token) {
    if (by_text_.contains(token.text) || token.text.empty() || token.text.size() > AddedTokens::longest) return;
    const AddedToken& place = added_.emplace_back(token);
    by_text_.emplace(place.text, &place);
    by_id_.emplace(place.id, &place);
    size_ = std::max(size_, place.id + 1);
  }

  Ids raw(std::string_view text) const {
    std::vector<int> ids;
    guarded([&] {
      auto status = processor_.Encode({text.data(), text.size()}, &ids);
      check(status.ok(), "{}: a text of {} bytes cannot be encoded", path_, text.size());
    });
    return {ids.begin(), ids.end()};
  }

  Ids part(std::string_view text) const {
    if (guard_.empty() || !(text.starts_with(blank) || text.starts_with(' '))) return raw(text);
    Ids ids = raw(guard_ + std::string(text));
    if (ids.size() >= guard_tokens_) ids.erase(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(guard_tokens_));
    return ids;
  }

  Ids parts(std::string_view text) const {
    Ids ids;
    for (const TextPiece& piece : index_.split(text)) {
      if (piece.token) {
        ids.push_back(piece.token->id);
        continue;
      }
      const Ids more = part(text.substr(piece.begin, piece.end - piece.begin));
      ids.insert(ids.end(), more.begin(), more.end());
    }
    return ids;
  }

  std::string decode(const Ids& tokens, bool skip_special) const {
    std::string text;
    std::vector<int> run;
    const auto end_run = [&] {
      if (run.empty()) return;
      std::string more;
      guarded([&] {
        auto status = processor_.Decode(run, &more);
        check(status.ok(), "{}: {} tokens cannot be decoded", path_, tokens.size());
      });
      // The blank that was put in front of the whole text.
      text += adds_space_ && text.empty() && more.starts_with(' ') ? more.substr(1) : more;
      run.clear();
    };
    for (const std::int64_t id : tokens) {
      check(has_token(id), "decode: there is no token {}; {} has {}", id, path_, size());
      const auto added = by_id_.find(id);
      const bool whole = added != by_id_.end() || processor_.IsControl(static_cast<int>(id));
      if (!whole) {
        run.push_back(static_cast<int>(id));
        continue;
      }
      if (skip_special && (added == by_id_.end() || added->second->special)) continue;
      end_run();
      text += added == by_id_.end() ? processor_.IdToPiece(static_cast<int>(id)) : added->second->text;
    }
    end_run();
    return text;
  }

  std::string path_;
  bool begins_anew_, adds_space_;
  std::string guard_;
  std::size_t guard_tokens_ = 0;
  sentencepiece::SentencePieceProcessor processor_;
  // Each stays where it is.
  std::deque<AddedToken> added_;
  std::unordered_map<std::string, const AddedToken*> by_text_;
  std::unordered_map<std::int64_t, const AddedToken*> by_id_;
  AddedTokens index_;
  std::set<std::int64_t> no_space_before_;
  std::int64_t size_ = 0;
  std::optional<std::int64_t> bos_, eos_;
};

std::unique_ptr<Tokenizer> load(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return sentencepiece_tokenizer(read_file(path, largest_model), path, read_sentencepiece_settings(folder));
}

const RegisterTokenizerFormat registered{
    {.name = "SentencePiece", .file = "tokenizer.model", .priority = 20, .load = load}};

}  // namespace

std::unique_ptr<Tokenizer> sentencepiece_tokenizer(const std::string& bytes, const std::string& where,
                                                   const SentencePieceSettings& settings) {
  return std::make_unique<SentencePieceTokenizer>(bytes, where, settings);
}

}  // namespace adora
