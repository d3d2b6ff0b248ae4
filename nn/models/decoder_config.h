#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../layers/rms_norm.h"
#include "causal_lm.h"
#include "rope_scaling.h"

namespace adora {

/// What a gated MLP makes of its gate.
enum class GateActivation { silu, gelu_tanh };

/// The sizes of a decoder of the kind that Llama is (decoder.h), under the names of Hugging Face's config.json; the
/// defaults are those of LLaMA's 7 billion weights. A family with settings of its own derives from it.
struct DecoderConfig {
  std::int64_t vocab_size = 32000;
  std::int64_t hidden_size = 4096;
  std::int64_t intermediate_size = 11008;
  std::int64_t num_hidden_layers = 32;
  std::int64_t num_attention_heads = 32;
  std::int64_t num_key_value_heads = 32;  ///< divides num_attention_heads
  std::int64_t head_dim = 128;
  std::int64_t max_position_embeddings = 2048;
  double rms_norm_eps = 1e-5;
  double rope_theta = 10000;
  RopeScaling rope_scaling = {};
  double partial_rotary_factor = 1;  ///< the part of each head that is turned
  bool tie_word_embeddings = false;
  // Which linear layers have biases; a family's config.json says it in keys of its own, or its architecture does.
  bool qkv_bias = false;  ///< q_proj, k_proj, v_proj
  bool o_bias = false;    ///< o_proj
  bool mlp_bias = false;
  std::optional<GateActivation> hidden_act = GateActivation::silu;  ///< nothing: the MLP has no gate
  double rms_norm_offset = 0;                                       ///< norms multiply by it plus their weight
  double embedding_scale = 1;                                       ///< what embeddings are multiplied by
  /// For each layer the number of tokens that a token sees, its own the last; 0: all. Empty: all layers see all.
  std::vector<std::int64_t> windows = {};
  std::optional<double> attention_scale = {};  ///< of queries with keys; 1/√head_dim unless given
  double attn_logit_softcapping = 0;           ///< 0: none
  double final_logit_softcapping = 0;          ///< 0: none
  double initializer_range = 0.02;             ///< the standard deviation of fresh weights
  std::int64_t bos_token_id = 1;
  std::vector<std::int64_t> eos_token_id = {2};

  CausalLmConfig causal_lm(const std::string& model_type) const;
  AttentionSettings attention(std::size_t layer) const;
  Rope rope() const;
  std::int64_t turned_dims() const;  ///< the numbers of a head that are turned
  /// Its norm over so many numbers.
  RmsNorm norm(std::int64_t width, WeightOptions options) const;
  /// How its linear layers are made.
  LinearOptions linear(WeightOptions options, bool bias) const;
  /// Throws `Error` beginning with `where` unless the sizes are possible and go together.
  void check(const std::string& where) const;
};

using ReadPositions = RopeFields (*)(JsonFields& fields, const RopeFields& otherwise,
                                     std::int64_t max_position_embeddings);

/// Reads what is above but for the biases, in the form of transformers 5 (rope_parameters, dtype) or the older one;
/// what a config.json may leave out is that of `otherwise`. The activation is that of `otherwise`, and the file must
/// say so (a family without a gate reads it itself); windows are read by a family (layer_windows.h), and so is what
/// follows them. Throws `Error` naming the file and the field for what no such decoder here can do, and for sizes that
/// are missing, negative, absurd or don't go together. `read_positions` is for families that write rotary positions in
/// another way.
DecoderConfig read_decoder_config(JsonFields& fields, const DecoderConfig& otherwise,
                                  ReadPositions read_positions = read_rope);

/// A config.json that the above and transformers read, but for the biases, the windows and the weights' dtype.
Json::Object decoder_config_json(const DecoderConfig& config, const std::string& model_type,
                                 const std::string& architecture);

}  // namespace adora
