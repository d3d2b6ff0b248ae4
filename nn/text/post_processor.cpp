#include "post_processor.h"

namespace adora {
namespace {

constexpr std::int64_t most = INT32_MAX;

void put(std::optional<std::int64_t>& place, std::int64_t token, const std::string& where) {
  check(!place, "{}: more than one token on one side of a text, {} and {}, is not understood here", where,
        place.value_or(0), token);
  place = token;
}

class Sequence final : public PostProcessor {
 public:
  explicit Sequence(JsonFields& fields) : parts_(read_tokenizer_parts<PostProcessor>(fields, "processors")) {}
  void apply(Surroundings& around) const override {
    for (const auto& part : parts_) part->apply(around);
  }

 private:
  std::vector<std::unique_ptr<PostProcessor>> parts_;
};

/// Tells where tokens lie without their spaces, which nobody asks here.
class ByteLevel final : public PostProcessor {
 public:
  explicit ByteLevel(JsonFields& fields) {
    for (const char* name : {"add_prefix_space", "trim_offsets", "use_regex"}) fields.boolean(name, true);
  }
  void apply(Surroundings&) const override {}
};

/// A list of tokens and of the text, which is called A.
class Template final : public PostProcessor {
 public:
  explicit Template(JsonFields& fields) : where_(fields.where()) {
    fields.find("pair");  // for two texts
    const Json* tokens = fields.find("special_tokens");
    const Json* single = fields.find("single");
    const auto* list = single ? single->get<Json::Array>() : nullptr;
    if (!list) fields.refuse("single", "a list");
    bool behind = false;
    for (const Json& one : *list) {
      JsonFields piece(one, where_ + ": single");
      if (const Json* text = piece.find("Sequence")) {
        check(!behind, "{}: single has the text twice", where_);
        behind = true;
        JsonFields named(*text, where_ + ": single: Sequence");
        if (named.text("id") != "A") named.refuse("id", "A");
      } else if (const Json* token = piece.find("SpecialToken")) {
        JsonFields named(*token, where_ + ": single: SpecialToken");
        put(behind ? around_.behind : around_.front, number_of(tokens, named.text("id")), where_);
      } else {
        piece.refuse("Sequence", "there, or SpecialToken");
      }
    }
    check(behind, "{}: single has no text", where_);
  }
  void apply(Surroundings& around) const override {
    if (around_.front) put(around.front, *around_.front, where_);
    if (around_.behind) put(around.behind, *around_.behind, where_);
  }

 private:
  /// special_tokens has a token's numbers under its name.
  std::int64_t number_of(const Json* tokens, const std::string& name) const {
    const auto* all = tokens ? tokens->get<Json::Object>() : nullptr;
    const auto found = all ? all->find(name) : Json::Object::const_iterator();
    check(all && found != all->end(), "{}: special_tokens has no {}", where_, shortened(name, 40));
    JsonFields token(found->second, where_ + ": special_tokens");
    const Json* json = token.find("ids");
    const auto* ids = json ? json->get<Json::Array>() : nullptr;
    const auto* id = ids && ids->size() == 1 ? (*ids)[0].get<std::int64_t>() : nullptr;
    if (!id || *id < 0 || *id > most) token.refuse("ids", "a list of one token's number here");
    return *id;
  }

  std::string where_;
  Surroundings around_;
};

/// "cls" in front and "sep" behind, each a text and a number.
class ClsAndSep final : public PostProcessor {
 public:
  explicit ClsAndSep(JsonFields& fields)
      : where_(fields.where()), cls_(token(fields, "cls")), sep_(token(fields, "sep")) {
    for (const char* name : {"add_prefix_space", "trim_offsets"}) fields.boolean(name, true);
  }
  void apply(Surroundings& around) const override { put(around.front, cls_, where_), put(around.behind, sep_, where_); }

 private:
  static std::int64_t token(JsonFields& fields, const std::string& name) {
    const Json* json = fields.find(name);
    const auto* both = json ? json->get<Json::Array>() : nullptr;
    const auto* id = both && both->size() == 2 ? (*both)[1].get<std::int64_t>() : nullptr;
    if (!id || *id < 0 || *id > most) fields.refuse(name, "a token and its number");
    return *id;
  }

  std::string where_;
  std::int64_t cls_, sep_;
};

template <class T> std::unique_ptr<PostProcessor> read(JsonFields& fields) { return std::make_unique<T>(fields); }

const RegisterPostProcessor sequence{"Sequence", read<Sequence>};
const RegisterPostProcessor byte_level{"ByteLevel", read<ByteLevel>};
const RegisterPostProcessor templates{"TemplateProcessing", read<Template>};
const RegisterPostProcessor roberta{"RobertaProcessing", read<ClsAndSep>};
const RegisterPostProcessor bert{"BertProcessing", read<ClsAndSep>};

}  // namespace
}  // namespace adora
