#pragma once
// Not in adora.h: the library's own.
#include <functional>
#include <string>

#include "../../io/json.h"

namespace adora {

/// Calls f with each line of a file that is not empty, and its number. Throws `Error` naming the file, and the line
/// where one is not UTF-8.
void each_line(const std::string& path, const std::function<void(const std::string& line, std::size_t number)>& f);

/// Calls f with each value of a .json or .jsonl file, a list or one a line, and its place: "record 3", "line 7". Throws
/// `Error` naming the file, and the place where one is damaged.
void each_json_record(const std::string& path, const std::function<void(Json record, const std::string& place)>& f);

}  // namespace adora
