#include "vocabulary.h"

#include "../../core/error.h"
#include "pretraining.h"
#include "questions.h"
#include "wording.h"

namespace adora::tiny_world {

Vocabulary::Vocabulary(const World& world) {
  for (const char* special : {"<pad>", "<bos>", "<eos>", "### Instruction:", "### Input:", "### Response:"})
    add(special);
  for (const auto& word : pretraining_words()) add(word);
  for (const auto& word : question_words()) add(word);
  for (const auto* table : {&statements(), &questions_forward()})
    for (const auto& wordings : *table)
      for (const auto& wording : wordings)
        for (const auto& word : words_of(wording))
          if (word.front() != '{') add(word);
  for (const auto& values : world.values)
    for (const auto& value : values) add(value);
  for (const auto& thing : world.things) add(thing.name);
}

void Vocabulary::add(const std::string& word) {
  if (ids_.emplace(word, size()).second) words_.push_back(word);
}

std::vector<std::int64_t> Vocabulary::encode(const std::string& text) const {
  std::vector<std::int64_t> ids;
  const auto words = words_of(text);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool marker = words[i] == "###" && i + 1 < words.size();
    ids.push_back(id(marker ? words[i] + " " + words[i + 1] : words[i]));
    if (marker) ++i;
  }
  return ids;
}

std::string Vocabulary::decode(const std::vector<std::int64_t>& ids) const {
  std::string text;
  for (const std::int64_t id : ids) text += (text.empty() ? "" : " ") + word(id);
  return text;
}

std::int64_t Vocabulary::id(const std::string& word) const {
  const auto found = ids_.find(word);
  if (found == ids_.end()) fail("tiny_world: '{}' is not in the vocabulary", word);
  return found->second;
}

const std::string& Vocabulary::word(std::int64_t id) const {
  if (id < 0 || id >= size()) fail("tiny_world: no token {}", id);
  return words_[static_cast<std::size_t>(id)];
}

}  // namespace adora::tiny_world
