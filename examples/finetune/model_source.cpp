#include "model_source.h"

#include <filesystem>

#include "../../nn/io/file.h"
#include "../../nn/io/gguf.h"
#include "../../nn/io/gguf_writer.h"
#include "../../nn/models/gguf_model.h"
#include "../../nn/models/model_folder.h"
#include "../../nn/text/gguf_tokenizer.h"
#include "../tiny_model/tiny_model.h"

namespace adora::finetune {

namespace {

class FolderModel final : public ModelSource {
 public:
  explicit FolderModel(const std::string& folder) : folder_(folder) {}

  const CausalLmConfig& config() const override { return folder_.config(); }
  std::string name() const override { return std::filesystem::absolute(folder_.path()).string(); }

  const Tokenizer& tokenizer() const override {
    if (!tokenizer_) tokenizer_ = Tokenizer::load(folder_.path(), config().vocab_size);
    return *tokenizer_;
  }

  ChatTemplate chat_template(const std::string& file) const override {
    return ChatTemplate::load(folder_.path(), file);
  }

  std::unique_ptr<CausalLm> shapes() const override { return folder_.shapes(); }
  std::unique_ptr<CausalLm> load(WeightOptions options) const override { return folder_.load(options); }
  void save(const CausalLm& model, const std::string& folder, const std::vector<std::string>& obsolete) const override {
    save_model(model, folder,
               {.config = folder_.config_json(), .companions = folder_.companions(), .obsolete = obsolete});
  }

  std::unique_ptr<CausalLm> load_as_stored() const override { return load({.dtype = folder_.widest_dtype()}); }
  void save_as_stored(const CausalLm& model, const std::string& folder) const override {
    save_model(model, folder,
               {.config = folder_.config_json(), .companions = folder_.companions(), .dtypes = folder_.dtypes()});
  }

  void save_gguf(const CausalLm& model, const std::string& file, const std::string& type) const override {
    GgufWriter writer;
    const std::string& path = folder_.path();
    write_gguf_model(writer, model, std::filesystem::path(name()).stem().string(), type, path);
    if (folder_.gguf()) write_gguf_tokenizer(writer, folder_.gguf()->file());
    else write_gguf_tokenizer(writer, folder_.companions(), config().vocab_size, path);
    writer.write(file);
  }

 private:
  ModelFolder folder_;
  mutable std::unique_ptr<Tokenizer> tokenizer_;
};

}  // namespace

std::unique_ptr<ModelSource> open_model(const std::string& model) {
  if (model == "tiny") return open_tiny_model();
  check(is_folder(model) || is_gguf(model), "--model {}: there is no such folder or GGUF file", model);
  return std::make_unique<FolderModel>(model);
}

}  // namespace adora::finetune
