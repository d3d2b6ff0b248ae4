#include "gguf_keys.h"

#include <charconv>

#include "config_keys.h"

namespace adora {

std::int64_t GgufKeys::size(const char* key, std::optional<std::int64_t> otherwise) const {
  return read_size(keys_, (*this)[key], otherwise);
}

double GgufKeys::number(const char* key, double low, double high, std::optional<double> otherwise) const {
  return shortest_float(keys_.number((*this)[key], low, high, otherwise));
}

void GgufKeys::only(const char* key, const Json& wanted) const { read_only(keys_, (*this)[key], wanted); }

double shortest_float(double number) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), static_cast<float>(number)).ptr;
  std::from_chars(text, end, number);
  return number;
}

}  // namespace adora
