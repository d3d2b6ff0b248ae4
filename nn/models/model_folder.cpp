#include "model_folder.h"

#include <filesystem>
#include <set>

#include "../../core/listed.h"
#include "../finite.h"
#include "../io/file.h"
#include "../io/folder_writer.h"
#include "../io/json_fields.h"
#include "../io/json_file.h"
#include "../io/safetensors.h"
#include "llama_config_file.h"

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

/// In the weights' metadata, of folders that write_model_folder wrote.
constexpr const char* written_here = "adora";

bool is_rotary_buffer(const std::string& name) { return name.ends_with("rotary_emb.inv_freq"); }

}  // namespace

StateDict read_model_tensors(const std::string& folder) {
  std::string single = in_folder(folder, "model.safetensors");
  std::string index = in_folder(folder, "model.safetensors.index.json");
  StateDict tensors;
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

std::map<std::string, Shape> llama_tensor_shapes(const LlamaConfig& c) {
  std::map<std::string, Shape> shapes;
  std::int64_t width = c.hidden_size, hidden = c.intermediate_size;
  std::int64_t q = c.num_attention_heads * c.head_dim, kv = c.num_key_value_heads * c.head_dim;
  auto linear = [&](const std::string& name, std::int64_t in, std::int64_t out, bool bias) {
    shapes[name + ".weight"] = {out, in};
    if (bias) shapes[name + ".bias"] = {out};
  };
  shapes["model.embed_tokens.weight"] = {c.vocab_size, width};
  for (std::int64_t i = 0; i < c.num_hidden_layers; ++i) {
    std::string layer = fmt::format("model.layers.{}.", i);
    shapes[layer + "input_layernorm.weight"] = shapes[layer + "post_attention_layernorm.weight"] = {width};
    linear(layer + "self_attn.q_proj", width, q, c.attention_bias);
    linear(layer + "self_attn.k_proj", width, kv, c.attention_bias);
    linear(layer + "self_attn.v_proj", width, kv, c.attention_bias);
    linear(layer + "self_attn.o_proj", q, width, c.attention_bias);
    linear(layer + "mlp.gate_proj", width, hidden, c.mlp_bias);
    linear(layer + "mlp.up_proj", width, hidden, c.mlp_bias);
    linear(layer + "mlp.down_proj", hidden, width, c.mlp_bias);
  }
  shapes["model.norm.weight"] = {width};
  if (!c.tie_word_embeddings) shapes["lm_head.weight"] = {c.vocab_size, width};
  return shapes;
}

StateDict read_llama_tensors(const std::string& folder, const LlamaConfig& config) {
  StateDict tensors = read_model_tensors(folder);
  std::map<std::string, Shape> shapes = llama_tensor_shapes(config);
  std::erase_if(tensors, [](const auto& entry) { return is_rotary_buffer(entry.first); });
  if (auto head = tensors.find("lm_head.weight"); config.tie_word_embeddings && head != tensors.end()) {
    const auto embedding = tensors.find("model.embed_tokens.weight");
    check(embedding != tensors.end() && same_bits(head->second, embedding->second),
          "{}: lm_head.weight is not model.embed_tokens.weight, but config.json has tie_word_embeddings; set that to "
          "false if the output layer has a weight of its own",
          folder);
    tensors.erase(head);
  }
  std::vector<std::string> missing, surplus;
  for (const auto& [name, shape] : shapes) {
    auto found = tensors.find(name);
    if (found == tensors.end()) {
      missing.push_back(name);
      continue;
    }
    const Tensor& x = found->second;
    check(x.shape() == shape, "{}: {} has shape {}, but config.json makes it {}", folder, name, x.shape(), shape);
    check(is_floating(x.dtype()), "{}: {} is {}, not floating", folder, name, adora::name(x.dtype()));
  }
  for (const auto& [name, x] : tensors) {
    if (!shapes.contains(name)) surplus.push_back(name);
  }
  check(missing.empty(), "{}: tensors are missing that config.json wants: {}", folder, listed(missing));
  check(surplus.empty(), "{}: there are tensors that config.json knows nothing of: {}", folder, listed(surplus));
  return tensors;
}

bool was_written_here(const std::string& folder) {
  try {
    return SafetensorsReader(in_folder(folder, "model.safetensors")).metadata().contains(written_here);
  } catch (const Error&) {
    return false;
  }
}

void write_model_folder(const std::string& folder, const LlamaConfig& config, const StateDict& tensors,
                        const std::map<std::string, std::string>& companions,
                        const std::vector<std::string>& obsolete) {
  for (const auto& [name, x] : tensors) {
    check(is_floating(x.dtype()),
          "{}: {} is {}, which such a folder has no place for; write a model that is not quantized", folder, name,
          describe(x));
  }
  check_finite(tensors, folder);
  auto embedding = tensors.find("model.embed_tokens.weight");
  std::string dtype = embedding == tensors.end() ? "float32" : std::string(name(embedding->second.dtype()));
  FolderWriter writer(folder, "config.json");
  write_llama_config(writer.file("config.json"), config, dtype);
  write_safetensors(writer.file("model.safetensors"), tensors, {{"format", "pt"}, {written_here, "yes"}});
  for (const auto& [name, bytes] : companions) writer.file(name).write(bytes);
  writer.remove("model.safetensors.index.json");
  for (const std::string& name : obsolete) writer.remove(name);
  writer.commit();
}

}  // namespace adora
