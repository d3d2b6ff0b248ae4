#include "tokenizer.h"

#include <algorithm>
#include <filesystem>

#include "../../core/error.h"
#include "../../core/listed.h"
#include "../io/file.h"
#include "tokenizer_format.h"

namespace adora {
namespace {

namespace fs = std::filesystem;

/// A format, and the file to read with it.
struct Candidate {
  const TokenizerFormat* format;
  std::string file;
};

/// The formats whose files a folder has.
std::vector<Candidate> candidates_in(const std::string& folder) {
  std::vector<Candidate> found;
  for (const TokenizerFormat& format : tokenizer_formats()) {
    const std::string file = (fs::path(folder) / format.file).string();
    if (file_exists(file)) found.push_back({&format, file});
  }
  return found;
}

/// The formats whose files are called as this one is; where there are none, those whose files end as it does.
std::vector<Candidate> candidates_for(const std::string& file) {
  std::vector<Candidate> called, ending;
  for (const TokenizerFormat& format : tokenizer_formats()) {
    if (fs::path(file).filename() == format.file) called.push_back({&format, file});
    if (fs::path(file).extension() == fs::path(format.file).extension()) ending.push_back({&format, file});
  }
  return called.empty() ? ending : called;
}

/// "tokenizer.model (SentencePiece), ..."
std::string those_that_are_read() {
  std::vector<std::string> names;
  for (const TokenizerFormat& format : tokenizer_formats())
    names.push_back(fmt::format("{} ({})", format.file, format.name));
  return listed(names);
}

/// The names of a folder's files but weights, those that sound like a tokenizer's first.
std::string files_of(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed))
    if (at->path().extension() != ".safetensors") names.push_back(at->path().filename().string());
  std::sort(names.begin(), names.end());
  std::stable_partition(names.begin(), names.end(), [](const std::string& name) {
    return name.find("token") != std::string::npos || name.find("vocab") != std::string::npos;
  });
  return names.empty() ? "nothing" : listed(names);
}

}  // namespace

std::unique_ptr<Tokenizer> Tokenizer::load(const std::string& path, std::int64_t vocab_size) {
  const bool folder = is_folder(path);
  for (const auto& [format, file] : folder ? candidates_in(path) : candidates_for(path)) {
    auto tokenizer = format->load(file);
    if (!tokenizer) continue;
    check(vocab_size == 0 || tokenizer->size() <= vocab_size, "{}: has {} tokens, but the model's vocab_size is {}",
          file, tokenizer->size(), vocab_size);
    return tokenizer;
  }
  if (folder)
    fail("{}: has no tokenizer that can be read; it has {}, and the forms that are read are {}", path, files_of(path),
         those_that_are_read());
  check(file_exists(path), "{}: there is no such file", path);
  fail("{}: is no tokenizer that can be read; the forms that are read are {}", path, those_that_are_read());
}

std::vector<std::int64_t> end_of_text(const Tokenizer& tokenizer) {
  const auto eos = tokenizer.eos();
  return eos ? std::vector<std::int64_t>{*eos} : std::vector<std::int64_t>{};
}

std::string decode_known(const Tokenizer& tokenizer, std::vector<std::int64_t> tokens) {
  std::erase_if(tokens, [&](std::int64_t token) { return !tokenizer.has_token(token); });
  return tokenizer.decode(tokens);
}

std::vector<std::int64_t> prompt_tokens(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::int64_t> tokens = tokenizer.encode(text);
  if (const auto bos = tokenizer.bos()) tokens.insert(tokens.begin(), *bos);
  check(!tokens.empty(), "a text without a token can't be continued: the tokenizer has no BOS to put in front");
  return tokens;
}

}  // namespace adora
