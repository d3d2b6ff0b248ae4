#pragma once
#include <memory>

#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../layers/rms_norm.h"
#include "gated_mlp.h"
#include "rotary_attention.h"

// The decoder that Llama and its kin share, its parts named as Hugging Face names them
// ("model.layers.0.self_attn.q_proj.weight"). A family takes it as it is, or with an attention, an MLP or a whole block
// of its own: modules that are made and called as the ones here are; `layer` is a block's number. `Config` is
// DecoderConfig or derives from it.

namespace adora {

/// x + attention(norm(x)), and then the same with the MLP.
template <class Attention = RotaryAttention, class Mlp = GatedMlp> class DecoderBlock : public Module {
 public:
  template <class Config>
  DecoderBlock(const Config& c, std::size_t layer, Generator& g, WeightOptions options)
      : input_layernorm(c.norm(c.hidden_size, options)),
        self_attn(c, layer, g, options),
        post_attention_layernorm(c.norm(c.hidden_size, options)),
        mlp(c, g, options) {
    child("input_layernorm", input_layernorm);
    child("self_attn", self_attn);
    child("post_attention_layernorm", post_attention_layernorm);
    child("mlp", mlp);
  }

  ResidualStream operator()(const ResidualStream& stream, const AttentionContext& context = {}) const {
    auto run = [&] {
      const SumAndNorm in = input_layernorm.add(stream.x, stream.update);
      const SumAndNorm seen = post_attention_layernorm.add(in.sum, self_attn(in.norm, context));
      return ResidualStream{seen.sum, mlp(seen.norm)};
    };
    return noted_call(*this, run, [](const ResidualStream& y) { return y.x; });
  }

  RmsNorm input_layernorm;
  Attention self_attn;
  RmsNorm post_attention_layernorm;
  Mlp mlp;
};

/// The layers without the output layer.
template <class Block> class DecoderLayers : public Module {
 public:
  template <class Config>
  DecoderLayers(const Config& c, Generator& g, WeightOptions options)
      : embed_tokens(c.vocab_size, c.hidden_size, g, options, c.initializer_range),
        norm(c.norm(c.hidden_size, options)) {
    child("embed_tokens", embed_tokens);
    for (std::size_t i = 0; i < static_cast<std::size_t>(c.num_hidden_layers); ++i)
      layers.push_back(std::make_unique<Block>(c, i, g, options));
    children("layers", layers);
    child("norm", norm);
  }

  Embedding embed_tokens;
  std::vector<std::unique_ptr<Block>> layers;
  RmsNorm norm;
};

/// A language model of such blocks. What a family adds is its config.json.
template <class Block = DecoderBlock<>, class Config = DecoderConfig> class Decoder : public CausalLm {
 public:
  const Embedding& token_embedding() const override { return model.embed_tokens; }
  const Linear& output_layer() const override { return lm_head; }

  /// Leaves out the angles that older versions saved.
  StateDict from_hugging_face(StateDict tensors) const override {
    std::erase_if(tensors, [](const auto& entry) { return entry.first.ends_with("rotary_emb.inv_freq"); });
    return tensors;
  }

  DecoderLayers<Block> model;
  /// Shares the weight of model.embed_tokens where the config ties them.
  Linear lm_head;

 protected:
  /// With fresh weights from the seed; on the shape-only device without any memory. An error beginning with the
  /// model_type names a size that is out of bounds or doesn't divide another.
  Decoder(const std::string& model_type, const Config& config, const ModelOptions& options)
      : Decoder(model_type, config, options, Generator(options.seed)) {}

  /// The config that the model has now: an adapter may have ended its tie.
  Config decoder_config() const {
    Config config = decoder_config_;
    config.tie_word_embeddings = is_tied();
    return config;
  }

  Tensor embed(const Tensor& tokens, const KvCache::Step*) const override {
    const Tensor x = model.embed_tokens(tokens);
    const double scale = decoder_config_.embedding_scale;
    // Rounded to the weights' dtype, as in transformers and as the models were trained.
    return scale == 1 ? x : x * item(full({}, scale, x.dtype(), cpu));
  }
  AttentionSettings attention_of(std::size_t layer) const override { return decoder_config_.attention(layer); }
  ResidualStream run_block(std::size_t number, const ResidualStream& stream,
                           const AttentionContext& context) const override {
    return (*model.layers[number])(stream, context);
  }
  Tensor final_norm(const ResidualStream& stream) const override {
    return model.norm.add(stream.x, stream.update).norm;
  }

 private:
  Decoder(const std::string& model_type, const Config& config, const ModelOptions& options, Generator generator)
      : CausalLm(checked(model_type, config)),
        model(config, generator, {options.dtype, options.device}),
        // A tied output layer takes over the embedding's weight below: none of its own is ever made.
        lm_head(config.hidden_size, config.vocab_size, generator,
                config.linear({options.dtype, config.tie_word_embeddings ? meta : options.device}, false)),
        decoder_config_(config) {
    if (config.tie_word_embeddings) lm_head.weight = model.embed_tokens.weight;
    child("model", model);
    child("lm_head", lm_head);
  }

  static CausalLmConfig checked(const std::string& model_type, const Config& config) {
    config.check(model_type);
    return config.causal_lm(model_type);
  }

  Config decoder_config_;
};

extern template class Decoder<>;

}  // namespace adora
