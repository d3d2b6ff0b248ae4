#include "../../../../nn/models/model_folder.h"

#include <filesystem>

#include "../../../../nn/io/json_file.h"
#include "../../../../nn/io/safetensors.h"
#include "../../../../nn/models/family.h"
#include "../../../../nn/models/llama.h"
#include "../../../../ops/creation.h"
#include "../../../files.h"
#include "small_llama.h"

using namespace adora;
using namespace adora::test;

TEST_CASE("model folder: whole and in several files, with tied and untied output layers") {
  TemporaryFolder folder;
  const LlamaConfig config{.vocab_size = 40,
                           .hidden_size = 16,
                           .intermediate_size = 24,
                           .num_hidden_layers = 2,
                           .num_attention_heads = 4,
                           .num_key_value_heads = 4,
                           .head_dim = 4};
  auto open = [&](const LlamaConfig& c) {
    write_json_file(folder / "config.json", llama_config_json(c));
    return load_model(folder.path())->state_dict();
  };
  Generator random(3);
  StateDict tensors;
  for (const auto& [name, x] : make_model(llama_config_json(config), "a Llama", {.device = meta})->state_dict())
    tensors[name] = normal(x.shape(), 0, 1, random);
  CHECK(tensors.size() == 21);

  auto refused = [&](const StateDict& changed, const LlamaConfig& c, const std::string& why) {
    write_safetensors(folder / "model.safetensors", changed);
    CHECK_THAT(error_of([&] { open(c); }), ContainsSubstring(why) && ContainsSubstring(folder.path()));
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
    StateDict read = open(config);
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
    CHECK(open(tied).size() == 20);
    changed.erase("lm_head.weight");
    write_safetensors(folder / "model.safetensors", changed);
    CHECK(open(tied).size() == 20);
    CHECK_THAT(error_of([&] { open(config); }), ContainsSubstring("lm_head.weight"));
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
    CHECK(open(config).size() == 21);

    auto index_refused = [&](const std::string& text, const std::string& why) {
      put(index, text);
      CHECK_THAT(error_of([&] { open(config); }), ContainsSubstring(why));
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

TEST_CASE("model folder: texts end where generation_config.json says, else where config.json does, or never") {
  TemporaryFolder folder;
  save_model(Llama(small_llama_config()), folder.path());
  auto ends = [&] { return ModelFolder(folder.path()).config().eos_token_id; };
  CHECK(ends() == std::vector<std::int64_t>{2});
  write_json_file(folder / "generation_config.json", Json::Object{{"eos_token_id", Json::Array{5, 7}}, {"top_p", 0.9}});
  CHECK(ends() == std::vector<std::int64_t>{5, 7});
  CHECK(load_model(folder.path())->config().eos_token_id == std::vector<std::int64_t>{5, 7});
  write_json_file(folder / "generation_config.json", Json::Object{{"eos_token_id", 12}});
  CHECK_THAT(error_of(ends), ContainsSubstring("generation_config.json: eos_token_id"));
  write_json_file(folder / "generation_config.json", Json::Object{{"eos_token_id", nullptr}});
  CHECK(ends() == std::vector<std::int64_t>{2});
  Json::Object config = llama_config_json(small_llama_config());
  config["eos_token_id"] = config["bos_token_id"] = nullptr;
  write_json_file(folder / "config.json", config);
  CHECK(ends().empty());
}

TEST_CASE("model folder: what a model came with stays in the config.json that is saved, in its form") {
  TemporaryFolder folder;
  Json::Object config = llama_config_json(small_llama_config());
  config["pad_token_id"] = 3;
  config["eos_token_id"] = nullptr;
  config["use_cache"] = false;
  config["dtype"] = "bfloat16";
  save_model(Llama(small_llama_config()), folder.path(), {.config = config});
  const Json json = read_model_config(folder.path());
  const auto& saved = *json.get<Json::Object>();
  config["dtype"] = "float32";
  CHECK(saved == config);
  CHECK(load_model(folder.path())->config().eos_token_id.empty());
}

TEST_CASE("model folder: of an earlier model of several files nothing is left") {
  TemporaryFolder folder;
  put(folder / "model-1.safetensors", "old");
  put(folder / "other.safetensors", "of the user");
  put(folder / "model.safetensors.index.json", R"({"weight_map": {"a": "model-1.safetensors"}})");
  save_model(Llama(small_llama_config()), folder.path());
  CHECK_FALSE(std::filesystem::exists(folder / "model.safetensors.index.json"));
  CHECK_FALSE(std::filesystem::exists(folder / "model-1.safetensors"));
  CHECK(std::filesystem::exists(folder / "other.safetensors"));
}

TEST_CASE("model folder: weights as pickles alone are refused with the way out") {
  TemporaryFolder folder;
  write_json_file(folder / "config.json", llama_config_json(small_llama_config()));
  put(folder / "pytorch_model.bin", "pickle");
  CHECK_THAT(error_of([&] { ModelFolder(folder.path()); }),
             ContainsSubstring("pytorch_model.bin") && ContainsSubstring("save_pretrained"));
}
