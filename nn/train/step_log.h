#pragma once
#include "run_log.h"

namespace adora {

// log.jsonl, the kind "jsonl": a line for each step, from which a run that goes on has the steps before.

/// One line, with its newline.
std::string log_line(const StepRecord& step);
/// The lines of a log up to and with a step; an error naming the file where it is damaged before that.
std::vector<StepRecord> read_log(const std::string& path, std::int64_t last_step);

}  // namespace adora
