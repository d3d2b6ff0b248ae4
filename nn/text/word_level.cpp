#include "token_model.h"

namespace adora {
namespace {

/// A number for each word.
class WordLevel final : public TokenModel {
 public:
  explicit WordLevel(JsonFields& fields) : where_(fields.where()), vocabulary_(read_vocabulary(fields)) {
    const std::string unknown = fields.text("unk_token", "");
    unknown_ = vocabulary_.id(unknown);
  }
  const Vocabulary& vocabulary() const override { return vocabulary_; }
  void encode(std::string_view word, std::vector<std::int64_t>& ids) const override {
    const auto id = vocabulary_.id(word);
    check(id || unknown_, "{}: there is no token {}, and unk_token is none either", where_, shortened(word, 40));
    ids.push_back(id ? *id : *unknown_);
  }

 private:
  std::string where_;
  Vocabulary vocabulary_;
  std::optional<std::int64_t> unknown_;
};

const RegisterTokenModel registered{
    "WordLevel", [](JsonFields& fields) -> std::unique_ptr<TokenModel> { return std::make_unique<WordLevel>(fields); }};

}  // namespace
}  // namespace adora
