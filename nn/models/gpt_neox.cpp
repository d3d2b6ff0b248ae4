#include "../../core/error.h"

#include <map>
#include "../../ops/arithmetic.h"
#include "../../ops/elementwise/gelu.h"
#include "../../ops/elementwise/gelu_tanh.h"
#include "../../ops/elementwise/relu.h"
#include "../../ops/view.h"
#include "../layers/layer_norm.h"
#include "../noted_call.h"
#include "config_keys.h"
#include "decoder_config.h"
#include "family.h"

// GPT-NeoX (Black et al., "GPT-NeoX-20B", 2022), and Pythia with it: a part of each head is turned, and attention and
// MLP read the same x unless the config says otherwise. Parts have Hugging Face's names.

namespace adora {
namespace {

constexpr const char *model_type = "gpt_neox", *architecture = "GPTNeoXForCausalLM";

using Activation = Tensor (*)(const Tensor&);

/// The activations that its files have, by name.
const std::map<std::string, Activation>& activations() {
  static const std::map<std::string, Activation> all{{"gelu", gelu},
                                                     {"gelu_fast", gelu_tanh},
                                                     {"gelu_new", gelu_tanh},
                                                     {"gelu_pytorch_tanh", gelu_tanh},
                                                     {"relu", relu}};
  return all;
}

struct GptNeoXConfig : DecoderConfig {
  double layer_norm_eps = 1e-5;
  std::string activation = "gelu";
  bool attention_bias = true;
  bool use_parallel_residual = true;
};

/// rotary_emb_base and rotary_pct are older names of rope_theta and partial_rotary_factor here.
RopeFields read_positions(JsonFields& fields, const RopeFields& otherwise, std::int64_t longest) {
  RopeFields usual = otherwise;
  usual.theta = fields.number("rotary_emb_base", 1e-3, 1e12, otherwise.theta);
  usual.partial_rotary_factor = fields.number("rotary_pct", 1e-3, 1, 0.25);
  return read_partial_rope(fields, usual, longest);
}

GptNeoXConfig read_config(JsonFields& fields) {
  for (const char* name : {"num_key_value_heads", "head_dim", "rms_norm_eps"})
    if (fields.mentions(name)) fields.refuse(name, "absent: there is no such thing");
  GptNeoXConfig c;
  c.activation = fields.text("hidden_act", "gelu");
  if (!activations().contains(c.activation)) fields.refuse("hidden_act", "\"gelu\"");
  c.hidden_act = {};
  c.max_position_embeddings = 2048, c.bos_token_id = 0, c.eos_token_id = {2};
  static_cast<DecoderConfig&>(c) = read_decoder_config(fields, c, read_positions);
  c.layer_norm_eps = fields.number("layer_norm_eps", 1e-30, 1, 1e-5);
  c.attention_bias = fields.boolean("attention_bias", true);
  c.use_parallel_residual = fields.boolean("use_parallel_residual", true);
  read_only(fields, "hidden_dropout", 0.0);
  return c;
}

LayerNorm layer_norm(const GptNeoXConfig& c, WeightOptions options) {
  return LayerNorm(c.hidden_size, c.layer_norm_eps, {.dtype = options.dtype, .device = options.device});
}

class GptNeoXAttention : public Module {
 public:
  GptNeoXAttention(const GptNeoXConfig& c, std::size_t layer, Generator& g, WeightOptions options)
      : query_key_value(c.hidden_size, 3 * c.hidden_size, g, c.linear(options, c.attention_bias)),
        dense(c.hidden_size, c.hidden_size, g, c.linear(options, c.attention_bias)),
        settings_(c.attention(layer)) {
    child("query_key_value", query_key_value);
    child("dense", dense);
  }

  Tensor operator()(const Tensor& x, const AttentionContext& context) const {
    return noted_call(*this, [&] {
      // Each head has its queries, keys and values side by side.
      const Tensor all = query_key_value(x);
      const std::int64_t d = settings_.head_dim;
      Shape shape = all.shape();
      shape[shape.size() - 1] = settings_.heads;
      shape.push_back(3 * d);
      const Tensor heads = reshape(all, shape);
      auto part = [&](std::int64_t i) { return slice(heads, -1, i * d, (i + 1) * d); };
      return dense(attend(part(0), part(1), part(2), settings_, context));
    });
  }

  Linear query_key_value, dense;

 private:
  AttentionSettings settings_;
};

class GptNeoXMlp : public Module {
 public:
  GptNeoXMlp(const GptNeoXConfig& c, Generator& g, WeightOptions options)
      : dense_h_to_4h(c.hidden_size, c.intermediate_size, g, c.linear(options, true)),
        dense_4h_to_h(c.intermediate_size, c.hidden_size, g, c.linear(options, true)),
        activation_(activations().at(c.activation)) {
    child("dense_h_to_4h", dense_h_to_4h);
    child("dense_4h_to_h", dense_4h_to_h);
  }

  Tensor operator()(const Tensor& x) const {
    return noted_call(*this, [&] { return dense_4h_to_h(activation_(dense_h_to_4h(x))); });
  }

  Linear dense_h_to_4h, dense_4h_to_h;

 private:
  Activation activation_;
};

class GptNeoXBlock : public Module {
 public:
  GptNeoXBlock(const GptNeoXConfig& c, std::size_t layer, Generator& g, WeightOptions options)
      : input_layernorm(layer_norm(c, options)),
        post_attention_layernorm(layer_norm(c, options)),
        attention(c, layer, g, options),
        mlp(c, g, options),
        parallel_(c.use_parallel_residual) {
    child("input_layernorm", input_layernorm);
    child("post_attention_layernorm", post_attention_layernorm);
    child("attention", attention);
    child("mlp", mlp);
  }

  ResidualStream operator()(const ResidualStream& stream, const AttentionContext& context) const {
    auto run = [&] {
      const Tensor x = stream.sum(), seen = x + attention(input_layernorm(x), context);
      return ResidualStream{seen, mlp(post_attention_layernorm(parallel_ ? x : seen))};
    };
    return noted_call(*this, run, [](const ResidualStream& y) { return y.x; });
  }

  LayerNorm input_layernorm, post_attention_layernorm;
  GptNeoXAttention attention;
  GptNeoXMlp mlp;

 private:
  bool parallel_;
};

class GptNeoXLayers : public Module {
 public:
  GptNeoXLayers(const GptNeoXConfig& c, Generator& g, WeightOptions options)
      : embed_in(c.vocab_size, c.hidden_size, g, options, c.initializer_range),
        final_layer_norm(layer_norm(c, options)) {
    child("embed_in", embed_in);
    for (std::size_t i = 0; i < static_cast<std::size_t>(c.num_hidden_layers); ++i)
      layers.push_back(std::make_unique<GptNeoXBlock>(c, i, g, options));
    children("layers", layers);
    child("final_layer_norm", final_layer_norm);
  }

  Embedding embed_in;
  std::vector<std::unique_ptr<GptNeoXBlock>> layers;
  LayerNorm final_layer_norm;
};

StateDict renamed(StateDict tensors, const std::string& from, const std::string& to) {
  if (auto one = tensors.extract(from)) {
    one.key() = to;
    tensors.insert(std::move(one));
  }
  return tensors;
}

class GptNeoX : public CausalLm {
 public:
  GptNeoX(const GptNeoXConfig& config, const ModelOptions& options)
      : GptNeoX(config, options, Generator(options.seed)) {}

  const Embedding& token_embedding() const override { return gpt_neox.embed_in; }
  const Linear& output_layer() const override { return lm_head; }

  /// Files call the output layer embed_out, as older versions of transformers did. Leaves out the masks and angles that
  /// those saved.
  StateDict from_hugging_face(StateDict tensors) const override {
    std::erase_if(tensors, [](const auto& entry) {
      const std::string& name = entry.first;
      return name.ends_with(".attention.bias") || name.ends_with(".attention.masked_bias") ||
             name.ends_with(".rotary_emb.inv_freq");
    });
    return renamed(std::move(tensors), "embed_out.weight", "lm_head.weight");
  }
  StateDict to_hugging_face(StateDict tensors) const override {
    return renamed(std::move(tensors), "lm_head.weight", "embed_out.weight");
  }
  StateDict to_transformers_modules(StateDict tensors) const override { return tensors; }
  std::vector<std::pair<std::string, std::string>> older_module_names() const override {
    return {{"embed_out", "lm_head"}};
  }

  Json::Object config_json() const override {
    Json::Object json = decoder_config_json(neox_config_, model_type, architecture);
    for (const char* name : {"num_key_value_heads", "head_dim", "rms_norm_eps"}) json.erase(name);
    json["hidden_act"] = neox_config_.activation;
    json["tie_word_embeddings"] = is_tied();
    json["layer_norm_eps"] = neox_config_.layer_norm_eps;
    json["attention_bias"] = neox_config_.attention_bias;
    json["use_parallel_residual"] = neox_config_.use_parallel_residual;
    // transformers takes the older names alone, or rope_parameters.
    json["rotary_emb_base"] = neox_config_.rope_theta;
    json["rotary_pct"] = neox_config_.partial_rotary_factor;
    json.erase("rope_theta"), json.erase("partial_rotary_factor");
    return json;
  }

  GptNeoXLayers gpt_neox;
  /// Shares the weight of gpt_neox.embed_in where the config ties them.
  Linear lm_head;

 protected:
  ResidualStream run_block(std::size_t number, const ResidualStream& stream,
                           const AttentionContext& context) const override {
    return (*gpt_neox.layers[number])(stream, context);
  }
  Tensor final_norm(const ResidualStream& stream) const override { return gpt_neox.final_layer_norm(stream.sum()); }

 private:
  GptNeoX(const GptNeoXConfig& config, const ModelOptions& options, Generator generator)
      : CausalLm(config.causal_lm(model_type)),
        gpt_neox(config, generator, {options.dtype, options.device}),
        lm_head(config.hidden_size, config.vocab_size, generator,
                config.linear({options.dtype, config.tie_word_embeddings ? meta : options.device}, false)),
        neox_config_(config) {
    if (config.tie_word_embeddings) lm_head.weight = gpt_neox.embed_in.weight;
    child("gpt_neox", gpt_neox);
    child("lm_head", lm_head);
  }

  GptNeoXConfig neox_config_;
};

const RegisterModelFamily registered{
    {.model_type = model_type,
     .architecture = architecture,
     .make = [](JsonFields& config, const ModelOptions& options) -> std::unique_ptr<CausalLm> {
       return std::make_unique<GptNeoX>(read_config(config), options);
     }}};

}  // namespace
}  // namespace adora
