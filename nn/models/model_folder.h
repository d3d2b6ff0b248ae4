#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "causal_lm.h"

namespace adora {

class GgufModel;

/// A model's config.json; `path` is the file or the folder it is in, or a GGUF file that says the same.
Json read_model_config(const std::string& path);

/// The tensors of a Hugging Face folder: model.safetensors, or the files that model.safetensors.index.json
/// names. They are views of the mapped files. Throws `Error` naming file and tensor where the index and the files don't
/// agree, the index leads out of the folder, or a number is not finite. Of a GGUF file the same under Hugging Face's
/// names, what is quantized in it in float32.
StateDict read_model_tensors(const std::string& folder);

/// A language model in a Hugging Face folder or a GGUF file, of any family that is known. Texts end at the eos_token_id
/// of generation_config.json where there is one, as in transformers, and at config.json's otherwise. Opening it reads
/// and checks the configuration and the weights, which stay on disk; `load` gives a model with the weights as often as
/// one is needed.
class ModelFolder {
 public:
  /// Throws `Error` naming the file and the field or the tensor.
  explicit ModelFolder(const std::string& path);

  const std::string& path() const { return path_; }
  const CausalLmConfig& config() const { return shapes_->config(); }
  /// The content of its config.json.
  const Json& config_json() const { return config_json_; }
  /// The model on the shape-only device.
  std::unique_ptr<CausalLm> shapes() const;
  /// With the weights in one dtype, on a device.
  std::unique_ptr<CausalLm> load(WeightOptions options = {}) const;
  /// The narrowest dtype that holds the numbers of all weights.
  DType widest_dtype() const;
  /// In which dtype each weight is stored, by its name in state_dict(); float32 where it is quantized in a GGUF file.
  std::map<std::string, DType> dtypes() const;
  /// The GGUF file; none where it is a folder.
  const GgufModel* gguf() const { return gguf_.get(); }
  /// The files beside the weights and their configuration, such as a tokenizer's, by name; of a GGUF file those that
  /// say the same as its tokenizer (gguf_tokenizer.h).
  std::map<std::string, std::string> companions() const;

 private:
  StateDict matched(const StateDict& tensors) const;

  std::string path_;
  std::shared_ptr<const GgufModel> gguf_;
  Json config_json_;
  Json computed_;  ///< the same with the stop tokens of generation_config.json
  std::unique_ptr<const CausalLm> shapes_;
  /// Under the model's names: views of the mapped files, or of a GGUF file, whose numbers `load` makes, only the
  /// shapes.
  StateDict weights_;
};

/// The model in a Hugging Face folder or a GGUF file; as ModelFolder.
std::unique_ptr<CausalLm> load_model(const std::string& path, WeightOptions options = {});

struct SaveModelOptions {
  /// The config.json that the model was made of, for the keys that say nothing about what it computes and for the form
  /// of the others: what is written differs from it in the weights' dtype, and where an output layer is tied no more.
  /// Null: what the model itself says.
  Json config = {};
  /// Files that go with the model (a tokenizer's), by name. Where there are any, those of an earlier model in the
  /// folder are removed.
  std::map<std::string, std::string> companions = {};
  /// Weights in other dtypes than the model's, by their names in state_dict(); an output layer that is not among them
  /// is saved in the embedding's.
  std::map<std::string, DType> dtypes = {};
  /// Further files of the folder to be removed, when the new ones take their places.
  std::vector<std::string> obsolete = {};
};

/// Writes model.safetensors, the companions and config.json as Hugging Face stores them, all or none (see
/// FolderWriter); an index of an earlier model of several files is removed, and the files with it. The folder is made
/// where it isn't there. Throws `NotFinite`, and writes nothing, where a number is not finite.
void save_model(const CausalLm& model, const std::string& folder, const SaveModelOptions& options = {});

/// Whether the weights in the folder are of save_model, and not downloaded or of another program.
bool was_written_here(const std::string& folder);

/// The files beside weights and configuration that a model's folder may hold.
const std::vector<std::string>& companion_files();

}  // namespace adora
