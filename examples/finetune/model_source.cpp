#include "model_source.h"

#include <filesystem>

#include "../../nn/file.h"
#include "../../nn/llama_config_file.h"
#include "../../nn/model_folder.h"
#include "tiny_model.h"
#include "word_tokenizer.h"

namespace adora::finetune {

namespace {

namespace fs = std::filesystem;

// What a folder may hold beside the weights and their configuration.
constexpr const char* companions[] = {"tokenizer.model",         "tokenizer.json",         "tokenizer_config.json",
                                      "special_tokens_map.json", "generation_config.json", vocabulary_file};

class FolderModel final : public ModelSource {
 public:
  explicit FolderModel(const std::string& folder) : folder_(folder), config_(read_llama_config(folder)) {
    weights_ = read_llama_tensors(folder, config_);
    const std::string words = folder + "/" + vocabulary_file;
    tokenizer_ = file_exists(words) && !file_exists(folder + "/tokenizer.model")
                     ? WordTokenizer::load(words)
                     : Tokenizer::load(folder, config_.vocab_size);
    check(tokenizer_->size() <= config_.vocab_size, "{}: the tokenizer has {} tokens, the model {}", folder,
          tokenizer_->size(), config_.vocab_size);
  }

  const LlamaConfig& config() const override { return config_; }
  const Tokenizer& tokenizer() const override { return *tokenizer_; }
  std::string name() const override { return folder_; }

  std::unique_ptr<Llama> load(DType dtype) const override { return make_model(config_, weights_, dtype); }

  void save(const Llama& model, const std::string& folder) const override {
    std::map<std::string, std::string> files;
    for (const char* file : companions) {
      const std::string from = (fs::path(folder_) / file).string();
      if (file_exists(from)) files[file] = MappedFile(from).text();
    }
    write_model(model, folder, files);
  }

 private:
  std::string folder_;
  LlamaConfig config_;
  StateDict weights_;  ///< views of the mapped file
  std::unique_ptr<Tokenizer> tokenizer_;
};

}  // namespace

std::unique_ptr<Llama> make_model(const LlamaConfig& config, const StateDict& weights, DType dtype) {
  // Memory for the weights is taken by load_state_dict, once.
  auto model = std::make_unique<Llama>(config, LlamaOptions{.dtype = dtype, .device = meta});
  model->load_state_dict(weights);
  return model;
}

void write_model(const Llama& model, const std::string& folder, const std::map<std::string, std::string>& companions) {
  StateDict weights = model.state_dict();
  LlamaConfig config = model.config();
  if (config.tie_word_embeddings) {
    // An adapter that was folded into the output layer has given it a weight of its own.
    const auto head = weights.find("lm_head.weight");
    config.tie_word_embeddings =
        head == weights.end() || head->second.storage() == weights.at("model.embed_tokens.weight").storage();
    if (config.tie_word_embeddings && head != weights.end()) weights.erase(head);
  }
  write_model_folder(folder, config, weights, companions);
}

std::unique_ptr<ModelSource> open_model(const std::string& model) {
  if (model == "tiny") return open_tiny_model();
  std::error_code error;
  check(fs::is_directory(model, error), "--model {}: there is no such folder", model);
  return std::make_unique<FolderModel>(model);
}

}  // namespace adora::finetune
