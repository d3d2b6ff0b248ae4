#pragma once
#include <string>
#include <vector>

namespace adora::finetune {

/// An exercise, as the files of instructions have it, or a plain document.
struct Record {
  std::string instruction;
  std::string input;
  std::string output;      ///< the whole response, or the whole document
  std::string answer;      ///< the word in it that is right or wrong; may be empty where it is only trained on
  bool plain = false;      ///< a document: there is no instruction
  std::string place = {};  ///< in its file: "record 3" or "line 7"
};

/// The questions of one task.
struct Task {
  std::string name;
  std::vector<Record> questions;
  std::string path = {};  ///< the file; empty for built-in questions
};

/// The records of a .json, .jsonl or .txt file (empty lines of a .txt left out). Throws `Error` naming the file, and
/// the record or line, for anything else than those, for a field that is missing or no text, and for no record at all.
std::vector<Record> read_records(const std::string& path);

/// The tasks of a folder of TASK/test.json, by name, or the one task of a file: called as its folder where it is
/// test.json, otherwise as the file. An error where a question has no answer that can be told from others.
std::vector<Task> read_tasks(const std::string& path);

/// What a response is read for: "answer3" is one of answer1, answer2 …; "true" is true or false. An error naming
/// `where` for an answer of no known kind.
std::string answer_kind(const std::string& answer, const std::string& where);

/// The first answer word of a kind ("true", "answer", …) in a response, in lower case; empty where there is none.
std::string first_answer(const std::string& kind, const std::string& response);

/// How an instruction is put to a model.
class PromptTemplate {
 public:
  /// The sections ### Instruction:, ### Input: (where there is one) and ### Response:.
  PromptTemplate() = default;
  /// A file with {instruction} and {input} in it; an error where {instruction} is missing or the text is not UTF-8.
  static PromptTemplate from_file(const std::string& path);

  /// What stands before the response.
  std::string prompt(const Record& record) const;

 private:
  std::string text_;  ///< empty: the usual sections
  std::string path_;
};

}  // namespace adora::finetune
