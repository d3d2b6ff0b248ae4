#pragma once
// How the tiny transformer is made and taught; README.md says what each choice was measured to bring.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../../nn/models/llama_config.h"
#include "initial_weights.h"
#include "vocabulary.h"

namespace adora::tiny_world {

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

inline LlamaConfig config_of(const Recipe& recipe, const Vocabulary& vocabulary) {
  LlamaConfig config;
  config.vocab_size = vocabulary.size();
  config.hidden_size = recipe.hidden_size;
  config.intermediate_size = recipe.intermediate_size;
  config.num_hidden_layers = recipe.layers;
  config.num_attention_heads = config.num_key_value_heads = recipe.heads;
  config.head_dim = recipe.hidden_size / recipe.heads;
  config.max_position_embeddings = 512;
  config.rope_theta = recipe.rope_theta;
  config.tie_word_embeddings = true;
  config.bos_token_id = vocabulary.bos();
  config.eos_token_id = {vocabulary.eos()};
  return config;
}

// The rate of a step of pre-training, counted from 0.
inline double rate_at(const Recipe& recipe, std::int64_t step) {
  const double rising = static_cast<double>(step + 1) / static_cast<double>(recipe.warmup_steps);
  const double left = static_cast<double>(recipe.steps - step) / (recipe.falling * static_cast<double>(recipe.steps));
  return recipe.lr * std::min({1.0, rising, left});
}

}  // namespace adora::tiny_world
