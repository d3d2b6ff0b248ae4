#pragma once
// How the tiny transformer is made and taught; README.md says what each choice was measured to bring.

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace adora::tiny_world {

// Of fresh weights from which answering is learned soon; see model.h.
struct InitialWeights {
  double deviation = 0.09;  // of every weight but those that write into the residual stream
  double writing = 0.006;   // of those: small, so that tokens are still themselves in the last layer
  double common = 0.05;     // a part that all embeddings share: what positions are told apart by
  double previous = 1.8;    // how sharply the first two heads of the first layer look at the token before
  double likeness = 0.9;    // how alike queries and keys are in half of the later heads
  double sharpness = 1.8;   // of those heads
  std::size_t turned = 5;   // pairs of theirs in which the key points away from the query
  double copying = 0.1;     // how much attention hands on of what it looks at
};

struct Recipe {
  std::uint64_t seed = 0;  // of the world, its text and questions, and the fresh weights
  std::uint64_t draw = 0;  // of the fresh weights and the order of the text in the same world, where several are tried

  // The model.
  std::int64_t hidden_size = 128;
  std::int64_t layers = 4;
  std::int64_t heads = 4;
  std::int64_t intermediate_size = 344;
  double rope_theta = 10000;
  InitialWeights initial{};

  // Pre-training: rows of words a step, and AdamW whose rate rises, is held, and falls to nothing.
  std::int64_t steps = 8000;
  std::size_t rows = 16;
  std::size_t row_length = 64;
  double lr = 1e-3;
  std::int64_t warmup_steps = 100;
  double falling = 0.3;  // the share of the steps at the end in which the rate falls
  double beta1 = 0.9;
  double beta2 = 0.98;
  double weight_decay = 0.01;
  double clip_grad_norm = 1.0;

  // Fine-tuning; the rest is as in the paper's table 8.
  std::size_t train_questions = 400;  // of each task
  std::size_t test_questions = 100;
  bool train_on_inputs = false;
  double tuning_clip_grad_norm = 1.0;  // as in the paper's program, which leaves the Transformers library's default
  double full_lr = 5e-4;
  double lora_lr = 1e-3;
  double dora_lr = 1e-3;
  double scaled_lr = 2e-3;  // of LoRA and DoRA at a rank scaled to the width
};

// The schedule of pre-training: what `lr` is multiplied by in a step, counted from 0.
inline double lr_factor(const Recipe& recipe, std::int64_t step) {
  const double rising = static_cast<double>(step + 1) / static_cast<double>(recipe.warmup_steps);
  const double left = static_cast<double>(recipe.steps - step) / (recipe.falling * static_cast<double>(recipe.steps));
  return std::min({1.0, rising, left});
}

}  // namespace adora::tiny_world
