#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace adora::programs {

/// A line of a file of options: `rank = 8` is --rank 8.
struct ConfigEntry {
  std::string name;   ///< without the dashes
  std::string value;  ///< as the command line would have it; of a list with commas
  std::size_t line = 0;
};

/// The entries of a TOML file in their order. Throws `Error` naming the file, and the line, where it isn't one, or has
/// a table, a date, or a list in a list.
std::vector<ConfigEntry> read_config_file(const std::string& path);

}  // namespace adora::programs
