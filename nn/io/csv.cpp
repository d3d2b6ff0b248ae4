#include "csv.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <set>

#include "../../core/listed.h"
#include "../../ops/creation.h"
#include "file.h"

namespace adora {
namespace {

/// Splits a file's text into lines of values.
class CsvLines {
 public:
  CsvLines(std::string_view text, char delimiter, const std::string& path)
      : text_(text), delimiter_(delimiter), path_(path) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);  // the byte-order mark that spreadsheets write
  }

  /// The next line that is not empty; false where there is none.
  bool next(std::vector<std::string>& values) {
    do {
      if (text_.empty()) return false;
      began_ = line_;
      values.clear();
      while (value(values)) {
      }
    } while (values.size() == 1 && values[0].empty() && !quoted_);
    return true;
  }
  std::int64_t began() const { return began_; }

 private:
  /// Takes one value; whether another follows in the line.
  bool value(std::vector<std::string>& values) {
    std::string& value = values.emplace_back();
    quoted_ = text_.starts_with('"');
    if (quoted_) take_quoted(value);
    const std::size_t end = std::min(text_.find_first_of(std::string{delimiter_, '\n'}), text_.size());
    std::string_view rest = text_.substr(0, end);
    if (rest.ends_with('\r') && (end == text_.size() || text_[end] == '\n')) rest.remove_suffix(1);
    check(!quoted_ || rest.empty(), "{}: line {}: text stands behind a closing quote", path_, line_);
    value += rest;
    const bool another = end < text_.size() && text_[end] == delimiter_;
    if (!another) ++line_;
    text_.remove_prefix(std::min(end + 1, text_.size()));
    // A delimiter that ends the file has an empty value behind it.
    if (another && text_.empty()) values.emplace_back();
    return another && !text_.empty();
  }
  void take_quoted(std::string& value) {
    for (std::size_t at = 1;;) {
      const std::size_t quote = text_.find('"', at);
      check(quote != text_.npos, "{}: line {}: a quote never ends", path_, began_);
      value += text_.substr(at, quote - at);
      line_ += std::count(text_.begin() + static_cast<std::ptrdiff_t>(at),
                          text_.begin() + static_cast<std::ptrdiff_t>(quote), '\n');
      at = quote + 1;
      if (at < text_.size() && text_[at] == '"') {
        value += '"';
        ++at;
        continue;
      }
      text_.remove_prefix(at);
      return;
    }
  }

  std::string_view text_;
  char delimiter_;
  const std::string& path_;
  std::int64_t line_ = 1, began_ = 1;
  bool quoted_ = false;
};

/// Whether the text is a number, blanks around it left out; an absent one is NaN.
bool as_number(std::string_view text, double& number) {
  const std::size_t begin = text.find_first_not_of(" \t"), end = text.find_last_not_of(" \t");
  text = begin == text.npos ? std::string_view() : text.substr(begin, end - begin + 1);
  number = std::numeric_limits<double>::quiet_NaN();
  if (text.empty() || text == "NA" || text == "NaN" || text == "nan") return true;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && stop == text.data() + text.size();
}

}  // namespace

CsvTable::CsvTable(const std::string& path, const CsvOptions& options) : path_(path) {
  check(options.delimiter != '\n' && options.delimiter != '\r' && options.delimiter != '"',
        "CsvTable: a new line or a quote cannot be the delimiter");
  const MappedFile file(path);
  CsvLines lines(file.text(), options.delimiter, path);
  std::vector<std::string> values;
  bool first = true;
  while (lines.next(values)) {
    if (first) {
      for (std::size_t i = 0; i < values.size(); ++i)
        columns_.push_back(options.header ? values[i] : std::to_string(i));
      first = false;
      if (options.header) continue;
    }
    check(values.size() == columns_.size(), "{}: line {}: has {} values, where {} columns are", path, lines.began(),
          values.size(), columns_.size());
    std::move(values.begin(), values.end(), std::back_inserter(cells_));
    line_numbers_.push_back(lines.began());
    ++rows_;
  }
  check(!columns_.empty(), "{}: is empty; the first line has the columns' names", path);
  std::set<std::string> names;
  for (const std::string& column : columns_)
    check(names.insert(column).second, "{}: two columns are named '{}'", path, shortened(column));
}

std::size_t CsvTable::number_of(const std::string& column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  check(found != columns_.end(), "{}: there is no column '{}'; there are {}", path_, shortened(column),
        listed(columns_));
  return static_cast<std::size_t>(found - columns_.begin());
}

std::vector<std::string> CsvTable::text(const std::string& column) const {
  std::vector<std::string> result;
  for (std::size_t i = number_of(column); i < cells_.size(); i += columns_.size()) result.push_back(cells_[i]);
  return result;
}

Tensor CsvTable::numbers(const std::vector<std::string>& columns, DType dtype) const {
  std::vector<std::size_t> chosen;
  for (const std::string& column : columns.empty() ? columns_ : columns) chosen.push_back(number_of(column));
  const Tensor x = empty({rows_, static_cast<std::int64_t>(chosen.size())}, float64, cpu);
  auto* out = x.data<double>();
  for (std::size_t row = 0; row < line_numbers_.size(); ++row) {
    for (const std::size_t column : chosen) {
      const std::string& cell = cells_[row * columns_.size() + column];
      check(as_number(cell, *out++), "{}: line {}: '{}' in the column '{}' is no number", path_, line_numbers_[row],
            shortened(cell), shortened(columns_[column]));
    }
  }
  return to(to(x, dtype), default_device());
}

std::pair<Tensor, std::vector<std::string>> CsvTable::classes(const std::string& column) const {
  const std::vector<std::string> values = text(column);
  std::map<std::string, std::int64_t> numbers;
  for (const std::string& value : values) numbers[value];
  std::vector<std::string> names;
  for (auto& [name, number] : numbers) {
    number = static_cast<std::int64_t>(names.size());
    names.push_back(name);
  }
  std::vector<std::int64_t> result;
  for (const std::string& value : values) result.push_back(numbers[value]);
  return {tensor(result, {rows_}), names};
}

}  // namespace adora
