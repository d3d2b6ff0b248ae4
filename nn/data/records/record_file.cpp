#include "record_file.h"

#include <algorithm>
#include <cctype>

#include "../../../core/error.h"
#include "../../../core/utf8.h"
#include "../../io/file.h"
#include "../../io/json.h"

namespace adora {
namespace {

constexpr std::uint64_t largest_file = std::uint64_t{4} << 30;

bool is_space(unsigned char c) { return std::isspace(c); }

template <class F> void each_line_of(std::string_view text, F&& f) {
  std::size_t number = 1;
  for (std::size_t start = 0; start < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    std::string_view line = text.substr(start, end - start);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!std::all_of(line.begin(), line.end(), is_space)) f(std::string(line), number);
    start = end + 1;
  }
}

}  // namespace

void each_line(const std::string& path, const std::function<void(const std::string&, std::size_t)>& f) {
  each_line_of(read_file(path, largest_file), [&](const std::string& line, std::size_t number) {
    check(find_invalid_utf8(line) == std::string::npos, "{}: line {} is not UTF-8", path, number);
    f(line, number);
  });
}

void each_json_record(const std::string& path, const std::function<void(Json, const std::string&)>& f) {
  const std::string text = read_file(path, largest_file);
  // Which of the two it is, the text says: files with either name have both.
  const auto first = std::find_if_not(text.begin(), text.end(), is_space);
  if (first != text.end() && *first == '[') {
    std::size_t count = 0;
    parse_json_list(text, path, [&](Json record) { f(std::move(record), fmt::format("record {}", ++count)); });
    return;
  }
  each_line_of(text, [&](const std::string& line, std::size_t number) {
    const std::string place = fmt::format("line {}", number);
    // What is one object over many lines ends in its first.
    check(number > 1 || line.find_first_not_of("{ \t") != line.npos,
          "{}: a list of records is wanted, or records of a line each", path);
    f(Json::parse(line, path + ": " + place), place);
  });
}

}  // namespace adora
