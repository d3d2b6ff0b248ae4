#pragma once
// Not in adora.h: the library's own.
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "added_tokens.h"
#include "normalizer.h"
#include "post_processor.h"
#include "pre_tokenizer.h"
#include "text_decoder.h"
#include "token_model.h"
#include "tokenizer.h"
#include "tokenizer_config.h"
#include "word_cache.h"

namespace adora {

/// The tokenizer of a tokenizer.json, the format of Hugging Face's tokenizers: a text is taken apart at added tokens,
/// what is between them is normalized and cut into words, and a model makes tokens of these. The tokens are those that
/// encode(text, add_special_tokens=False) gives there.
class JsonTokenizer final : public Tokenizer {
 public:
  /// Reads the file, and the tokenizer_config.json beside it. Throws `Error` naming the file and the field for what is
  /// not understood.
  explicit JsonTokenizer(std::string path);
  /// The same from the contents of both; `path` is the file that errors name.
  JsonTokenizer(const Json& tokenizer, const Json& config, std::string path);

  std::vector<std::int64_t> encode(std::string_view text) const override;
  std::string decode(const std::vector<std::int64_t>& tokens) const override { return decode(tokens, true); }
  std::string decode_with_special_tokens(const std::vector<std::int64_t>& tokens) const override {
    return decode(tokens, false);
  }
  std::optional<std::int64_t> token_id(std::string_view text) const override;
  std::int64_t size() const override { return size_; }
  bool has_token(std::int64_t id) const override { return by_id_.contains(id) || model_->vocabulary().text(id); }
  std::optional<std::int64_t> bos() const override { return bos_; }
  std::optional<std::int64_t> eos() const override { return eos_; }

 private:
  using Ids = std::vector<std::int64_t>;

  void read_parts(const Json& json);
  void read_added_tokens(JsonFields& fields);
  void add(AddedToken token, const std::string& where);
  void index_added_tokens();
  void set_bos_and_eos(const Surroundings& around);
  void check_token(std::int64_t id, const std::string& what) const;

  std::string decode(const Ids& tokens, bool skip_special) const;
  /// A text between two added tokens, and a word.
  void encode_between(std::string_view text, bool at_start, WordCache& cache, Ids& ids) const;
  void encode_normalized(std::string_view text, bool at_start, WordCache& cache, Ids& ids) const;
  void encode_word(std::string_view word, bool bytes, WordCache& cache, Ids& ids) const;

  std::string path_;
  TokenizerConfig config_;
  std::unique_ptr<Normalizer> normalizer_;
  std::unique_ptr<PreTokenizer> pre_tokenizer_;
  std::unique_ptr<TokenModel> model_;
  std::unique_ptr<TextDecoder> decoder_;

  // Each stays where it is.
  std::deque<AddedToken> added_;
  std::unordered_map<std::string, AddedToken*> by_text_;
  std::unordered_map<std::int64_t, AddedToken*> by_id_;
  std::unordered_map<std::int64_t, std::string> normalized_text_;  // where it is another
  AddedTokens raw_, normalized_;

  std::int64_t size_ = 0;
  std::optional<std::int64_t> bos_, eos_;

  // Whoever finds it taken goes without what it has.
  mutable std::mutex cache_taken_;
  mutable WordCache cache_;
};

}  // namespace adora
