#include "error.h"

#include <fmt/format.h>

#include <algorithm>

namespace adora::detail {

void throw_error(fmt::string_view text, fmt::format_args args) { throw Error(fmt::vformat(text, args)); }

fmt::format_context::iterator append(fmt::format_context& context, std::string_view text) {
  return std::copy(text.begin(), text.end(), context.out());
}

}  // namespace adora::detail
