#pragma once
#include <string>
#include <utility>
#include <vector>

#include "../../core/tensor.h"

namespace adora {

struct CsvOptions {
  char delimiter = ',';
  bool header = true;  ///< whether the first line has the columns' names; without it they are "0", "1", …
};

/// A table from a file of values separated by commas (RFC 4180): "…" around what has a comma or a new line in it, and
/// two quotes there for one. Lines that are empty are left out.
class CsvTable {
 public:
  /// Throws `Error` naming the file, and the line, where it is empty, a line has another number of values than the
  /// first, a quote never ends, or a column is named twice.
  explicit CsvTable(const std::string& path, const CsvOptions& options = {});

  const std::vector<std::string>& columns() const { return columns_; }
  std::int64_t rows() const { return rows_; }
  /// The values of a column as they stand in the file.
  std::vector<std::string> text(const std::string& column) const;
  /// [rows, columns], of all columns or of those named; an empty value, "nan" or "NA" is NaN. An error naming line and
  /// column where a value is no number.
  Tensor numbers(const std::vector<std::string>& columns = {}, DType dtype = float32) const;
  /// A column of names as classes: int64 [rows], numbered in the order of the alphabet, and the names.
  std::pair<Tensor, std::vector<std::string>> classes(const std::string& column) const;

 private:
  std::size_t number_of(const std::string& column) const;

  std::string path_;
  std::vector<std::string> columns_;
  std::vector<std::string> cells_;          ///< row by row
  std::vector<std::int64_t> line_numbers_;  ///< where each row begins
  std::int64_t rows_ = 0;
};

}  // namespace adora
