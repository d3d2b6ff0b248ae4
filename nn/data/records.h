#pragma once
#include <string>
#include <vector>

namespace adora {

/// An exercise, as the files of instructions have it, or a plain document.
struct InstructionRecord {
  std::string instruction;
  std::string input;
  std::string output;      ///< the whole response, or the whole document
  std::string answer;      ///< the word in it that is right or wrong; may be empty where it is only trained on
  bool plain = false;      ///< a document: there is no instruction
  std::string place = {};  ///< in its file: "record 3" or "line 7"
};

/// The questions of one task.
struct EvaluationTask {
  std::string name;
  std::vector<InstructionRecord> questions;
  std::string path = {};  ///< the file; empty for built-in questions
};

/// The records of a .json, .jsonl or .txt file (empty lines of a .txt left out). Throws `Error` naming the file, and
/// the record or line, for anything else than those, for a field that is missing or no text, and for no record at all.
std::vector<InstructionRecord> read_records(const std::string& path);

/// The tasks of a folder of TASK/test.json, by name, or the one task of a file: called as its folder where it is
/// test.json, otherwise as the file. An error where a question has no answer that can be told from others.
std::vector<EvaluationTask> read_tasks(const std::string& path);

}  // namespace adora
