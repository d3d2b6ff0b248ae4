#include "tokenizer_format.h"

#include <algorithm>
#include <tuple>

#include "../../core/error.h"

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
  check(format.load != nullptr, "RegisterTokenizerFormat: {} has no function that loads it", format.name);
  const auto place = std::upper_bound(formats().begin(), formats().end(), format, goes_before);
  formats().insert(place, std::move(format));
}

const std::vector<TokenizerFormat>& tokenizer_formats() { return formats(); }

}  // namespace adora
