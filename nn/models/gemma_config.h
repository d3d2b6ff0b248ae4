#pragma once
#include "decoder_config.h"

namespace adora {

/// What the generations of Gemma have in common (Gemma team, "Gemma", 2024): embeddings times √hidden_size, norms that
/// multiply by 1 + weight, tanh's GELU as the gate, an output layer that is the embedding. Sizes that transformers
/// would take from other models' defaults must be there.
struct GemmaDefaults {
  const char* activation;  ///< the key that names the gate
  std::int64_t max_position_embeddings = 8192;
  double rope_theta = 10000;
  ReadPositions read_positions = read_rope;
};
DecoderConfig read_gemma_config(JsonFields& fields, const GemmaDefaults& usual);

/// Its config.json.
Json::Object gemma_config_json(const DecoderConfig& config, const std::string& model_type,
                               const std::string& architecture, const char* activation);

/// What Gemma 2 and 3 have besides: queries scaled by a number of the config, capped scores and logits.
struct GemmaCaps {
  double attention = 0;  ///< where the config says nothing; 0: none
  double logits = 0;
};
void read_gemma_scores(JsonFields& fields, DecoderConfig& config, const GemmaCaps& usual);
void write_gemma_scores(Json::Object& config_json, const DecoderConfig& config);

}  // namespace adora
