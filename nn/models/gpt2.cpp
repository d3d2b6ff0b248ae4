#include "gpt2.h"

#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../../ops/elementwise/gelu_tanh.h"
#include "../../ops/view.h"
#include "../noted_call.h"
#include "config_keys.h"
#include "family.h"

namespace adora {
namespace {

LayerNormOptions norm_options(const WeightOptions& weights) {
  return {.dtype = weights.dtype, .device = weights.device};
}

LinearOptions options_for(const Gpt2Config& config, WeightOptions options) {
  return {.deviation = config.initializer_range, .dtype = options.dtype, .device = options.device};
}

CausalLmConfig checked(const Gpt2Config& config) {
  config.check("GPT-2");
  return config.causal_lm();
}

}  // namespace

Gpt2Config Gpt2Config::from_json(JsonFields& fields) {
  Gpt2Config c;
  c.vocab_size = read_size(fields, "vocab_size");
  c.n_positions = read_size(fields, "n_positions", 1024);
  c.n_embd = read_size(fields, "n_embd");
  c.n_layer = read_size(fields, "n_layer");
  c.n_head = read_size(fields, "n_head");
  c.n_inner = read_size(fields, "n_inner", 4 * c.n_embd);
  c.layer_norm_epsilon = fields.number("layer_norm_epsilon", 1e-30, 1, 1e-5);
  c.tie_word_embeddings = fields.boolean("tie_word_embeddings", true);
  c.initializer_range = fields.number("initializer_range", 0, 100, 0.02);
  const std::int64_t last = c.vocab_size - 1;
  const auto bos = read_token_ids(fields, "bos_token_id", c.vocab_size, {});
  c.bos_token_id = bos.empty() ? std::min<std::int64_t>(50256, last) : bos.front();
  c.eos_token_id = read_token_ids(fields, "eos_token_id", c.vocab_size, {std::min<std::int64_t>(50256, last)});
  const std::string activation = fields.text("activation_function", "gelu_new");
  if (activation != "gelu_new" && activation != "gelu_pytorch_tanh") {
    fields.refuse("activation_function", "\"gelu_new\"");
  }
  read_only(fields, "scale_attn_weights", true);
  for (const char* name : {"scale_attn_by_inverse_layer_idx", "add_cross_attention"}) read_only(fields, name, false);
  // The dropout of its pre-training, how numbers are rounded, and the settings of other tasks and of older versions.
  ignore_keys(fields, {"attn_pdrop", "embd_pdrop", "resid_pdrop", "reorder_and_upcast_attn", "n_ctx", "n_special",
                       "predict_special_tokens", "summary_activation", "summary_first_dropout",
                       "summary_proj_to_labels", "summary_type", "summary_use_proj"});
  c.check(fields.where());
  return c;
}

Json::Object Gpt2Config::to_json() const {
  return {{"architectures", Json::Array{"GPT2LMHeadModel"}},
          {"model_type", "gpt2"},
          {"vocab_size", vocab_size},
          {"n_positions", n_positions},
          {"n_embd", n_embd},
          {"n_layer", n_layer},
          {"n_head", n_head},
          {"n_inner", n_inner},
          {"activation_function", "gelu_new"},
          {"layer_norm_epsilon", layer_norm_epsilon},
          {"tie_word_embeddings", tie_word_embeddings},
          {"initializer_range", initializer_range},
          {"bos_token_id", bos_token_id},
          {"eos_token_id", token_ids_json(eos_token_id)}};
}

CausalLmConfig Gpt2Config::causal_lm() const {
  return {.model_type = "gpt2",
          .vocab_size = vocab_size,
          .num_hidden_layers = n_layer,
          .attention = {.heads = n_head, .key_heads = n_head, .head_dim = n_embd / n_head},
          .max_position_embeddings = n_positions,
          .learned_positions = true,
          .bos_token_id = bos_token_id,
          .eos_token_id = eos_token_id};
}

void Gpt2Config::check(const std::string& where) const {
  check_size("n_embd", n_embd, 1 << 20, where);
  check_size("n_inner", n_inner, 1 << 22, where);
  check_size("n_head", n_head, n_embd, where);
  adora::check(n_embd % n_head == 0, "{}: n_embd ({}) must be a multiple of n_head ({})", where, n_embd, n_head);
  adora::check(layer_norm_epsilon > 0 && layer_norm_epsilon < 1,
               "{}: layer_norm_epsilon must lie between 0 and 1, not {}", where, layer_norm_epsilon);
  check_causal_lm_config(causal_lm(), where);
}

Gpt2Attention::Gpt2Attention(const Gpt2Config& c, Generator& g, WeightOptions options)
    : c_attn(c.n_embd, 3 * c.n_embd, g, options_for(c, options)),
      c_proj(c.n_embd, c.n_embd, g, options_for(c, options)),
      settings_(c.causal_lm().attention) {
  child("c_attn", c_attn);
  child("c_proj", c_proj);
}

Tensor Gpt2Attention::operator()(const Tensor& x, const AttentionContext& context) const {
  return noted_call(*this, [&] {
    const Tensor all = c_attn(x);
    const std::int64_t width = all.size(-1) / 3;
    auto part = [&](std::int64_t i) { return slice(all, -1, i * width, (i + 1) * width); };
    return c_proj(attend(part(0), part(1), part(2), settings_, context));
  });
}

Gpt2Mlp::Gpt2Mlp(const Gpt2Config& c, Generator& g, WeightOptions options)
    : c_fc(c.n_embd, c.n_inner, g, options_for(c, options)), c_proj(c.n_inner, c.n_embd, g, options_for(c, options)) {
  child("c_fc", c_fc);
  child("c_proj", c_proj);
}

Tensor Gpt2Mlp::operator()(const Tensor& x) const {
  return noted_call(*this, [&] { return c_proj(gelu_tanh(c_fc(x))); });
}

Gpt2Block::Gpt2Block(const Gpt2Config& c, Generator& g, WeightOptions options)
    : ln_1(c.n_embd, c.layer_norm_epsilon, norm_options(options)),
      attn(c, g, options),
      ln_2(c.n_embd, c.layer_norm_epsilon, norm_options(options)),
      mlp(c, g, options) {
  child("ln_1", ln_1);
  child("attn", attn);
  child("ln_2", ln_2);
  child("mlp", mlp);
}

ResidualStream Gpt2Block::operator()(const ResidualStream& stream, const AttentionContext& context) const {
  return noted_call(
      *this,
      [&] {
        const Tensor x = stream.sum();
        const Tensor y = x + attn(ln_1(x), context);
        return ResidualStream{y, mlp(ln_2(y))};
      },
      [](const ResidualStream& y) { return y.x; });
}

Gpt2Model::Gpt2Model(const Gpt2Config& c, Generator& g, WeightOptions options)
    : wte(c.vocab_size, c.n_embd, g, options, c.initializer_range),
      wpe(c.n_positions, c.n_embd, g, options, c.initializer_range),
      ln_f(c.n_embd, c.layer_norm_epsilon, norm_options(options)) {
  child("wte", wte);
  child("wpe", wpe);
  for (std::int64_t i = 0; i < c.n_layer; ++i) h.push_back(std::make_unique<Gpt2Block>(c, g, options));
  children("h", h);
  child("ln_f", ln_f);
}

Gpt2::Gpt2(const Gpt2Config& config, ModelOptions options) : Gpt2(config, options, Generator(options.seed)) {}

Gpt2::Gpt2(const Gpt2Config& config, ModelOptions options, Generator generator)
    : CausalLm(checked(config)),
      transformer(config, generator, {options.dtype, options.device}),
      lm_head(config.n_embd, config.vocab_size, generator,
              {.bias = false,
               .deviation = config.initializer_range,
               .dtype = options.dtype,
               .device = config.tie_word_embeddings ? meta : options.device}),
      gpt2_config_(config) {
  if (config.tie_word_embeddings) lm_head.weight = transformer.wte.weight;
  child("transformer", transformer);
  child("lm_head", lm_head);
}

Tensor Gpt2::embed(const Tensor& tokens, const KvCache::Step* step) const {
  const Embedding& wpe = transformer.wpe;
  const std::int64_t length = tokens.size(-1);
  const Tensor positions = step             ? wpe(step->positions)
                           : wpe.adapters() ? wpe(arange(length, int64, wpe.device()))
                                            : slice(wpe.weight, 0, 0, length);
  return transformer.wte(tokens) + positions;
}

ResidualStream Gpt2::run_block(std::size_t number, const ResidualStream& stream,
                               const AttentionContext& context) const {
  return (*transformer.h[number])(stream, context);
}

Json::Object Gpt2::config_json() const {
  Gpt2Config config = gpt2_config_;
  config.tie_word_embeddings = is_tied();
  return config.to_json();
}

namespace {

const std::string prefix = "transformer.";

/// Whether Hugging Face stores the weight as [in, out].
bool is_stored_transposed(const std::string& name) {
  for (const char* layer : {"c_attn.weight", "c_proj.weight", "c_fc.weight"})
    if (name.ends_with(layer)) return true;
  return false;
}

/// Masks that older versions saved.
bool is_mask(const std::string& name) { return name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias"); }

}  // namespace

StateDict Gpt2::from_hugging_face(StateDict tensors) const {
  StateDict result;
  for (const auto& [name, x] : tensors) {
    if (is_mask(name)) continue;
    // The published files were saved without the output layer, and so without the prefix.
    const bool bare = !name.starts_with(prefix) && !name.starts_with("lm_head.");
    result[bare ? prefix + name : name] = is_stored_transposed(name) && x.ndim() == 2 ? transpose(x) : x;
  }
  return result;
}

StateDict Gpt2::to_hugging_face(StateDict tensors) const {
  for (auto& [name, x] : tensors)
    if (is_stored_transposed(name)) x = transpose(x);
  return tensors;
}

namespace {

const RegisterModelFamily registered{
    {.model_type = "gpt2",
     .architecture = "GPT2LMHeadModel",
     .make = [](JsonFields& config, const ModelOptions& options) -> std::unique_ptr<CausalLm> {
       return std::make_unique<Gpt2>(Gpt2Config::from_json(config), options);
     }}};

}  // namespace

}  // namespace adora
