#include <sentencepiece_processor.h>

#include <filesystem>

#include "../../core/error.h"
#include "../../core/utf8.h"
#include "../io/file.h"
#include "../io/json_fields.h"
#include "../io/json_file.h"
#include "sentencepiece_check.h"
#include "sentencepiece_model.h"
#include "tokenizer_format.h"

namespace adora {
namespace {

constexpr std::uint64_t largest_model = std::uint64_t{256} << 20;
constexpr std::size_t largest_text = std::size_t{1} << 28;

/// Whether texts begin with BOS: unless the tokenizer_config.json beside the model says `"add_bos_token": false`.
bool adds_bos(const std::string& path) {
  const std::string file = (std::filesystem::path(path).parent_path() / "tokenizer_config.json").string();
  if (!file_exists(file)) return true;
  const Json config = read_json_file(file);
  return JsonFields(config, file).boolean("add_bos_token", true);
}

class SentencePieceTokenizer final : public Tokenizer {
 public:
  SentencePieceTokenizer(const std::string& bytes, const std::string& path, bool adds_bos)
      : path_(path), adds_bos_(adds_bos) {
    check_sentencepiece(bytes, path);
    guarded([&] {
      auto status = processor_.LoadFromSerializedProto(bytes);
      check(status.ok(), "{}: is damaged, or no SentencePiece model", path);
    });
  }

  std::vector<std::int64_t> encode(std::string_view text) const override {
    check(text.size() <= largest_text, "encode: a text of {} bytes is too long", text.size());
    check(find_invalid_utf8(text) == text.npos, "encode: the text is not UTF-8 at byte {}", find_invalid_utf8(text));
    std::vector<int> ids;
    guarded([&] {
      auto status = processor_.Encode({text.data(), text.size()}, &ids);
      check(status.ok(), "{}: a text of {} bytes cannot be encoded", path_, text.size());
    });
    return {ids.begin(), ids.end()};
  }

  std::string decode(const std::vector<std::int64_t>& tokens) const override {
    std::vector<int> ids;
    for (std::int64_t token : tokens) {
      check(token >= 0 && token < size(), "decode: there is no token {}; {} has {}", token, path_, size());
      if (!processor_.IsControl(static_cast<int>(token))) ids.push_back(static_cast<int>(token));
    }
    std::string text;
    guarded([&] {
      auto status = processor_.Decode(ids, &text);
      check(status.ok(), "{}: {} tokens cannot be decoded", path_, tokens.size());
    });
    return text;
  }

  std::int64_t size() const override { return processor_.GetPieceSize(); }
  std::optional<std::int64_t> bos() const override { return adds_bos_ ? token(processor_.bos_id()) : std::nullopt; }
  std::optional<std::int64_t> eos() const override { return token(processor_.eos_id()); }

 private:
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
    return id >= 0 && id < size() ? std::optional<std::int64_t>(id) : std::nullopt;
  }

  std::string path_;
  bool adds_bos_;
  sentencepiece::SentencePieceProcessor processor_;
};

std::unique_ptr<Tokenizer> load(const std::string& path) {
  return sentencepiece_tokenizer(read_file(path, largest_model), path, adds_bos(path));
}

const RegisterTokenizerFormat registered{
    {.name = "SentencePiece", .file = "tokenizer.model", .priority = 20, .load = load}};

}  // namespace

std::unique_ptr<Tokenizer> sentencepiece_tokenizer(const std::string& bytes, const std::string& where, bool adds_bos) {
  return std::make_unique<SentencePieceTokenizer>(bytes, where, adds_bos);
}

}  // namespace adora
