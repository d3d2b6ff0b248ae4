#pragma once
// The text the transformer is pre-trained on: short lives of things, quizzes about them, and lists.

#include <string>
#include <vector>

#include "draw.h"
#include "world.h"

namespace adora::tiny_world {

// weights[i] says how much predicting words[i] counts in the loss.
struct Document {
  std::vector<std::string> words;
  std::vector<float> weights;

  Document& say(const std::string& text, float weight);
};

// Shares of the kinds of documents (the rest is quizzes), and what a token of each sort counts.
struct TextMix {
  double lives = 0.20;
  double lists = 0.10;
  double spelled_out = 0.3;  // of the quizzes: those whose answer is said in words before its label
  float frame_weight = 0.05f;
  float fact_weight = 1.0f;
  float answer_weight = 2.0f;
};

// The mix after a share of the training: facts and copying first, then mostly quizzes, which need both.
TextMix mix_at(double progress);

Document pretraining_document(const World& world, Generator& generator, const TextMix& mix);

// Every word that can stand in the text.
std::vector<std::string> pretraining_words();

}  // namespace adora::tiny_world
