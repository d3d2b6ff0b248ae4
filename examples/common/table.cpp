#include "table.h"

#include <algorithm>

#include "../../core/printable.h"

namespace adora::programs {

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void Table::add(const std::vector<std::string>& row) {
  std::vector<std::string> cells;
  for (const std::string& cell : row) cells.push_back(printable(cell));
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> result;
  for (const auto& row : rows_) {
    result.resize(std::max(result.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) result[i] = std::max(result[i], characters(row[i]));
  }
  return result;
}

namespace {

std::string padded(const std::string& cell, std::size_t width, bool left) {
  const std::string space(width - characters(cell), ' ');
  return left ? cell + space : space + cell;
}

}  // namespace

std::string Table::text() const {
  const auto width = widths();
  std::string result;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows_[r].size(); ++i) {
      if (i) line += "  ";
      line += padded(rows_[r][i], width[i], i == 0);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + "\n";
    if (r == 0) {
      for (std::size_t i = 0; i < width.size(); ++i) {
        if (i) result += "  ";
        for (std::size_t c = 0; c < width[i]; ++c) result += "─";
      }
      result += "\n";
    }
  }
  return result;
}

}  // namespace adora::programs
