#pragma once
#include "setup.h"

namespace adora::reproduce {

/// Writes the built-in tasks' questions as files of finetune: questions/train.json, a file train-N.json for each other
/// share of them (the first N per cent of each task), held-out/TASK/test.json, by which learning rates are chosen, and
/// test/TASK/test.json.
void write_questions(const Setup& setup);

/// How many documents there are to train on with a share of the questions.
std::int64_t training_questions(const Extent& extent, std::int64_t share);

/// The file of a share.
std::string training_file(const Setup& setup, std::int64_t share);

/// The average accuracy of guessing over all tasks, in per cent.
double guessing();

}  // namespace adora::reproduce
