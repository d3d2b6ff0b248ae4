#pragma once
#include <string>
#include <vector>

#include "record.h"

namespace adora {

/// An exercise, as the files of instructions have it.
struct InstructionRecord {
  std::string instruction;
  std::string input;
  std::string output;      ///< the whole response
  std::string answer;      ///< the word in it that is right or wrong; may be empty where it is only trained on
  std::string place = {};  ///< in its file: "record 3" or "line 7"
};

/// Exercises to train on.
Records records_of(const std::vector<InstructionRecord>& exercises);

/// The exercise that an object is. Throws `Error` naming the field that is missing or no text.
InstructionRecord read_instruction(JsonFields& fields);

}  // namespace adora
