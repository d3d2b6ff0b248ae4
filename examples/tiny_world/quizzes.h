#pragma once
// Quizzes about the facts that pre-training may ask for: in other words, and with other labels, than the
// eight tasks.

#include "document.h"

namespace adora::tiny_world {

// "red ? pim yes . dol no": many short judgements about one value or one thing.
void write_rating(Writer& writer);
// "what colour is pim ? a: red b: blue answer a:", in many variants.
void write_quiz(Writer& writer);
// The variants by themselves.
void write_which_value(Writer& writer);
void write_which_thing(Writer& writer);
void write_checks(Writer& writer);

}  // namespace adora::tiny_world
