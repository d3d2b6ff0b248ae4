// Forms of tokenizers that register themselves, and tokenizers without BOS and EOS.
#include "../../../../nn/text/tokenizer_format.h"

#include "../../../../nn/models/model_folder.h"
#include "../../../../nn/text/word_tokenizer.h"
#include "../../../files.h"

using namespace adora;
using namespace adora::test;

namespace {

using Ids = std::vector<std::int64_t>;

/// A token for each letter. Its file begins with the name of its form, and its models have neither BOS nor EOS.
class Letters final : public Tokenizer {
 public:
  explicit Letters(std::int64_t first) : first_(first) {}
  Ids encode(std::string_view text) const override {
    Ids tokens;
    for (const char letter : text) tokens.push_back(letter - 'a' + first_);
    return tokens;
  }
  std::string decode(const Ids& tokens) const override {
    std::string text;
    for (const std::int64_t token : tokens) text += static_cast<char>('a' + token - first_);
    return text;
  }
  std::int64_t size() const override { return first_ + 26; }
  std::optional<std::int64_t> bos() const override { return {}; }
  std::optional<std::int64_t> eos() const override { return {}; }

 private:
  std::int64_t first_;
};

template <int first> std::unique_ptr<Tokenizer> load_letters(const std::string& path) {
  const std::string form = "from " + std::to_string(first), text = bytes_of(path);
  check(text != form + " damaged", "{}: is damaged", path);
  return text == form ? std::make_unique<Letters>(first) : nullptr;
}

// Two forms of one file, and one of another that goes between them.
const RegisterTokenizerFormat low{
    {.name = "letters from 0", .file = "letters.abc", .priority = 1, .load = load_letters<0>}};
const RegisterTokenizerFormat high{
    {.name = "letters from 30", .file = "letters.abc", .priority = 3, .load = load_letters<30>}};
const RegisterTokenizerFormat between{
    {.name = "letters from 20", .file = "letters.bin", .priority = 2, .load = load_letters<20>}};

std::int64_t first_letter(const std::string& path) { return Tokenizer::load(path)->encode("a").at(0); }

}  // namespace

TEST_CASE("tokenizer formats are asked by priority, and one that says a file is not its own leaves it to the next") {
  TemporaryFolder folder;
  put(folder / "letters.abc", "from 30");
  put(folder / "letters.bin", "from 20");
  CHECK(first_letter(folder.path()) == 30);
  put(folder / "letters.abc", "from 0");
  CHECK(first_letter(folder.path()) == 20);
  CHECK(first_letter(folder / "letters.abc") == 0);
  std::filesystem::remove(folder / "letters.bin");
  CHECK(first_letter(folder.path()) == 0);
  // A file that is called otherwise is known by its ending.
  std::filesystem::rename(folder / "letters.abc", folder / "other.abc");
  CHECK(first_letter(folder / "other.abc") == 0);
}

TEST_CASE("a damaged tokenizer is an error, though the folder has another") {
  TemporaryFolder folder;
  put(folder / "letters.abc", "from 30 damaged");
  put(folder / "letters.bin", "from 20");
  CHECK(error_of([&] { Tokenizer::load(folder.path()); }) == (folder / "letters.abc") + ": is damaged");
}

TEST_CASE("a SentencePiece model goes before a list of words") {
  TemporaryFolder folder;
  put(folder / "vocabulary.txt", "<pad>\n<s>\n</s>\nword\n");
  CHECK(Tokenizer::load(folder.path())->size() == 4);
  put(folder / "tokenizer.model", "none");
  CHECK_THAT(error_of([&] { Tokenizer::load(folder.path()); }), ContainsSubstring("tokenizer.model"));
}

TEST_CASE("where no tokenizer can be read, the error lists the folder's files and the forms that are") {
  TemporaryFolder folder;
  CHECK_THAT(error_of([&] { Tokenizer::load(folder.path()); }), ContainsSubstring("it has nothing"));
  for (const char* name : {"config.json", "letters.abc", "spiece.bin", "tokenizer_config.json", "model.safetensors"})
    put(folder / name, "{}");
  const std::string error = error_of([&] { Tokenizer::load(folder.path()); });
  CHECK_THAT(error, ContainsSubstring("it has tokenizer_config.json, config.json, letters.abc, spiece.bin, and"));
  for (const TokenizerFormat& format : tokenizer_formats())
    CHECK_THAT(error, ContainsSubstring(format.file + " (" + format.name + ")"));
  CHECK_THAT(error_of([&] { Tokenizer::load(folder / "letters.abc"); }),
             ContainsSubstring("letters.abc: is no tokenizer") && ContainsSubstring("letters.abc (letters from 0)"));
}

TEST_CASE("a registered tokenizer's file goes along with its model") {
  const std::vector<std::string>& files = companion_files();
  for (const TokenizerFormat& format : tokenizer_formats())
    CHECK(std::count(files.begin(), files.end(), format.file) == 1);
}

TEST_CASE("a prompt begins with BOS where the tokenizer has one, and is an error where it has no token") {
  CHECK(prompt_tokens(Letters(0), "ac") == Ids{0, 2});
  CHECK_THAT(error_of([] { prompt_tokens(Letters(0), ""); }), ContainsSubstring("no BOS"));
  const WordTokenizer words({"<pad>", "<s>", "</s>", "word"});
  CHECK(prompt_tokens(words, "word") == Ids{1, 3});
  CHECK(prompt_tokens(words, "") == Ids{1});
}
