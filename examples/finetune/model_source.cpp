#include "model_source.h"

#include <filesystem>

#include "../../autograd/grad_mode.h"
#include "../../nn/io/file.h"
#include "../../nn/models/llama_config_file.h"
#include "../../nn/models/model_folder.h"
#include "../../ops/creation.h"
#include "tiny_model.h"
#include "word_tokenizer.h"

namespace adora::finetune {

namespace {

namespace fs = std::filesystem;

DType widest_dtype(const StateDict& weights) {
  // float16 and bfloat16 in one file: only float32 holds the numbers of both.
  DType widest = weights.begin()->second.dtype();
  for (const auto& [name, weight] : weights) {
    const DType dtype = weight.dtype();
    if (dtype == widest) continue;
    widest = dtype == float64 || widest == float64 ? float64 : float32;
  }
  return widest;
}

class FolderModel final : public ModelSource {
 public:
  explicit FolderModel(const std::string& folder) : folder_(folder), config_(read_llama_config(folder)) {
    weights_ = read_llama_tensors(folder, config_);
  }

  const LlamaConfig& config() const override { return config_; }
  std::string name() const override { return fs::absolute(folder_).string(); }

  const Tokenizer& tokenizer() const override {
    if (tokenizer_) return *tokenizer_;
    const std::string words = folder_ + "/" + vocabulary_file;
    auto tokenizer = file_exists(words) && !file_exists(folder_ + "/tokenizer.model")
                         ? WordTokenizer::load(words)
                         : Tokenizer::load(folder_, config_.vocab_size);
    check(tokenizer->size() <= config_.vocab_size, "{}: the tokenizer has {} tokens, the model {}", folder_,
          tokenizer->size(), config_.vocab_size);
    tokenizer_ = std::move(tokenizer);
    return *tokenizer_;
  }

  std::unique_ptr<Llama> load(WeightOptions options) const override { return make_model(config_, weights_, options); }
  void save(const Llama& model, const std::string& folder, const std::vector<std::string>& obsolete) const override {
    write_model(model, folder, companions(), {}, obsolete);
  }

  std::unique_ptr<Llama> load_as_stored() const override { return load({.dtype = widest_dtype(weights_)}); }
  void save_as_stored(const Llama& model, const std::string& folder) const override {
    write_model(model, folder, companions(), weights_);
  }

 private:
  std::map<std::string, std::string> companions() const {
    std::map<std::string, std::string> files;
    for (const std::string& file : companion_files()) {
      const std::string from = (fs::path(folder_) / file).string();
      if (file_exists(from)) files[file] = MappedFile(from).text();
    }
    return files;
  }

  std::string folder_;
  LlamaConfig config_;
  StateDict weights_;  ///< views of the mapped file
  mutable std::unique_ptr<Tokenizer> tokenizer_;
};

}  // namespace

const std::vector<std::string>& companion_files() {
  static const std::vector<std::string> files = {"tokenizer.model",
                                                 "tokenizer.json",
                                                 "tokenizer_config.json",
                                                 "special_tokens_map.json",
                                                 "added_tokens.json",
                                                 "generation_config.json",
                                                 "chat_template.jinja",
                                                 "chat_template.json",
                                                 "vocab.json",
                                                 "merges.txt",
                                                 vocabulary_file};
  return files;
}

std::unique_ptr<Llama> make_model(const LlamaConfig& config, const StateDict& weights, WeightOptions options) {
  // Memory for the weights is taken by load_state_dict, once.
  auto model = std::make_unique<Llama>(config, LlamaOptions{.dtype = options.dtype, .device = meta});
  model->load_state_dict(weights);
  model->to(options.device);
  return model;
}

void write_model(const Llama& model, const std::string& folder, const std::map<std::string, std::string>& companions,
                 const StateDict& stored, std::vector<std::string> obsolete) {
  StateDict weights = model.state_dict();
  LlamaConfig config = model.config();
  if (config.tie_word_embeddings) {
    // An adapter that was folded into the output layer has given it a weight of its own.
    const auto head = weights.find("lm_head.weight");
    config.tie_word_embeddings =
        head == weights.end() || head->second.storage() == weights.at("model.embed_tokens.weight").storage();
    if (config.tie_word_embeddings && head != weights.end()) weights.erase(head);
  }
  NoGrad no_grad;
  for (auto& [name, weight] : weights) {
    // An output layer that was tied has none in the files.
    const auto found = stored.find(stored.contains(name) ? name : "model.embed_tokens.weight");
    if (found != stored.end()) weight = to(weight, found->second.dtype());
  }
  // Without a tokenizer of its own the model may have been given one by hand.
  if (!companions.empty())
    for (const std::string& file : companion_files())
      if (!companions.contains(file)) obsolete.push_back(file);
  write_model_folder(folder, config, weights, companions, obsolete);
}

std::unique_ptr<ModelSource> open_model(const std::string& model) {
  if (model == "tiny") return open_tiny_model();
  check(is_folder(model), "--model {}: there is no such folder", model);
  return std::make_unique<FolderModel>(model);
}

}  // namespace adora::finetune
