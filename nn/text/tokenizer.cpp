#include "tokenizer.h"

#include <filesystem>
#include <map>

#include "../../core/error.h"
#include "../../core/listed.h"
#include "../io/file.h"
#include "tokenizer_format.h"

namespace adora {
namespace {

namespace fs = std::filesystem;
using Formats = std::map<std::string, RegisterTokenizerFormat::Load>;

Formats& formats() {
  static Formats all;
  return all;
}

/// The file of a folder, or the one that has the same ending as another's.
std::pair<std::string, RegisterTokenizerFormat::Load> find_format(const std::string& path) {
  const bool folder = is_folder(path);
  std::vector<std::string> names;
  for (const auto& [name, load] : formats()) {
    const std::string file = (fs::path(path) / name).string();
    if (folder && file_exists(file)) return {file, load};
    if (!folder && fs::path(path).extension() == fs::path(name).extension()) return {path, load};
    names.push_back(name);
  }
  if (!folder) fail("{}: is no tokenizer's file; those that are read are called {}", path, listed(names));
  for (const char* other : {"tokenizer.json", "vocab.json"})
    if (file_exists((fs::path(path) / other).string()))
      fail("{}: has a {} but none of the forms of tokenizer that are read: {}", path, other, listed(names));
  fail("{}: has no tokenizer; the files that are read are {}", path, listed(names));
}

}  // namespace

RegisterTokenizerFormat::RegisterTokenizerFormat(const std::string& file, Load load) { formats()[file] = load; }

std::unique_ptr<Tokenizer> Tokenizer::load(const std::string& path, std::int64_t vocab_size) {
  const auto [file, load] = find_format(path);
  auto tokenizer = load(file);
  check(vocab_size == 0 || tokenizer->size() <= vocab_size, "{}: has {} tokens, but the model's vocab_size is {}", file,
        tokenizer->size(), vocab_size);
  return tokenizer;
}

}  // namespace adora
