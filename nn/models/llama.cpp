#include "llama.h"

#include <algorithm>
#include <cmath>

#include "../../autograd/checkpoint.h"
#include "../../autograd/grad_mode.h"
#include "../../ops/arithmetic.h"
#include "../../ops/attention.h"
#include "../../ops/creation.h"
#include "../../ops/decode_attention.h"
#include "../../ops/rope.h"
#include "../../ops/swiglu.h"
#include "../../ops/view.h"

namespace adora {
namespace {

LinearOptions options_for(const LlamaConfig& config, WeightOptions options, bool bias) {
  return {.bias = bias, .deviation = config.initializer_range, .dtype = options.dtype, .device = options.device};
}

const LlamaConfig& checked(const LlamaConfig& config) {
  check_llama_config(config, "Llama");
  return config;
}

void check_tokens(const char* what, const Tensor& tokens, int ndim) {
  check(tokens.defined() && tokens.ndim() == ndim && tokens.dtype() == int64,
        "Llama::{}: tokens must be int64 with {} dimensions, not {}", what, ndim, describe(tokens));
}

}  // namespace

LlamaAttention::LlamaAttention(const LlamaConfig& c, Generator& g, WeightOptions options)
    : q_proj(c.hidden_size, c.num_attention_heads * c.head_dim, g, options_for(c, options, c.attention_bias)),
      k_proj(c.hidden_size, c.num_key_value_heads * c.head_dim, g, options_for(c, options, c.attention_bias)),
      v_proj(c.hidden_size, c.num_key_value_heads * c.head_dim, g, options_for(c, options, c.attention_bias)),
      o_proj(c.num_attention_heads * c.head_dim, c.hidden_size, g, options_for(c, options, c.attention_bias)),
      heads_(c.num_attention_heads),
      kv_heads_(c.num_key_value_heads),
      head_dim_(c.head_dim),
      theta_(c.rope_theta) {
  child("q_proj", q_proj);
  child("k_proj", k_proj);
  child("v_proj", v_proj);
  child("o_proj", o_proj);
}

Tensor LlamaAttention::operator()(const Tensor& x, KvCache::Layer* cache) const {
  std::int64_t batch = x.size(0), tokens = x.size(1);
  auto by_head = [&](const Tensor& y, std::int64_t heads) {
    return transpose(reshape(y, {batch, tokens, heads, head_dim_}), 1, 2);
  };
  Tensor q = rope(by_head(q_proj(x), heads_), {.theta = theta_});
  Tensor k = rope(by_head(k_proj(x), kv_heads_), {.theta = theta_});
  Tensor v = by_head(v_proj(x), kv_heads_);
  if (cache) {
    copy_(slice(cache->keys, 2, 0, tokens), k);
    copy_(slice(cache->values, 2, 0, tokens), v);
  }
  Tensor y = scaled_dot_product_attention(q, k, v, {.causal = true});
  return o_proj(reshape(transpose(y, 1, 2), {batch, tokens, heads_ * head_dim_}));
}

Tensor LlamaAttention::decode(const Tensor& x, const KvCache::Step& step, KvCache::Layer& cache) const {
  std::int64_t n = x.size(0);
  Tensor q = reshape(q_proj(x), {n, heads_, head_dim_});
  Tensor k = reshape(k_proj(x), {n, kv_heads_, head_dim_});
  Tensor v = reshape(v_proj(x), {n, kv_heads_, head_dim_});
  Tensor y = detail::decode_attention_at(q, k, v, step.rotations, cache.keys, cache.values, step.rows, step.positions,
                                         1 / std::sqrt(static_cast<double>(head_dim_)));
  return o_proj(reshape(y, {n, heads_ * head_dim_}));
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

Tensor ResidualStream::sum() const { return update.defined() ? x + update : x; }

ResidualStream LlamaBlock::operator()(const ResidualStream& stream, KvCache::Layer* cache) const {
  SumAndNorm in = input_layernorm.add(stream.x, stream.update);
  SumAndNorm seen = post_attention_layernorm.add(in.sum, self_attn(in.norm, cache));
  return {seen.sum, mlp(seen.norm)};
}

ResidualStream LlamaBlock::decode(const ResidualStream& stream, const KvCache::Step& step,
                                  KvCache::Layer& cache) const {
  SumAndNorm in = input_layernorm.add(stream.x, stream.update);
  SumAndNorm seen = post_attention_layernorm.add(in.sum, self_attn.decode(in.norm, step, cache));
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

Llama::Llama(const LlamaConfig& config, LlamaOptions options) : Llama(config, options, Generator(options.seed)) {}

Llama::Llama(const LlamaConfig& config, LlamaOptions options, Generator generator)
    : model(checked(config), generator, {options.dtype, options.device}),
      // A tied output layer takes over the embedding's weight below: none of its own is ever made.
      lm_head(config.hidden_size, config.vocab_size, generator,
              options_for(config, {options.dtype, config.tie_word_embeddings ? meta : options.device}, false)),
      config_(config) {
  if (config.tie_word_embeddings) lm_head.weight = model.embed_tokens.weight;
  child("model", model);
  child("lm_head", lm_head);
}

ResidualStream Llama::run_block(const LlamaBlock& block, const ResidualStream& stream) const {
  if (!gradient_checkpointing_ || !grad_enabled()) return block(stream);
  // One tensor is kept for each block, not two.
  Tensors out = checkpoint(
      [&block](const Tensors& inputs) {
        ResidualStream next = block({inputs[0]});
        return Tensors{next.x, next.update};
      },
      Tensors{stream.sum()});
  return {out[0], out[1]};
}

Tensor Llama::hidden(const Tensor& tokens) const {
  check_tokens("hidden", tokens, 2);
  ResidualStream stream{model.embed_tokens(adora::to(tokens, device()))};
  for (const auto& block : model.layers) stream = run_block(*block, stream);
  return model.norm.add(stream.x, stream.update).norm;
}

Tensor Llama::logits(const Tensor& tokens) const { return lm_head(hidden(tokens)); }

Tensor Llama::loss(const Tensor& tokens, const Tensor& targets, const CrossEntropyOptions& options) const {
  check(targets.defined() && tokens.defined() && targets.shape() == tokens.shape(),
        "Llama::loss: targets {} must have the shape of the tokens {}", describe(targets), describe(tokens));
  Tensor x = hidden(tokens);
  Tensor rows = reshape(x, {tokens.numel(), x.size(-1)}),
         flat = reshape(adora::to(targets, device()), {tokens.numel()});
  if (lm_head.adapter() || lm_head.is_quantized()) return cross_entropy(lm_head(rows), flat, options);
  return linear_cross_entropy(rows, lm_head.weight, flat, options);
}

KvCache Llama::make_cache(std::int64_t rows, std::int64_t capacity) const {
  constexpr std::int64_t most_rows = 1 << 24, most_tokens = std::int64_t{1} << 48;
  check(rows >= 0 && rows <= most_rows && capacity >= 0 && capacity <= most_tokens,
        "Llama::make_cache: there can't be {} rows of {} tokens", rows, capacity);
  const Tensor& like = model.embed_tokens.weight;
  std::int64_t d = config_.head_dim;
  KvCache cache;
  cache.capacity = capacity;
  cache.lengths.assign(static_cast<std::size_t>(rows), 0);
  for (std::int64_t i = 0; i < config_.num_hidden_layers; ++i) {
    auto nothing = [&] { return empty_like(like, {rows, config_.num_key_value_heads, 0, d}); };
    cache.layers.push_back({nothing(), nothing()});
  }
  cache.rope_theta = config_.rope_theta;
  cache.rotations = empty({0, d}, like.dtype() == float64 ? float64 : float32, like.device());
  return cache;
}

Tensor Llama::prefill(const Tensor& tokens, const std::vector<std::int64_t>& lengths, KvCache& cache) const {
  NoGrad no_grad;
  check_tokens("prefill", tokens, 2);
  std::int64_t rows = tokens.size(0), longest = tokens.size(1);
  check(cache.layers.size() == model.layers.size(), "Llama::prefill: the cache has {} layers and the model {}",
        cache.layers.size(), model.layers.size());
  check(lengths.size() == cache.lengths.size() && static_cast<std::int64_t>(lengths.size()) == rows &&
            std::all_of(cache.lengths.begin(), cache.lengths.end(), [](std::int64_t n) { return n == 0; }),
        "Llama::prefill: {} rows of tokens and {} lengths for a cache of {} rows, which must be empty", rows,
        lengths.size(), cache.lengths.size());
  check(longest <= cache.capacity, "Llama::prefill: {} tokens are more than the cache's {}", longest, cache.capacity);
  cache.make_room(longest);
  ResidualStream stream{model.embed_tokens(adora::to(tokens, device()))};
  for (std::size_t i = 0; i < model.layers.size(); ++i) stream = (*model.layers[i])(stream, &cache.layers[i]);
  Tensor x = stream.sum();
  Tensor last = empty_like(x, {rows, x.size(-1)});
  for (std::int64_t i = 0; i < rows; ++i) {
    std::int64_t length = lengths[static_cast<std::size_t>(i)];
    check(length > 0 && length <= longest, "Llama::prefill: row {} cannot have {} of {} tokens", i, length, longest);
    copy_(select(last, 0, i), select(select(x, 0, i), 0, length - 1));
  }
  cache.lengths = lengths;
  return lm_head(model.norm(last));
}

Tensor Llama::decode(const Tensor& tokens, const std::vector<std::int64_t>& rows, KvCache& cache) const {
  NoGrad no_grad;
  check_tokens("decode", tokens, 1);
  check(cache.layers.size() == model.layers.size(), "Llama::decode: the cache has {} layers and the model {}",
        cache.layers.size(), model.layers.size());
  check(static_cast<std::int64_t>(rows.size()) == tokens.numel(), "Llama::decode: {} tokens for {} rows",
        tokens.numel(), rows.size());
  std::vector<std::int64_t> positions;
  for (std::int64_t row : rows) {
    check(row >= 0 && row < static_cast<std::int64_t>(cache.lengths.size()), "Llama::decode: the cache has no row {}",
          row);
    check(std::count(rows.begin(), rows.end(), row) == 1, "Llama::decode: row {} is named twice", row);
    std::int64_t length = cache.lengths[static_cast<std::size_t>(row)];
    check(length < cache.capacity, "Llama::decode: row {} has filled the cache's {} tokens", row, cache.capacity);
    positions.push_back(length);
  }
  if (!positions.empty()) cache.make_room(*std::max_element(positions.begin(), positions.end()) + 1);
  std::int64_t n = tokens.numel();
  KvCache::Step step{adora::to(tensor(rows, {n}), device()), adora::to(tensor(positions, {n}), device()),
                     cache.rotations};
  ResidualStream stream{model.embed_tokens(adora::to(tokens, device()))};
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    stream = model.layers[i]->decode(stream, step, cache.layers[i]);
  }
  // Only now: an error above leaves the cache as it was.
  for (std::int64_t row : rows) ++cache.lengths[static_cast<std::size_t>(row)];
  return lm_head(model.norm.add(stream.x, stream.update).norm);
}

}  // namespace adora
