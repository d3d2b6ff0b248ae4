#include "word_tokenizer.h"

#include <sstream>

#include "../../core/error.h"
#include "../../nn/file.h"

namespace adora::finetune {

WordTokenizer::WordTokenizer(std::vector<std::string> words) : words_(std::move(words)) {
  for (std::size_t i = 0; i < words_.size(); ++i)
    check(ids_.emplace(words_[i], static_cast<std::int64_t>(i)).second, "the vocabulary has the word \"{}\" twice",
          shortened(words_[i], 40));
  check(words_.size() > 3, "the vocabulary has no words");
}

std::unique_ptr<Tokenizer> WordTokenizer::load(const std::string& path) {
  std::istringstream lines(read_file(path, 1 << 24));
  std::vector<std::string> words;
  for (std::string line; std::getline(lines, line);) words.push_back(line);
  try {
    return std::make_unique<WordTokenizer>(std::move(words));
  } catch (const Error& error) {
    fail("{}: {}", path, error.what());
  }
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
    check(found != ids_.end(), "the model's vocabulary of {} words has no \"{}\"", words_.size(), shortened(word, 40));
    tokens.push_back(found->second);
  }
  return tokens;
}

std::string WordTokenizer::decode(const std::vector<std::int64_t>& tokens) const {
  std::string text;
  for (const std::int64_t token : tokens) {
    check(token >= 0 && token < size(), "the model's vocabulary of {} words has no number {}", size(), token);
    if (token <= eos()) continue;
    if (!text.empty()) text += ' ';
    text += words_[static_cast<std::size_t>(token)];
  }
  return text;
}

}  // namespace adora::finetune
