#include "word_tokenizer.h"

#include <sstream>

#include "../../core/error.h"
#include "../../core/utf8.h"
#include "../io/file.h"
#include "tokenizer_format.h"

namespace adora {

WordTokenizer::WordTokenizer(std::vector<std::string> words, std::string name)
    : words_(std::move(words)), name_(std::move(name)) {
  for (std::size_t i = 0; i < words_.size(); ++i)
    check(ids_.emplace(words_[i], static_cast<std::int64_t>(i)).second, "{}: has the word \"{}\" twice", name_,
          shortened(words_[i], 40));
  check(words_.size() > 3, "{}: has no words", name_);
}

std::string WordTokenizer::text() const {
  std::string text;
  for (const std::string& word : words_) text.append(word).append("\n");
  return text;
}

std::vector<std::int64_t> WordTokenizer::encode(std::string_view text) const {
  std::vector<std::int64_t> tokens;
  std::istringstream stream{std::string(text)};
  for (std::string word, next; stream >> word;) {
    if (word == "###" && stream >> next) word.append(" ").append(next);
    const auto found = ids_.find(word);
    check(found != ids_.end(), "{}: there is no \"{}\" among its {} words", name_, shortened(word, 40), words_.size());
    tokens.push_back(found->second);
  }
  return tokens;
}

std::string WordTokenizer::decode(const std::vector<std::int64_t>& tokens) const {
  std::string text;
  for (const std::int64_t token : tokens) {
    check(token >= 0 && token < size(), "{}: has {} words, and none with the number {}", name_, size(), token);
    if (token <= end) continue;
    if (!text.empty()) text += ' ';
    text += words_[static_cast<std::size_t>(token)];
  }
  return text;
}

namespace {

std::unique_ptr<Tokenizer> load_words(const std::string& path) {
  const std::string text = read_file(path, 1 << 24);
  const std::size_t invalid = find_invalid_utf8(text);
  check(invalid == std::string::npos, "{}: is not UTF-8 at byte {}", path, invalid);
  std::istringstream lines(text);
  std::vector<std::string> words;
  for (std::string line; std::getline(lines, line);) words.push_back(line);
  return std::make_unique<WordTokenizer>(std::move(words), path);
}

const RegisterTokenizerFormat registered{
    {.name = "one word a line", .file = vocabulary_file, .priority = 10, .load = load_words}};

}  // namespace
}  // namespace adora
