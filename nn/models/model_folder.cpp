#include "model_folder.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "../../autograd/grad_mode.h"
#include "../../ops/creation.h"
#include "../finite.h"
#include "../io/file.h"
#include "../io/folder_writer.h"
#include "../io/json_fields.h"
#include "../io/json_file.h"
#include "../io/safetensors.h"
#include "../text/gguf_tokenizer.h"
#include "../text/tokenizer_format.h"
#include "config_keys.h"
#include "family.h"
#include "gguf_model.h"

namespace adora {
namespace {

namespace fs = std::filesystem;

std::string in_folder(const std::string& folder, const std::string& name) { return (fs::path(folder) / name).string(); }

/// Which file has which tensor, by the index's weight_map.
std::map<std::string, std::set<std::string>> read_index(const std::string& folder, const std::string& path) {
  Json json = read_json_file(path);
  JsonFields fields(json, path);
  const Json* map = fields.find("weight_map");
  auto* names = map ? map->get<Json::Object>() : nullptr;
  if (!names || names->empty()) fields.refuse("weight_map", "an object of tensors and the files they are in");
  std::map<std::string, std::set<std::string>> files;
  for (const auto& [tensor, file] : *names) {
    auto* name = file.get<std::string>();
    // A zero byte would end the name before its end.
    if (!name || name->empty() || fs::path(*name).filename() != *name || *name == "." || *name == ".." ||
        name->find('\0') != name->npos) {
      fail("{}: weight_map: {}: must be the name of a file in {}, not {}", path, shortened(tensor), folder,
           brief(file));
    }
    files[*name].insert(tensor);
  }
  return files;
}

/// What a generation_config.json says of how text is drawn is left to the caller.
Json with_stop_tokens(const Json& config, const std::string& path) {
  if (!file_exists(path)) return config;
  const Json generation = read_json_file(path, 1 << 20);
  JsonFields fields(generation, path);
  const Json* stops = fields.find("eos_token_id");
  const auto* object = config.get<Json::Object>();
  if (!stops || !object) return config;
  if (const auto size = object->find("vocab_size"); size != object->end() && size->second.get<std::int64_t>())
    read_token_ids(fields, "eos_token_id", *size->second.get<std::int64_t>(), {});
  Json::Object both = *object;
  both["eos_token_id"] = *stops;
  return both;
}

/// The index of an earlier model in a folder that is written to, and the files it names that are there.
std::vector<std::string> files_of_an_earlier_model(const std::string& folder) {
  const std::string name = "model.safetensors.index.json", path = in_folder(folder, name);
  std::vector<std::string> names{name};
  if (!file_exists(path)) return names;
  try {
    for (const auto& [file, tensors] : read_index(folder, path))
      if (file != "model.safetensors" && fs::path(file).extension() == ".safetensors") names.push_back(file);
  } catch (const Error&) {  // a damaged index names nothing that is surely a model's
  }
  return names;
}

/// In the weights' metadata, of folders that save_model wrote.
constexpr const char* written_here = "adora";

}  // namespace

StateDict read_model_tensors(const std::string& folder) {
  if (is_gguf(folder)) return GgufModel(folder).tensors();
  std::string single = in_folder(folder, "model.safetensors");
  std::string index = in_folder(folder, "model.safetensors.index.json");
  StateDict tensors;
  if (!file_exists(single) && !file_exists(index)) {
    for (const char* pickled : {"pytorch_model.bin", "pytorch_model.bin.index.json"})
      if (file_exists(in_folder(folder, pickled)))
        fail(
            "{}: weights in {} are Python's pickles, which are programs and not read here; in Python, "
            "transformers.AutoModelForCausalLM.from_pretrained(FOLDER).save_pretrained(OTHER) writes model.safetensors",
            folder, pickled);
  }
  if (file_exists(single) || !file_exists(index)) {
    tensors = read_safetensors(single);
    check_finite(tensors, single);
    return tensors;
  }
  for (const auto& [file, names] : read_index(folder, index)) {
    SafetensorsReader reader(in_folder(folder, file));
    StateDict part;
    for (const std::string& name : names) part[name] = reader.tensor(name);
    for (const std::string& name : reader.names()) {
      if (!names.contains(name)) fail("{}: tensor \"{}\" is not in {}", reader.path(), shortened(name), index);
    }
    check_finite(part, reader.path());
    tensors.merge(part);
  }
  return tensors;
}

Json read_model_config(const std::string& path) {
  if (is_gguf(path)) return GgufModel(path).config();
  return read_json_file(is_folder(path) ? in_folder(path, "config.json") : path, 1 << 20);
}

ModelFolder::ModelFolder(const std::string& path)
    : path_(path),
      gguf_(is_gguf(path) ? std::make_shared<const GgufModel>(path) : nullptr),
      config_json_(gguf_ ? gguf_->config() : read_model_config(path)),
      computed_(with_stop_tokens(config_json_, gguf_ ? "" : in_folder(path, "generation_config.json"))),
      shapes_(shapes()),
      weights_(matched(gguf_ ? gguf_->shapes() : read_model_tensors(path))) {}

StateDict ModelFolder::matched(const StateDict& tensors) const {
  return match_state_dict(shapes_->from_hugging_face(tensors), shapes_->state_dict_target(), path_);
}

std::unique_ptr<CausalLm> ModelFolder::shapes() const {
  return make_model(computed_, gguf_ ? path_ : in_folder(path_, "config.json"), {.device = meta});
}

std::unique_ptr<CausalLm> ModelFolder::load(WeightOptions options) const {
  if (!gguf_) return make_model(computed_, path_, weights_, options);
  return make_model(computed_, path_, matched(gguf_->tensors(options.dtype)), options);
}

DType ModelFolder::widest_dtype() const {
  // float16 and bfloat16 in one file: only float32 holds the numbers of both.
  DType widest = weights_.begin()->second.dtype();
  for (const auto& [name, weight] : weights_) {
    const DType dtype = weight.dtype();
    if (dtype != widest) widest = dtype == float64 || widest == float64 ? float64 : float32;
  }
  return widest;
}

std::map<std::string, DType> ModelFolder::dtypes() const {
  std::map<std::string, DType> dtypes;
  for (const auto& [name, weight] : weights_) dtypes[name] = weight.dtype();
  return dtypes;
}

std::map<std::string, std::string> ModelFolder::companions() const {
  if (gguf_) return gguf_tokenizer_files(gguf_->file());
  std::map<std::string, std::string> files;
  for (const std::string& name : companion_files()) {
    const std::string file = in_folder(path_, name);
    if (file_exists(file)) files[name] = MappedFile(file).text();
  }
  return files;
}

std::unique_ptr<CausalLm> load_model(const std::string& path, WeightOptions options) {
  return ModelFolder(path).load(options);
}

const std::vector<std::string>& companion_files() {
  static const std::vector<std::string> files = [] {
    // Also of tokenizers that can't be read here.
    std::vector<std::string> all{"tokenizer.json",
                                 "tokenizer_config.json",
                                 "special_tokens_map.json",
                                 "added_tokens.json",
                                 "generation_config.json",
                                 "chat_template.jinja",
                                 "chat_template.json",
                                 "vocab.json",
                                 "merges.txt"};
    for (const TokenizerFormat& format : tokenizer_formats())
      if (std::find(all.begin(), all.end(), format.file) == all.end()) all.push_back(format.file);
    return all;
  }();
  return files;
}

bool was_written_here(const std::string& folder) {
  try {
    return SafetensorsReader(in_folder(folder, "model.safetensors")).metadata().contains(written_here);
  } catch (const Error&) {
    return false;
  }
}

namespace {

Json saved_config(const CausalLm& model, const Json& original, DType dtype) {
  Json::Object config = model.config_json();
  if (const auto* given = original.get<Json::Object>()) {
    const Json tied = config["tie_word_embeddings"], type = config["model_type"],
               architectures = config["architectures"];
    config = *given;
    config["tie_word_embeddings"] = tied;
    config["model_type"] = type;
    config["architectures"] = architectures;
  }
  // The newer name of the same where the file had it.
  config.erase(config.contains("dtype") ? "torch_dtype" : "dtype");
  config[config.contains("dtype") ? "dtype" : "torch_dtype"] = std::string(name(dtype));
  return config;
}

}  // namespace

void save_model(const CausalLm& model, const std::string& folder, const SaveModelOptions& options) {
  NoGrad no_grad;
  StateDict weights = model.stored_weights();
  const Tensor& embedding = model.token_embedding().weight;
  DType embedding_dtype = model.dtype();
  for (const auto& [name, dtype] : options.dtypes)
    if (const auto own = weights.find(name); own != weights.end() && own->second.is(embedding)) embedding_dtype = dtype;
  for (auto& [name, weight] : weights) {
    check(is_floating(weight.dtype()),
          "{}: {} is {}, which such a folder has no place for; write a model that is not quantized", folder, name,
          describe(weight));
    if (options.dtypes.empty()) continue;
    const auto stored = options.dtypes.find(name);
    weight = to(weight, stored == options.dtypes.end() ? embedding_dtype : stored->second);
  }
  check_finite(weights, folder);
  const Json config = saved_config(model, options.config, options.dtypes.empty() ? model.dtype() : embedding_dtype);
  std::vector<std::string> obsolete = options.obsolete;
  for (const std::string& file : files_of_an_earlier_model(folder)) obsolete.push_back(file);
  // Without a tokenizer of its own the model may have been given one by hand.
  if (!options.companions.empty())
    for (const std::string& file : companion_files())
      if (!options.companions.contains(file)) obsolete.push_back(file);

  FolderWriter writer(folder, "config.json");
  write_json_file(writer.file("config.json"), config);
  write_safetensors(writer.file("model.safetensors"), model.to_hugging_face(std::move(weights)),
                    {{"format", "pt"}, {written_here, "yes"}});
  for (const auto& [name, bytes] : options.companions) writer.file(name).write(bytes);
  for (const std::string& name : obsolete) writer.remove(name);
  writer.commit();
}

}  // namespace adora
