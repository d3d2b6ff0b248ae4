#include "text_stream.h"

#include <algorithm>
#include <string_view>

#include "../../core/error.h"

namespace adora {
namespace {

/// What tokenizers write for bytes that are no character, or not yet.
constexpr std::string_view unknown = "\uFFFD";

std::size_t without_unfinished(std::string_view text) {
  while (text.ends_with(unknown)) text.remove_suffix(unknown.size());
  return text.size();
}

}  // namespace

TextStream::TextStream(const Tokenizer& tokenizer, std::vector<std::int64_t> before, std::vector<std::string> stops)
    : tokenizer_(tokenizer), tokens_(std::move(before)), stops_(std::move(stops)) {
  for (const std::string& stop : stops_) check(!stop.empty(), "TextStream: a text that ends another can't be empty");
  std::erase_if(tokens_, [&](std::int64_t token) { return !tokenizer_.has_token(token); });
  whole_ = tokenizer_.decode(tokens_);
  begin_ = given_ = without_unfinished(whole_);
}

std::string TextStream::give(std::size_t end) {
  if (end <= given_) return "";
  const std::string text = whole_.substr(given_, end - given_);
  given_ = end;
  return text;
}

std::string TextStream::add(std::int64_t token) {
  if (stopped_ || !tokenizer_.has_token(token)) return "";
  tokens_.push_back(token);
  // A token's text may depend on those before it, by blanks and by bytes of a character.
  whole_ = tokenizer_.decode(tokens_);
  begin_ = std::min(begin_, whole_.size()), given_ = std::min(given_, whole_.size());
  std::size_t found = whole_.npos;
  for (const std::string& stop : stops_) found = std::min(found, whole_.find(stop, begin_));
  if (found != whole_.npos) {
    stopped_ = true;
    return give(found);
  }
  std::size_t end = without_unfinished(whole_);
  // A stop may have begun.
  std::size_t held = 0;
  for (const std::string& stop : stops_)
    for (std::size_t length = std::min(stop.size() - 1, end - std::min(begin_, end)); length > held; --length)
      if (std::string_view(whole_).substr(0, end).ends_with(std::string_view(stop).substr(0, length))) held = length;
  return give(end - held);
}

std::string TextStream::end() { return stopped_ ? "" : give(whole_.size()); }

}  // namespace adora
