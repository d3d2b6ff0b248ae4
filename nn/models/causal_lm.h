#pragma once
#include <string>
#include <vector>

#include "../../ops/loss.h"
#include "../hugging_face_form.h"
#include "../io/json.h"
#include "../layers/embedding.h"
#include "../layers/linear.h"
#include "attention.h"
#include "kv_cache.h"

namespace adora {

/// How the fresh weights of a model are made.
struct ModelOptions {
  DType dtype = float32;
  Device device = default_device();
  std::uint64_t seed = 0;
};

/// The sizes that every family of language models has; most names are Hugging Face's.
struct CausalLmConfig {
  std::string model_type;  ///< of its family: "llama"
  std::int64_t vocab_size = 0;
  std::int64_t num_hidden_layers = 0;
  AttentionSettings attention = {};
  std::int64_t max_position_embeddings = 0;  ///< the tokens of the longest text that it was trained on
  bool learned_positions = false;            ///< positions have weights: longer texts can't be computed
  std::int64_t bos_token_id = 0;
  std::vector<std::int64_t> eos_token_id = {};
  double final_logit_softcapping = 0;  ///< logits become c·tanh(logit / c); 0: stay
};

/// Throws `Error` beginning with `where` unless the sizes are possible and go together.
void check_causal_lm_config(const CausalLmConfig& config, const std::string& where);

/// Throws `Error` "`where`: `name` must be an integer from 1 to `high`, not …" where it isn't.
void check_size(const char* name, std::int64_t value, std::int64_t high, const std::string& where);

/// The residual stream between two blocks: x and what the last block adds to it, which the next norm does in the pass
/// that it makes anyway.
struct ResidualStream {
  Tensor x;
  Tensor update = {};  ///< undefined: nothing

  Tensor sum() const;
};

/// A decoder-only transformer that gives each token's successor a logit for every token of the vocabulary. A family
/// says how its parts go together (the protected functions); what is asked of all of them is here.
///
/// Rows shorter than a batch's longest are padded on the right with any token: attention looks back only, so that no
/// padding is ever seen by what counts.
class CausalLm : public Module, public HuggingFaceForm {
 public:
  const CausalLmConfig& config() const { return config_; }
  /// Where it computes, and its results lie. Tokens and targets may lie elsewhere: they are moved.
  Device device() const;
  /// The dtype of the embedding's weight.
  DType dtype() const;

  /// tokens [B, T] int64; result [B, T, width], normalized, ready for the output layer. With `texts` the one row, of B
  /// = 1, holds texts of these lengths one after the other, which are computed as if each were alone: nothing is
  /// padded.
  Tensor hidden(const Tensor& tokens, const TextLengths& texts = {}) const;
  /// [B, T, vocabulary]
  Tensor logits(const Tensor& tokens) const;
  /// The cross-entropy of the logits with targets [B, T], where ignored ones don't count. The logits are never whole in
  /// memory (unless the output layer itself has an adapter or is quantized, or logits are capped).
  /// `texts` as of `hidden`.
  Tensor loss(const Tensor& tokens, const Tensor& targets, const CrossEntropyOptions& options = {},
              const TextLengths& texts = {}) const;

  /// An empty cache for `rows` texts of at most `capacity` tokens. It takes memory only as they grow.
  KvCache make_cache(std::int64_t rows, std::int64_t capacity) const;
  /// Neither of the following is recorded, whatever wants a gradient.
  /// Reads on: tokens [rows, T], of which the first lengths[i] of row i are meant, follow those in the cache, which are
  /// equally many in each row (an empty cache: none). The logits after each row's last token, [rows, vocabulary].
  Tensor prefill(const Tensor& tokens, const std::vector<std::int64_t>& lengths, KvCache& cache) const;
  /// One token more for some rows of the cache: tokens [n] and the rows they continue, none twice. The logits after
  /// them, [n, vocabulary].
  Tensor decode(const Tensor& tokens, const std::vector<std::int64_t>& rows, KvCache& cache) const;

  /// Computes each block anew in the backward pass rather than keeping what it made: less memory, more time; the
  /// gradients are the same.
  void set_gradient_checkpointing(bool on) { gradient_checkpointing_ = on; }

  /// Whether the output layer's weight is the embedding's. An adapter folded into the output layer ends that.
  bool is_tied() const;
  virtual const Embedding& token_embedding() const = 0;
  /// Makes logits of what `hidden` gives.
  virtual const Linear& output_layer() const = 0;
  /// state_dict() as files have it: without an output layer that is the embedding under another name.
  StateDict stored_weights() const;
  /// The content of its config.json, without the weights' dtype.
  virtual Json::Object config_json() const = 0;

 protected:
  /// Checks the config first.
  explicit CausalLm(CausalLmConfig config);

  /// The first block's x, with what it says of positions: tokens [B, T], from position 0, or of the
  /// positions of a step: [n] tokens of n rows, or [B, n] of every row, whose `rows` are undefined then.
  virtual Tensor embed(const Tensor& tokens, const KvCache::Step* step) const;
  virtual ResidualStream run_block(std::size_t number, const ResidualStream& stream,
                                   const AttentionContext& context) const = 0;
  /// How a block's attention is done, where it differs from block to block.
  virtual AttentionSettings attention_of(std::size_t) const { return config_.attention; }
  /// The norm after the last block.
  virtual Tensor final_norm(const ResidualStream& stream) const = 0;

 private:
  Tensor logits_of(const Tensor& normalized) const;
  Tensor embed_texts(const Tensor& tokens, const TextLengths& texts) const;
  ResidualStream run_recorded(std::size_t number, const ResidualStream& stream, const AttentionContext& context) const;
  void check_length(const char* what, std::int64_t tokens) const;
  std::size_t blocks() const { return static_cast<std::size_t>(config_.num_hidden_layers); }

  CausalLmConfig config_;
  bool gradient_checkpointing_ = false;
};

}  // namespace adora
