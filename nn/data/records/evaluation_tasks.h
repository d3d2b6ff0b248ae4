#pragma once
#include <string>
#include <vector>

#include "instruction.h"

namespace adora {

/// The questions of one task.
struct EvaluationTask {
  std::string name;
  std::vector<InstructionRecord> questions;
  std::string path = {};  ///< the file; empty for built-in questions
};

/// The tasks of a folder of TASK/test.json, by name, or the one task of a file: called as its folder where it is
/// test.json, otherwise as the file. An error where a question has no answer that can be told from others.
std::vector<EvaluationTask> read_tasks(const std::string& path, const RecordOptions& options = {});

}  // namespace adora
