#include "causal_lm.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "../../autograd/checkpoint.h"
#include "../../autograd/grad_mode.h"
#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../../ops/elementwise/softcap.h"
#include "../../ops/join.h"
#include "../../ops/view.h"

namespace adora {
namespace {

void check_tokens(const char* what, const Tensor& tokens, int ndim) {
  check(tokens.defined() && tokens.ndim() == ndim && tokens.dtype() == int64,
        "CausalLm::{}: tokens must be int64 with {} dimensions, not {}", what, ndim, describe(tokens));
}

}  // namespace

void check_size(const char* name, std::int64_t value, std::int64_t high, const std::string& where) {
  check(value >= 1 && value <= high, "{}: {} must be an integer from 1 to {}, not {}", where, name, high, value);
}

void check_causal_lm_config(const CausalLmConfig& c, const std::string& where) {
  auto within = [&](const char* name, std::int64_t value, std::int64_t high) { check_size(name, value, high, where); };
  within("vocab_size", c.vocab_size, std::int64_t{1} << 24);
  within("num_hidden_layers", c.num_hidden_layers, 4096);
  within("num_attention_heads", c.attention.heads, 1 << 14);
  within("num_key_value_heads", c.attention.key_heads, c.attention.heads);
  within("head_dim", c.attention.head_dim, 1 << 14);
  within("max_position_embeddings", c.max_position_embeddings, std::int64_t{1} << 31);
  check(c.attention.heads % c.attention.key_heads == 0,
        "{}: num_attention_heads ({}) must be a multiple of num_key_value_heads ({})", where, c.attention.heads,
        c.attention.key_heads);
}

Tensor ResidualStream::sum() const { return update.defined() ? x + update : x; }

CausalLm::CausalLm(CausalLmConfig config) : config_(std::move(config)) {
  check_causal_lm_config(config_, config_.model_type);
}

Device CausalLm::device() const { return token_embedding().weight.device(); }
bool CausalLm::is_tied() const {
  const Tensor& head = output_layer().weight;  // undefined where it is quantized
  return head.defined() && head.storage() == token_embedding().weight.storage();
}

StateDict CausalLm::stored_weights() const {
  StateDict weights = state_dict();
  const Tensor& embedding = token_embedding().weight;
  std::erase_if(weights, [&](const auto& one) {
    return !one.second.is(embedding) && one.second.storage() == embedding.storage();
  });
  return weights;
}

DType CausalLm::dtype() const { return token_embedding().weight.dtype(); }

Tensor CausalLm::embed(const Tensor& tokens, const KvCache::Step*) const { return token_embedding()(tokens); }

void CausalLm::check_length(const char* what, std::int64_t tokens) const {
  check(!config_.learned_positions || tokens <= config_.max_position_embeddings,
        "CausalLm::{}: {} tokens are more than the {} that the model has positions for", what, tokens,
        config_.max_position_embeddings);
}

ResidualStream CausalLm::run_recorded(std::size_t number, const ResidualStream& stream,
                                      const AttentionContext& context) const {
  if (!gradient_checkpointing_ || !grad_enabled()) return run_block(number, stream, context);
  // One tensor is kept for each block, not two.
  Tensors out = checkpoint(
      [this, number, context](const Tensors& inputs) {
        ResidualStream next = run_block(number, {inputs[0]}, context);
        return Tensors{next.x, next.update};
      },
      Tensors{stream.sum()});
  return {out[0], out[1]};
}

Tensor CausalLm::embed_texts(const Tensor& tokens, const TextLengths& texts) const {
  if (texts.empty() || !config_.learned_positions) return embed(tokens, nullptr);
  Tensors each;
  for (const Tensor& text : split(tokens, texts, 1)) each.push_back(embed(text, nullptr));
  return cat(each, 1);
}

Tensor CausalLm::hidden(const Tensor& tokens, const TextLengths& texts) const {
  check_tokens("hidden", tokens, 2);
  AttentionContext context;
  if (texts.empty()) {
    check_length("hidden", tokens.size(1));
  } else {
    const std::int64_t shortest = *std::min_element(texts.begin(), texts.end());
    check(tokens.size(0) == 1 && shortest > 0 &&
              std::accumulate(texts.begin(), texts.end(), std::int64_t{0}) == tokens.size(1),
          "CausalLm::hidden: {} texts, the shortest of {} tokens, do not make up {}, which must be their one row",
          texts.size(), shortest, describe(tokens));
    check_length("hidden", *std::max_element(texts.begin(), texts.end()));
    context.texts = std::make_shared<const TextLengths>(texts);
  }
  ResidualStream stream{embed_texts(adora::to(tokens, device()), texts)};
  for (std::size_t i = 0; i < blocks(); ++i) stream = run_recorded(i, stream, context);
  return final_norm(stream);
}

Tensor CausalLm::logits_of(const Tensor& normalized) const {
  const Tensor logits = output_layer()(normalized);
  const double cap = config_.final_logit_softcapping;
  return cap == 0 ? logits : softcap(logits, cap);
}

Tensor CausalLm::logits(const Tensor& tokens) const { return logits_of(hidden(tokens)); }

Tensor CausalLm::loss(const Tensor& tokens, const Tensor& targets, const CrossEntropyOptions& options,
                      const TextLengths& texts) const {
  check(targets.defined() && tokens.defined() && targets.shape() == tokens.shape(),
        "CausalLm::loss: targets {} must have the shape of the tokens {}", describe(targets), describe(tokens));
  Tensor x = hidden(tokens, texts);
  Tensor rows = reshape(x, {tokens.numel(), x.size(-1)}),
         flat = reshape(adora::to(targets, device()), {tokens.numel()});
  const Linear& head = output_layer();
  if (head.adapters() || head.is_quantized() || config_.final_logit_softcapping != 0)
    return cross_entropy(logits_of(rows), flat, options);
  return linear_cross_entropy(rows, head.weight, flat, options);
}

KvCache CausalLm::make_cache(std::int64_t rows, std::int64_t capacity) const {
  constexpr std::int64_t most_rows = 1 << 24, most_tokens = std::int64_t{1} << 48;
  check(rows >= 0 && rows <= most_rows && capacity >= 0 && capacity <= most_tokens,
        "CausalLm::make_cache: there can't be {} rows of {} tokens", rows, capacity);
  check_length("make_cache", capacity);
  const Tensor& like = token_embedding().weight;
  KvCache cache;
  cache.capacity = capacity;
  cache.lengths.assign(static_cast<std::size_t>(rows), 0);
  for (std::size_t i = 0; i < blocks(); ++i) {
    const AttentionSettings s = attention_of(i);
    auto nothing = [&] { return empty_like(like, {rows, s.key_heads, 0, s.head_dim}); };
    const std::int64_t turned = s.rope ? s.rope->settings().dims : 0;
    cache.layers.push_back(
        {nothing(), nothing(), s.rope, empty({0, turned}, like.dtype() == float64 ? float64 : float32, like.device())});
  }
  return cache;
}

Tensor CausalLm::prefill(const Tensor& tokens, const std::vector<std::int64_t>& lengths, KvCache& cache) const {
  NoGrad no_grad;
  check_tokens("prefill", tokens, 2);
  std::int64_t rows = tokens.size(0), longest = tokens.size(1);
  check(cache.layers.size() == blocks(), "CausalLm::prefill: the cache has {} layers and the model {}",
        cache.layers.size(), blocks());
  const std::int64_t before = cache.lengths.empty() ? 0 : cache.lengths.front(), end = before + longest;
  check(lengths.size() == cache.lengths.size() && static_cast<std::int64_t>(lengths.size()) == rows &&
            std::all_of(cache.lengths.begin(), cache.lengths.end(), [&](std::int64_t n) { return n == before; }),
        "CausalLm::prefill: {} rows of tokens and {} lengths for a cache of {} rows, which must be equally long", rows,
        lengths.size(), cache.lengths.size());
  check(end <= cache.capacity, "CausalLm::prefill: {} tokens are more than the cache's {}", end, cache.capacity);
  check_length("prefill", end);
  cache.make_room(end);
  const KvCache::Step step{{}, before > 0 ? slice(arange(end, int64, device()), 0, before, end) : Tensor()};
  ResidualStream stream{embed(adora::to(tokens, device()), before > 0 ? &step : nullptr)};
  for (std::size_t i = 0; i < blocks(); ++i)
    stream = run_block(i, stream, {.cache = &cache.layers[i], .before = before});
  Tensor x = stream.sum();
  Tensor last = empty_like(x, {rows, x.size(-1)});
  for (std::int64_t i = 0; i < rows; ++i) {
    std::int64_t length = lengths[static_cast<std::size_t>(i)];
    check(length > 0 && length <= longest, "CausalLm::prefill: row {} cannot have {} of {} tokens", i, length, longest);
    copy_(select(last, 0, i), select(select(x, 0, i), 0, length - 1));
  }
  for (std::size_t i = 0; i < lengths.size(); ++i) cache.lengths[i] = before + lengths[i];
  return logits_of(final_norm({last}));
}

Tensor CausalLm::decode(const Tensor& tokens, const std::vector<std::int64_t>& rows, KvCache& cache) const {
  NoGrad no_grad;
  check_tokens("decode", tokens, 1);
  check(cache.layers.size() == blocks(), "CausalLm::decode: the cache has {} layers and the model {}",
        cache.layers.size(), blocks());
  check(static_cast<std::int64_t>(rows.size()) == tokens.numel(), "CausalLm::decode: {} tokens for {} rows",
        tokens.numel(), rows.size());
  std::vector<std::int64_t> positions;
  for (std::int64_t row : rows) {
    check(row >= 0 && row < static_cast<std::int64_t>(cache.lengths.size()),
          "CausalLm::decode: the cache has no row {}", row);
    check(std::count(rows.begin(), rows.end(), row) == 1, "CausalLm::decode: row {} is named twice", row);
    std::int64_t length = cache.lengths[static_cast<std::size_t>(row)];
    check(length < cache.capacity, "CausalLm::decode: row {} has filled the cache's {} tokens", row, cache.capacity);
    positions.push_back(length);
  }
  if (!positions.empty()) {
    const std::int64_t longest = *std::max_element(positions.begin(), positions.end()) + 1;
    check_length("decode", longest);
    cache.make_room(longest);
  }
  std::int64_t n = tokens.numel();
  const KvCache::Step step{adora::to(tensor(rows, {n}), device()), adora::to(tensor(positions, {n}), device())};
  ResidualStream stream{embed(adora::to(tokens, device()), &step)};
  for (std::size_t i = 0; i < blocks(); ++i) stream = run_block(i, stream, {&cache.layers[i], &step});
  // Only now: an error above leaves the cache as it was.
  for (std::int64_t row : rows) ++cache.lengths[static_cast<std::size_t>(row)];
  return logits_of(final_norm(stream));
}

}  // namespace adora
