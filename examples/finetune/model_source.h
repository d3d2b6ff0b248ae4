#pragma once
#include <memory>
#include <string>
#include <vector>

#include "../../nn/models/causal_lm.h"
#include "../../nn/text/chat_template.h"
#include "../../nn/text/tokenizer.h"

namespace adora::finetune {

/// Where a model comes from: a Hugging Face folder, a GGUF file or the built-in tiny transformer. Opening it reads and
/// checks its configuration and weights; `load` gives a model with the weights as often as one is needed.
class ModelSource {
 public:
  virtual ~ModelSource() = default;
  virtual const CausalLmConfig& config() const = 0;
  /// Read when it is first asked for: what deals with token numbers or weights alone needs none. An error naming the
  /// file where there is none, or one that doesn't go with the model.
  virtual const Tokenizer& tokenizer() const = 0;
  /// The template of its chats, or the one in `file` with the texts of its special tokens. An error saying where it was
  /// looked for where there is none.
  virtual ChatTemplate chat_template(const std::string& file = {}) const = 0;
  /// The model on the shape-only device.
  virtual std::unique_ptr<CausalLm> shapes() const = 0;
  virtual std::unique_ptr<CausalLm> load(WeightOptions options) const = 0;
  /// Writes a complete folder, tokenizer included, with the weights of `model`, which this has loaded.
  /// Removes the files that `obsolete` names, relative to the folder, when the new ones take their places.
  virtual void save(const CausalLm& model, const std::string& folder,
                    const std::vector<std::string>& obsolete = {}) const = 0;
  /// A model on the CPU in the widest dtype that weights are stored in, so that none is rounded.
  virtual std::unique_ptr<CausalLm> load_as_stored() const = 0;
  /// The same as `save`, but with every weight in the dtype in which this has it.
  virtual void save_as_stored(const CausalLm& model, const std::string& folder) const = 0;
  /// Writes a GGUF file of the model, whose matrices are of ggml's `type`, with the tokenizer of this. An error where
  /// the tokenizer or the model's family has no such form.
  virtual void save_gguf(const CausalLm& model, const std::string& file, const std::string& type) const = 0;
  /// For an adapter's configuration; a folder's in full, so that it is the same wherever a run is gone on with.
  virtual std::string name() const = 0;
};

/// `model` is a folder, a GGUF file or "tiny"; the latter's first `load` pre-trains it on its device, with a progress
/// bar, where the cache has none.
std::unique_ptr<ModelSource> open_model(const std::string& model);

}  // namespace adora::finetune
