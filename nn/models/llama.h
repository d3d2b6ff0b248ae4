#pragma once
#include "decoder.h"

namespace adora {

class JsonFields;

/// Of a Llama q, k, v and o have biases alike.
using LlamaConfig = DecoderConfig;

/// Reads a Llama's config.json; as read_decoder_config.
LlamaConfig read_llama_config(JsonFields& fields);
/// A config.json that the above and transformers read, without the weights' dtype.
Json::Object llama_config_json(const LlamaConfig& config);

/// A Llama language model (Touvron et al., "LLaMA", 2023).
class Llama : public Decoder<> {
 public:
  /// As Decoder's.
  explicit Llama(const LlamaConfig& config, const ModelOptions& options = {});
  Json::Object config_json() const override { return llama_config_json(decoder_config()); }
};

}  // namespace adora
