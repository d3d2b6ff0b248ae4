#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../../nn/models/llama.h"
#include "../../nn/state_dict.h"
#include "../../nn/text/tokenizer.h"

namespace adora::finetune {

/// Where a model comes from: a Hugging Face folder or the built-in tiny transformer. Opening it reads and checks its
/// configuration and weights; `load` gives a model with the weights as often as one is needed.
class ModelSource {
 public:
  virtual ~ModelSource() = default;
  virtual const LlamaConfig& config() const = 0;
  /// Read when it is first asked for: what deals with token numbers or weights alone needs none. An error naming the
  /// file where there is none, or one that doesn't go with the model.
  virtual const Tokenizer& tokenizer() const = 0;
  virtual std::unique_ptr<Llama> load(WeightOptions options) const = 0;
  /// Writes a complete folder, tokenizer included, with the weights of `model`, which this has loaded.
  /// Removes the files that `obsolete` names, relative to the folder, when the new ones take their places.
  virtual void save(const Llama& model, const std::string& folder,
                    const std::vector<std::string>& obsolete = {}) const = 0;
  /// A model on the CPU in the widest dtype that weights are stored in, so that none is rounded.
  virtual std::unique_ptr<Llama> load_as_stored() const = 0;
  /// The same as `save`, but with every weight in the dtype in which this has it.
  virtual void save_as_stored(const Llama& model, const std::string& folder) const = 0;
  /// For an adapter's configuration; a folder's in full, so that it is the same wherever a run is gone on with.
  virtual std::string name() const = 0;
};

/// `model` is a folder or "tiny"; the latter's first `load` pre-trains it on its device, with a progress bar, where the
/// cache has none.
std::unique_ptr<ModelSource> open_model(const std::string& model);

/// The words of a tokenizer that has one token a word, in a model's folder.
inline constexpr const char* vocabulary_file = "vocabulary.txt";

/// The files, beside the weights and their configuration, that a model's folder may hold.
const std::vector<std::string>& companion_files();

/// A model with weights, converted to the dtype and moved to the device.
std::unique_ptr<Llama> make_model(const LlamaConfig& config, const StateDict& weights, WeightOptions options);
/// config.json and model.safetensors, and the files, by name, that go with them; weights in the dtypes of those of the
/// same name in `stored`, and in the model's where there is none. Where there are companions, those of an earlier model
/// in the folder are removed, as is what `obsolete` names.
void write_model(const Llama& model, const std::string& folder, const std::map<std::string, std::string>& companions,
                 const StateDict& stored = {}, std::vector<std::string> obsolete = {});

}  // namespace adora::finetune
