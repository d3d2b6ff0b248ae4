#pragma once
#include <string>
#include <vector>

#include "report.h"

namespace adora::finetune {

/// A cell of a table.
struct Cell {
  std::string text;
  bool best = false;  ///< the highest accuracy that a run has in this column
};

/// Laid out as the DoRA paper's Table 1: the headings, a row a run (how it is called, trainable per cent, each task,
/// their average) and, where that is known, a row for guessing. Tasks are those of any run; without one their columns
/// and the average's are missing.
std::vector<std::vector<Cell>> accuracy_table(const Report& report);

}  // namespace adora::finetune
