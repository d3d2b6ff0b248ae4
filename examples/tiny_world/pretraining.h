#pragma once
// The text the transformer is pre-trained on: short lives of things, judgements and quizzes about them, lists.

#include <string>
#include <vector>

#include "document.h"

namespace adora::tiny_world {

// The mix after a share of the training: facts first, then mostly quizzes, which need them.
TextMix mix_at(double progress);

Document pretraining_document(const World& world, Generator& generator, const TextMix& mix);

// "pim is made of tin . it belongs to anna . ...": the five facts of a thing.
void write_life(Writer& writer);
// "a lamp is used for reading . anna lives in norwick . ..."
void write_general(Writer& writer);

// Every word that can stand in the text.
std::vector<std::string> pretraining_words();

}  // namespace adora::tiny_world
