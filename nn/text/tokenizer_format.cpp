#include "tokenizer_format.h"

#include <algorithm>
#include <tuple>

namespace adora {
namespace {

std::vector<TokenizerFormat>& formats() {
  static std::vector<TokenizerFormat> all;
  return all;
}

bool goes_before(const TokenizerFormat& a, const TokenizerFormat& b) {
  return std::tie(b.priority, a.name) < std::tie(a.priority, b.name);
}

}  // namespace

RegisterTokenizerFormat::RegisterTokenizerFormat(TokenizerFormat format) {
  const auto place = std::upper_bound(formats().begin(), formats().end(), format, goes_before);
  formats().insert(place, std::move(format));
}

const std::vector<TokenizerFormat>& tokenizer_formats() { return formats(); }

}  // namespace adora
