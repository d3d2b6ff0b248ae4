#include "parameter_shares.h"

namespace adora::finetune::paper {

std::vector<ParameterShare> parameter_shares() {
  const std::vector<std::string> all{"q_proj", "k_proj", "v_proj", "up_proj", "down_proj"};
  const std::vector<std::string> attention{"q_proj", "k_proj", "v_proj"};
  const std::vector<std::string> others{"o_proj", "gate_proj", "up_proj", "down_proj"};
  return {
      // DoRA at half the rank is the row with the dagger.
      {1, "llama-7b", "lora", 32, all, {}, 0.83},
      {1, "llama-7b", "dora", 16, all, {}, 0.43},
      {1, "llama-7b", "dora", 32, all, {}, 0.84},
      {1, "llama-13b", "lora", 32, all, {}, 0.67},
      {1, "llama-13b", "dora", 16, all, {}, 0.35},
      {1, "llama-13b", "dora", 32, all, {}, 0.68},
      {1, "llama2-7b", "lora", 32, all, {}, 0.83},
      {1, "llama2-7b", "dora", 16, all, {}, 0.43},
      {1, "llama2-7b", "dora", 32, all, {}, 0.84},
      {1, "llama3-8b", "lora", 32, all, {}, 0.70},
      {1, "llama3-8b", "dora", 16, all, {}, 0.35},
      {1, "llama3-8b", "dora", 32, all, {}, 0.71},
      // Directions of the attention's modules alone, and the magnitudes of the others beside theirs.
      {6, "llama-7b", "lora", 32, all, {}, 0.83},
      {6, "llama-7b", "dora", 32, all, {}, 0.84},
      {6, "llama-7b", "dora", 32, attention, others, 0.39},
      {6, "llama-13b", "lora", 32, all, {}, 0.67},
      {6, "llama-13b", "dora", 32, all, {}, 0.68},
      {6, "llama-13b", "dora", 32, attention, others, 0.31},
      {15, "llama-7b", "lora", 4, all, {}, 0.10},
      {15, "llama-7b", "lora", 8, all, {}, 0.21},
      {15, "llama-7b", "lora", 16, all, {}, 0.42},
      {15, "llama-7b", "lora", 32, all, {}, 0.83},
      {15, "llama-7b", "lora", 64, all, {}, 1.64},
      {15, "llama-7b", "dora", 4, all, {}, 0.11},
      {15, "llama-7b", "dora", 8, all, {}, 0.22},
      {15, "llama-7b", "dora", 16, all, {}, 0.43},
      {15, "llama-7b", "dora", 32, all, {}, 0.84},
      {15, "llama-7b", "dora", 64, all, {}, 1.65},
  };
}

}  // namespace adora::finetune::paper
