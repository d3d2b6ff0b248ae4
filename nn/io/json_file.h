#pragma once
#include <cstdint>
#include <string>

#include "json.h"

namespace adora {

class AtomicFile;

/// The JSON value in a file. Throws `Error` naming the file, and the line and column
/// where it has them: no such file, longer than `max_bytes`, not JSON, a name twice.
Json read_json_file(const std::string& path, std::uint64_t max_bytes = std::uint64_t{64} << 20);

/// Writes the value, indented and with a newline at the end; see AtomicFile.
void write_json_file(const std::string& path, const Json& json);
/// The same into a file that the caller commits.
void write_json_file(AtomicFile& file, const Json& json);

}  // namespace adora
