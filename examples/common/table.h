#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace adora::programs {

/// A table as text: the first column to the left, the others to the right.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}
  /// As many cells as the header has, made printable: they may have names from files in them.
  void add(const std::vector<std::string>& row);
  /// With a rule below the header, every line ended.
  std::string text() const;

 private:
  std::vector<std::size_t> widths() const;
  std::vector<std::vector<std::string>> rows_;
};

/// How many characters (not bytes) a UTF-8 text has.
std::size_t characters(const std::string& text);

}  // namespace adora::programs
