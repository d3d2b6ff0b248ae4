#pragma once
// One token a word: the words of the world, its text and its questions, and nothing else.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "world.h"

namespace adora::tiny_world {

class Vocabulary {
 public:
  explicit Vocabulary(const World& world);

  // Splits on white space; the two words of a section's marker ("### Response:") are one token.
  // Throws `Error` for a word that is not in the vocabulary.
  std::vector<std::int64_t> encode(const std::string& text) const;
  std::string decode(const std::vector<std::int64_t>& ids) const;

  std::int64_t id(const std::string& word) const;
  const std::string& word(std::int64_t id) const;
  std::int64_t size() const { return static_cast<std::int64_t>(words_.size()); }
  std::int64_t pad() const { return 0; }
  std::int64_t bos() const { return 1; }
  std::int64_t eos() const { return 2; }

 private:
  void add(const std::string& word);

  std::vector<std::string> words_;
  std::map<std::string, std::int64_t> ids_;
};

}  // namespace adora::tiny_world
