#include "llama.h"

#include "../../ops/swiglu.h"
#include "family.h"

namespace adora {
namespace {

LinearOptions options_for(const LlamaConfig& config, WeightOptions options, bool bias) {
  return {.bias = bias, .deviation = config.initializer_range, .dtype = options.dtype, .device = options.device};
}

CausalLmConfig checked(const LlamaConfig& config) {
  config.check("Llama");
  return config.causal_lm();
}

}  // namespace

LlamaAttention::LlamaAttention(const LlamaConfig& c, Generator& g, WeightOptions options)
    : q_proj(c.hidden_size, c.num_attention_heads * c.head_dim, g, options_for(c, options, c.attention_bias)),
      k_proj(c.hidden_size, c.num_key_value_heads * c.head_dim, g, options_for(c, options, c.attention_bias)),
      v_proj(c.hidden_size, c.num_key_value_heads * c.head_dim, g, options_for(c, options, c.attention_bias)),
      o_proj(c.num_attention_heads * c.head_dim, c.hidden_size, g, options_for(c, options, c.attention_bias)),
      sizes_(c.causal_lm().attention) {
  child("q_proj", q_proj);
  child("k_proj", k_proj);
  child("v_proj", v_proj);
  child("o_proj", o_proj);
}

Tensor LlamaAttention::operator()(const Tensor& x, const AttentionContext& context) const {
  const Tensor q = q_proj(x), k = k_proj(x), v = v_proj(x);
  return o_proj(attend(q, k, v, sizes_, context));
}

LlamaMlp::LlamaMlp(const LlamaConfig& c, Generator& g, WeightOptions options)
    : gate_proj(c.hidden_size, c.intermediate_size, g, options_for(c, options, c.mlp_bias)),
      up_proj(c.hidden_size, c.intermediate_size, g, options_for(c, options, c.mlp_bias)),
      down_proj(c.intermediate_size, c.hidden_size, g, options_for(c, options, c.mlp_bias)) {
  child("gate_proj", gate_proj);
  child("up_proj", up_proj);
  child("down_proj", down_proj);
}

Tensor LlamaMlp::operator()(const Tensor& x) const { return down_proj(swiglu(gate_proj(x), up_proj(x))); }

LlamaBlock::LlamaBlock(const LlamaConfig& c, Generator& g, WeightOptions options)
    : input_layernorm(c.hidden_size, c.rms_norm_eps, options),
      self_attn(c, g, options),
      post_attention_layernorm(c.hidden_size, c.rms_norm_eps, options),
      mlp(c, g, options) {
  child("input_layernorm", input_layernorm);
  child("self_attn", self_attn);
  child("post_attention_layernorm", post_attention_layernorm);
  child("mlp", mlp);
}

ResidualStream LlamaBlock::operator()(const ResidualStream& stream, const AttentionContext& context) const {
  SumAndNorm in = input_layernorm.add(stream.x, stream.update);
  SumAndNorm seen = post_attention_layernorm.add(in.sum, self_attn(in.norm, context));
  return {seen.sum, mlp(seen.norm)};
}

LlamaModel::LlamaModel(const LlamaConfig& c, Generator& g, WeightOptions options)
    : embed_tokens(c.vocab_size, c.hidden_size, g, options, c.initializer_range),
      norm(c.hidden_size, c.rms_norm_eps, options) {
  child("embed_tokens", embed_tokens);
  for (std::int64_t i = 0; i < c.num_hidden_layers; ++i) {
    layers.push_back(std::make_unique<LlamaBlock>(c, g, options));
  }
  children("layers", layers);
  child("norm", norm);
}

Llama::Llama(const LlamaConfig& config, ModelOptions options) : Llama(config, options, Generator(options.seed)) {}

Llama::Llama(const LlamaConfig& config, ModelOptions options, Generator generator)
    : CausalLm(checked(config)),
      model(config, generator, {options.dtype, options.device}),
      // A tied output layer takes over the embedding's weight below: none of its own is ever made.
      lm_head(config.hidden_size, config.vocab_size, generator,
              options_for(config, {options.dtype, config.tie_word_embeddings ? meta : options.device}, false)),
      llama_config_(config) {
  if (config.tie_word_embeddings) lm_head.weight = model.embed_tokens.weight;
  child("model", model);
  child("lm_head", lm_head);
}

ResidualStream Llama::run_block(std::size_t number, const ResidualStream& stream,
                                const AttentionContext& context) const {
  return (*model.layers[number])(stream, context);
}

Tensor Llama::final_norm(const ResidualStream& stream) const { return model.norm.add(stream.x, stream.update).norm; }

Json::Object Llama::config_json() const {
  LlamaConfig config = llama_config_;
  config.tie_word_embeddings = is_tied();
  return config.to_json();
}

StateDict Llama::from_hugging_face(StateDict tensors) const {
  std::erase_if(tensors, [](const auto& entry) { return entry.first.ends_with("rotary_emb.inv_freq"); });
  return tensors;
}

namespace {

const RegisterModelFamily registered{
    {.model_type = "llama",
     .architecture = "LlamaForCausalLM",
     .make = [](JsonFields& config, const ModelOptions& options) -> std::unique_ptr<CausalLm> {
       return std::make_unique<Llama>(LlamaConfig::from_json(config), options);
     },
     .published = published_llamas()}};

}  // namespace

}  // namespace adora
