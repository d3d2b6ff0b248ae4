#pragma once
// How the world's relations are put into words, and sentences with gaps to fill.

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "world.h"

namespace adora::tiny_world {

using Wordings = std::array<std::vector<std::string>, all_relations>;

// After a subject, with {v} for the value: "is made of {v}".
const Wordings& statements();
// With {t} for the thing: "what is {t} made of".
const Wordings& questions_forward();

// A fact between a value that things state and one that follows from it:
// "a lamp is used for reading", "anna lives in norwick". `source` indexes kinds or owners.
std::string general_fact(const World& world, Relation relation, std::size_t source);

// The kind or owner from which the thing's use or home follows.
std::size_t value_before(const World& world, std::size_t thing, Relation relation);

// Puts words into the gaps of a sentence: fill("{t} is {v}", {{"{t}", "pim"}, {"{v}", "red"}}).
std::string fill(std::string sentence, const std::vector<std::pair<std::string, std::string>>& gaps);

// Splits on white space.
std::vector<std::string> words_of(const std::string& text);

}  // namespace adora::tiny_world
