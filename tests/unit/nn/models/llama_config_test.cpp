#include "../../../../nn/models/llama_config_file.h"

#include "../../../../nn/io/safetensors.h"
#include "../../../../nn/models/model_folder.h"
#include "../../../../ops/creation.h"
#include "../../../files.h"

using namespace adora;
using namespace adora::test;

namespace {

/// A config.json with one field changed, added, or (value "") left out.
std::string config_json(const std::string& field = "", const std::string& value = "") {
  std::map<std::string, std::string> fields = {
      {"model_type", "\"llama\""}, {"architectures", R"(["LlamaForCausalLM"])"},
      {"hidden_size", "16"},       {"intermediate_size", "24"},
      {"num_hidden_layers", "2"},  {"num_attention_heads", "4"},
      {"vocab_size", "40"}};
  if (!field.empty()) fields[field] = value;
  std::string text;
  for (const auto& [name, json] : fields) {
    if (!json.empty()) text += (text.empty() ? "{\"" : ",\"") + name + "\":" + json;
  }
  return text + "}";
}

struct ConfigFile {
  TemporaryFolder folder;
  LlamaConfig read(const std::string& field = "", const std::string& value = "") {
    put(folder / "config.json", config_json(field, value));
    return read_llama_config(folder.path());
  }
};

}  // namespace

TEST_CASE("llama config: what is left out takes the values transformers gives it") {
  ConfigFile file;
  LlamaConfig c = file.read();
  CHECK(c.num_key_value_heads == 4);
  CHECK(c.head_dim == 4);
  CHECK(c.rms_norm_eps == 1e-6);
  CHECK(c.rope_theta == 10000);
  CHECK(c.max_position_embeddings == 2048);
  CHECK_FALSE(c.tie_word_embeddings);
  CHECK(c.bos_token_id == 1);
  CHECK(c.eos_token_id == std::vector<std::int64_t>{2});
}

TEST_CASE("llama config: the older and the newer form of rotary settings, and lists of end tokens") {
  ConfigFile file;
  CHECK(file.read("rope_theta", "500000.0").rope_theta == 500000);
  CHECK(file.read("rope_parameters", R"({"rope_theta":20000,"rope_type":"default"})").rope_theta == 20000);
  CHECK(file.read("rope_scaling", "null").rope_theta == 10000);
  CHECK(file.read("eos_token_id", "[3,4]").eos_token_id == std::vector<std::int64_t>{3, 4});
  CHECK(file.read("head_dim", "6").head_dim == 6);
}

TEST_CASE("llama config: what a Llama here is not, or cannot be, is refused by field") {
  ConfigFile file;
  std::vector<std::pair<std::string, std::string>> bad = {{"model_type", "\"mistral\""},
                                                          {"architectures", R"(["MistralForCausalLM"])"},
                                                          {"hidden_act", "\"gelu\""},
                                                          {"rope_scaling", R"({"rope_type":"llama3","factor":8.0})"},
                                                          {"rope_scaling", R"({"type":"linear","factor":2.0})"},
                                                          {"rope_scaling", R"({"factor":2.0})"},
                                                          {"rope_parameters", R"({"rope_type":"yarn"})"},
                                                          {"rope_scaling", "3"},
                                                          {"partial_rotary_factor", "0.5"},
                                                          {"quantization_config", R"({"bits":4})"},
                                                          {"attention_dropout", "0.1"},
                                                          {"sliding_window", "4096"},
                                                          {"hidden_size", ""},
                                                          {"hidden_size", "0"},
                                                          {"hidden_size", "-16"},
                                                          {"hidden_size", "16.0"},
                                                          {"hidden_size", "\"16\""},
                                                          {"hidden_size", "18"},
                                                          {"hidden_size", "9223372036854775808"},
                                                          {"hidden_size", "1e9"},
                                                          {"hidden_size", "1000000000000"},
                                                          {"intermediate_size", "0"},
                                                          {"num_hidden_layers", "0"},
                                                          {"num_hidden_layers", "1000000000"},
                                                          {"num_attention_heads", "0"},
                                                          {"num_attention_heads", "3"},
                                                          {"num_key_value_heads", "3"},
                                                          {"num_key_value_heads", "8"},
                                                          {"num_key_value_heads", "0"},
                                                          {"head_dim", "5"},
                                                          {"head_dim", "-4"},
                                                          {"vocab_size", "0"},
                                                          {"vocab_size", "true"},
                                                          {"vocab_size", "99999999999"},
                                                          {"rms_norm_eps", "0"},
                                                          {"rms_norm_eps", "-1e-5"},
                                                          {"rms_norm_eps", "\"1e-5\""},
                                                          {"rope_theta", "0"},
                                                          {"rope_theta", "-1"},
                                                          {"tie_word_embeddings", "1"},
                                                          {"attention_bias", "\"no\""},
                                                          {"bos_token_id", "40"},
                                                          {"bos_token_id", "-1"},
                                                          {"eos_token_id", "[1,40]"},
                                                          {"eos_token_id", "1.5"},
                                                          {"max_position_embeddings", "0"}};
  for (const auto& [field, value] : bad) {
    INFO(field << ": " << value);
    std::string error = error_of([&, &field = field, &value = value] { file.read(field, value); });
    CHECK_THAT(error, ContainsSubstring("config.json"));
    CHECK_THAT(error, ContainsSubstring(field == "rope_scaling" && value[0] == '{' ? "rope" : field));
  }
  CHECK_THAT(error_of([&] { read_llama_config("/nowhere/at/all"); }), ContainsSubstring("/nowhere/at/all"));
}

TEST_CASE("llama config: what is written is read back") {
  TemporaryFolder folder;
  LlamaConfig c = named_llama_config("llama3-8b");
  c.eos_token_id = {128001, 128009};
  c.tie_word_embeddings = c.attention_bias = true;
  write_llama_config(folder / "config.json", c, "bfloat16");
  LlamaConfig d = read_llama_config(folder / "config.json");
  CHECK(d.vocab_size == 128256);
  CHECK(d.num_key_value_heads == 8);
  CHECK(d.rope_theta == 500000);
  CHECK(d.eos_token_id == c.eos_token_id);
  CHECK(d.tie_word_embeddings);
  CHECK(d.attention_bias);
  CHECK_FALSE(d.mlp_bias);
}

TEST_CASE("llama config: the named sizes have the parameters that were published") {
  auto parameters = [](const std::string& name) {
    std::int64_t total = 0;
    for (const auto& [key, shape] : llama_tensor_shapes(named_llama_config(name))) total += numel(shape);
    return total;
  };
  CHECK(parameters("llama-7b") == 6738415616);
  CHECK(parameters("llama2-7b") == 6738415616);
  CHECK(parameters("llama-13b") == 13015864320);
  CHECK(parameters("llama3-8b") == 8030261248);
  CHECK_THAT(error_of([] { named_llama_config("llama-70b"); }), ContainsSubstring("llama3-8b"));
}

TEST_CASE("model folder: whole and in several files, with tied and untied output layers") {
  TemporaryFolder folder;
  put(folder / "config.json", config_json());
  LlamaConfig config = read_llama_config(folder.path());
  Generator random(3);
  StateDict tensors;
  for (const auto& [name, shape] : llama_tensor_shapes(config)) tensors[name] = normal(shape, 0, 1, random);
  CHECK(tensors.size() == 21);

  auto refused = [&](const StateDict& changed, const LlamaConfig& c, const std::string& why) {
    write_safetensors(folder / "model.safetensors", changed);
    CHECK_THAT(error_of([&] { read_llama_tensors(folder.path(), c); }),
               ContainsSubstring(why) && ContainsSubstring(folder.path()));
  };
  StateDict changed = tensors;
  changed.erase("model.layers.1.mlp.up_proj.weight");
  refused(changed, config, "model.layers.1.mlp.up_proj.weight");
  changed = tensors;
  changed["model.layers.2.mlp.up_proj.weight"] = changed["model.layers.1.mlp.up_proj.weight"];
  refused(changed, config, "model.layers.2.mlp.up_proj.weight");
  changed = tensors;
  changed["model.norm.weight"] = zeros({15});
  refused(changed, config, "model.norm.weight");
  changed["model.norm.weight"] = zeros({16}, int32);
  refused(changed, config, "int32");

  SECTION("one file, with a buffer of older versions") {
    changed = tensors;
    changed["model.layers.0.self_attn.rotary_emb.inv_freq"] = zeros({2});
    write_safetensors(folder / "model.safetensors", changed);
    StateDict read = read_llama_tensors(folder.path(), config);
    CHECK(read.size() == tensors.size());
    CHECK(to_vector<float>(read["lm_head.weight"]) == to_vector<float>(tensors["lm_head.weight"]));
  }
  SECTION("tied: the output layer may be in the file or not, and is the embedding") {
    LlamaConfig tied = config;
    tied.tie_word_embeddings = true;
    refused(tensors, tied, "tie_word_embeddings");  // one of its own, which would be lost
    changed = tensors;
    changed["lm_head.weight"] = changed["model.embed_tokens.weight"];
    write_safetensors(folder / "model.safetensors", changed);
    CHECK(read_llama_tensors(folder.path(), tied).size() == 20);
    changed.erase("lm_head.weight");
    write_safetensors(folder / "model.safetensors", changed);
    CHECK(read_llama_tensors(folder.path(), tied).size() == 20);
    CHECK_THAT(error_of([&] { read_llama_tensors(folder.path(), config); }), ContainsSubstring("lm_head.weight"));
  }
  SECTION("several files and an index") {
    std::filesystem::remove(folder / "model.safetensors");
    StateDict first, second;
    std::string map;
    for (const auto& [name, x] : tensors) {
      bool one = name < "model.layers.1";
      (one ? first : second)[name] = x;
      map += (map.empty() ? "\"" : ",\"") + name + "\":\"model-0000" + (one ? "1" : "2") + "-of-00002.safetensors\"";
    }
    write_safetensors(folder / "model-00001-of-00002.safetensors", first);
    write_safetensors(folder / "model-00002-of-00002.safetensors", second);
    std::string index = folder / "model.safetensors.index.json";
    put(index, "{\"metadata\":{\"total_size\":1},\"weight_map\":{" + map + "}}");
    CHECK(read_llama_tensors(folder.path(), config).size() == 21);

    auto index_refused = [&](const std::string& text, const std::string& why) {
      put(index, text);
      CHECK_THAT(error_of([&] { read_llama_tensors(folder.path(), config); }), ContainsSubstring(why));
    };
    index_refused("{}", "weight_map");
    index_refused(R"({"weight_map":{"a":1}})", "weight_map");
    index_refused(R"({"weight_map":{"a":"../x.safetensors"}})", "weight_map");
    index_refused(R"({"weight_map":{"a":"/etc/passwd"}})", "weight_map");
    index_refused(R"({"weight_map":{"a":".."}})", "weight_map");
    index_refused(R"({"weight_map":{"a":"model-00001-of-00002.safetensors"}})", "\"a\"");
    index_refused(R"({"weight_map":{"lm_head.weight":"model-00001-of-00002.safetensors"}})", "is not in");
    index_refused("{\"weight_map\":{" + map + ",\"a\":\"model-00003-of-00003.safetensors\"}}", "model-00003");
  }
}

TEST_CASE("llama config: thousands of damaged files either load or are refused") {
  TemporaryFolder folder;
  write_llama_config(folder / "valid", named_llama_config("llama-7b"));
  int refused = read_damaged(bytes_of(folder / "valid"), folder / "config.json", 4000,
                             [](const std::string& path) { read_llama_config(path); });
  CHECK(refused > 500);
  CHECK(refused < 4000);
}
