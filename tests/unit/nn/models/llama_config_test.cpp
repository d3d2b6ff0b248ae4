#include "../../../../nn/io/json_file.h"
#include "../../../../nn/models/family.h"
#include "../../../../nn/models/llama.h"
#include "../../../../nn/models/model_folder.h"
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

LlamaConfig read_config(const std::string& path) {
  const Json json = read_model_config(path);
  JsonFields fields(json, path);
  return read_llama_config(fields);
}

std::unique_ptr<CausalLm> shapes_of(const std::string& path) {
  return make_model(read_model_config(path), path, {.device = meta});
}

struct ConfigFile {
  TemporaryFolder folder;
  LlamaConfig read(const std::string& field = "", const std::string& value = "") {
    put(folder / "config.json", config_json(field, value));
    return read_config(folder / "config.json");
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
  CHECK(file.read("layer_types", R"(["full_attention","full_attention"])").num_hidden_layers == 2);
}

TEST_CASE("llama config: what a Llama here is not, or cannot be, is refused by field") {
  ConfigFile file;
  std::vector<std::pair<std::string, std::string>> bad = {{"model_type", "\"mistral\""},
                                                          {"architectures", R"(["MistralForCausalLM"])"},
                                                          {"hidden_act", "\"gelu\""},
                                                          {"rope_scaling", R"({"rope_type":"llama3","factor":8.0})"},
                                                          {"rope_scaling", R"({"type":"linear","factor":0.5})"},
                                                          {"rope_scaling", R"({"type":"linear"})"},
                                                          {"rope_scaling", R"({"type":"linear","factor":2,"low":1})"},
                                                          {"rope_scaling", R"({"type":"cubic","factor":2.0})"},
                                                          {"rope_scaling", R"({"factor":2.0})"},
                                                          {"rope_scaling", R"({"rope_type":"longrope","factor":2.0})"},
                                                          {"rope_scaling", "3"},
                                                          {"partial_rotary_factor", "0.5"},
                                                          {"quantization_config", R"({"bits":4})"},
                                                          {"attention_dropout", "0.1"},
                                                          {"sliding_window", "4096"},
                                                          {"layer_types", R"(["full_attention","sliding_attention"])"},
                                                          {"rope_interleaved", "true"},
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
    put(file.folder / "config.json", config_json(field, value));
    std::string error = error_of([&] { shapes_of(file.folder / "config.json"); });
    CHECK_THAT(error, ContainsSubstring("config.json"));
    CHECK_THAT(error, ContainsSubstring(field == "rope_scaling" && value[0] == '{' ? "rope" : field));
  }
  CHECK_THAT(error_of([&] { read_model_config("/nowhere/at/all"); }), ContainsSubstring("/nowhere/at/all"));
}

TEST_CASE("llama config: what is written is read back") {
  TemporaryFolder folder;
  LlamaConfig c = {.vocab_size = 128256, .num_key_value_heads = 8, .rope_theta = 500000};
  c.eos_token_id = {128001, 128009};
  c.tie_word_embeddings = c.qkv_bias = c.o_bias = true;
  write_json_file(folder / "config.json", llama_config_json(c));
  LlamaConfig d = read_config(folder / "config.json");
  CHECK(d.vocab_size == 128256);
  CHECK(d.num_key_value_heads == 8);
  CHECK(d.rope_theta == 500000);
  CHECK(d.eos_token_id == c.eos_token_id);
  CHECK(d.tie_word_embeddings);
  CHECK(d.qkv_bias);
  CHECK(d.o_bias);
  CHECK_FALSE(d.mlp_bias);
}

TEST_CASE("llama config: the named sizes have the parameters that were published") {
  auto parameters = [](const std::string& name) {
    std::int64_t total = 0;
    const auto model = make_model(published_config(name), name, {.device = meta});
    for (const Tensor& x : model->parameters()) total += x.numel();
    return total;
  };
  CHECK(parameters("llama-7b") == 6738415616);
  CHECK(parameters("llama2-7b") == 6738415616);
  CHECK(parameters("llama-13b") == 13015864320);
  CHECK(parameters("llama3-8b") == 8030261248);
  CHECK_THAT(error_of([] { published_config("llama-70b"); }), ContainsSubstring("llama3-8b"));
}

TEST_CASE("llama config: thousands of damaged files either load or are refused") {
  TemporaryFolder folder;
  write_json_file(folder / "valid", published_config("llama-7b"));
  int refused = read_damaged(bytes_of(folder / "valid"), folder / "config.json", 4000,
                             [](const std::string& path) { shapes_of(path); });
  CHECK(refused > 500);
  CHECK(refused < 4000);
}
