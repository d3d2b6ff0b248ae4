#include "../../../../nn/adapters/peft_folder.h"

#include <algorithm>
#include <filesystem>

#include "../../../../autograd/backward.h"
#include "../../../../autograd/grad_mode.h"
#include "../../../../autograd/variable.h"
#include "../../../../nn/adapters/peft_config.h"
#include "../../../../nn/io/safetensors.h"
#include "../../../../nn/models/family.h"
#include "../../../../nn/models/llama.h"
#include "../../../../ops/creation.h"
#include "../../../../ops/reduce.h"
#include "../../../files.h"

using namespace adora;
using namespace adora::test;

namespace {

LlamaConfig small() {
  LlamaConfig c;
  c.vocab_size = 11, c.hidden_size = 8, c.intermediate_size = 12, c.num_hidden_layers = 2;
  c.num_attention_heads = 2, c.num_key_value_heads = 1, c.head_dim = 4;
  return c;
}

AdapterConfig config_of(std::string kind) {
  AdapterConfig c;
  c.kind = kind;
  c.rank = 3;
  c.alpha = 5;
  c.target_modules = {"q_proj", "down_proj"};
  if (kind == "lora" || kind == "dora") {
    c.rank_pattern = {{"layers.1.mlp.down_proj", 2}};
    c.alpha_pattern = {{"q_proj", 7}};
  }
  return c;
}

std::vector<float> logits(Llama& model) {
  return to_vector<float>(model.logits(tensor(std::vector<std::int64_t>{1, 5, 9, 3}, {1, 4})));
}

/// Every tensor of the adapter gets other numbers.
void disturb(Llama& model, const std::string& name = "default") {
  Generator random(9);
  NoGrad no_grad;
  for (auto& [key, x] : adapter_state_dict(model, name)) copy_(x, uniform(x.shape(), 0.2, 1.2, random, x.dtype()));
}

/// A safetensors file whose header and data have the tensors in another order than the one they are sorted in.
std::string shuffled_file(const StateDict& state, Generator& random) {
  std::vector<std::string> names;
  for (const auto& [name, x] : state) {
    names.insert(names.begin() + static_cast<std::ptrdiff_t>(random.below(names.size() + 1)), name);
  }
  std::string header = "{", data;
  for (const std::string& name : names) {
    const Tensor x = contiguous(state.at(name));
    const std::size_t begin = data.size();
    data.append(static_cast<const char*>(to(x, cpu).raw()), static_cast<std::size_t>(x.numel()) * sizeof(float));
    header += (header.size() > 1 ? ",\"" : "\"") + name + R"(":{"dtype":"F32","shape":)" + to_string(x.shape()) +
              R"(,"data_offsets":[)" + std::to_string(begin) + "," + std::to_string(data.size()) + "]}";
  }
  header += "}";
  std::string file;
  for (int i = 0; i < 8; ++i) file += static_cast<char>(header.size() >> (8 * i));
  return file + header + data;
}

}  // namespace

TEST_CASE(
    "adapter folder: mixed ranks and alphas are right in whatever order their keys and tensors stand in the files") {
  using Pattern = std::pair<const char*, int>;
  std::vector<Pattern> ranks{{"0.mlp.down_proj", 4}, {"layers.1.mlp.down_proj", 2}, {"layers.0.self_attn.q_proj", 6}};
  std::vector<Pattern> alphas{{"0.self_attn.q_proj", 9}, {"layers.1.self_attn.q_proj", 7}, {"down_proj", 11}};
  AdapterConfig config = config_of("dora");
  config.rank_pattern = {ranks.begin(), ranks.end()};
  config.alpha_pattern = {alphas.begin(), alphas.end()};
  Llama model(small(), {.seed = 4});
  add_adapter(model, config);
  disturb(model);
  const std::vector<float> expected = logits(model);
  const StateDict state = adapter_state_dict(model);

  TemporaryFolder folder;
  Generator random(5);
  auto text_of = [](const std::vector<Pattern>& patterns) {
    std::string text;
    for (const auto& [key, value] : patterns) {
      text += (text.empty() ? "{\"" : ",\"") + std::string(key) + "\":" + std::to_string(value);
    }
    return text + "}";
  };
  auto by_name = [](const Pattern& a, const Pattern& b) { return std::string(a.first) < b.first; };
  std::sort(ranks.begin(), ranks.end(), by_name);
  std::sort(alphas.begin(), alphas.end(), by_name);
  do {
    INFO(text_of(ranks) << text_of(alphas));
    put(folder / "adapter_config.json",
        R"({"rank_pattern":)" + text_of(ranks) + R"(,"use_dora":true,"alpha_pattern":)" + text_of(alphas) +
            R"(,"target_modules":["q_proj","down_proj"],"r":3,"lora_alpha":5,"peft_type":"LORA"})");
    put(folder / "adapter_model.safetensors", shuffled_file(state, random));
    Llama other(small(), {.seed = 4});
    load_adapter(other, folder.path());
    CHECK(logits(other) == expected);
    auto scale = [&](Linear& linear) {
      const Adapter& layer = *AdaptedModule{"", &linear}.find("default");
      return std::pair{layer.rank(), layer.scale()};
    };
    const auto& blocks = other.model.layers;
    CHECK(scale(blocks[0]->self_attn.q_proj) == std::pair{std::int64_t{6}, 9.0 / 6});
    CHECK(scale(blocks[1]->self_attn.q_proj) == std::pair{std::int64_t{3}, 7.0 / 3});
    CHECK(scale(blocks[0]->mlp.down_proj) == std::pair{std::int64_t{4}, 11.0 / 4});
    CHECK(scale(blocks[1]->mlp.down_proj) == std::pair{std::int64_t{2}, 11.0 / 2});
    std::next_permutation(alphas.begin(), alphas.end(), by_name);
  } while (std::next_permutation(ranks.begin(), ranks.end(), by_name));
}

TEST_CASE(
    "adapter folder: of patterns that overlap the first in the file counts, as in PEFT, and is written as first") {
  Llama model(small(), {.seed = 4});
  using Ranks = std::vector<std::pair<std::string, std::int64_t>>;
  for (const Ranks& ranks : {Ranks{{"down_proj", 5}, {"layers.0.mlp.down_proj", 2}},
                             Ranks{{"layers.0.mlp.down_proj", 2}, {"down_proj", 5}}}) {
    AdapterConfig config = config_of("dora");
    config.rank_pattern = ranks;
    config.alpha_pattern = {{"layers.*", 8}, {"q_proj", 1}};
    add_adapter(model, config);
    disturb(model);
    TemporaryFolder folder;
    save_adapter(model, folder.path());
    Llama other(small(), {.seed = 4});
    const AdapterConfig read = load_adapter(other, folder.path());
    CHECK(read.rank_pattern == ranks);
    CHECK(read.alpha_pattern == config.alpha_pattern);
    CHECK(logits(other) == logits(model));
    const auto& blocks = other.model.layers;
    auto of = [](Linear& linear) { return AdaptedModule{"", &linear}.find("default"); };
    CHECK(of(blocks[0]->mlp.down_proj)->rank() == ranks.front().second);
    CHECK(of(blocks[1]->mlp.down_proj)->rank() == 5);
    CHECK(of(blocks[1]->self_attn.q_proj)->scale() == 8.0 / 3);
    remove_adapter(model, "default");
  }
}

TEST_CASE("adapter folder: what is saved is loaded on the same weights with the same logits, of every kind") {
  TemporaryFolder folder;
  for (const std::string& kind : adapter_kinds()) {
    for (bool mixed : {false, true}) {
      INFO(kind << mixed);
      AdapterConfig config = config_of(kind);
      if (mixed) config.magnitude_modules = {"o_proj"};
      Llama model(small(), {.seed = 4}), other(small(), {.seed = 4});
      std::vector<float> plain = logits(other);
      add_adapter(model, config);
      disturb(model);
      save_adapter(model, folder / "saved");
      load_adapter(other, folder / "saved", "second");
      CHECK(logits(other) == logits(model));
      CHECK(logits(other) != plain);
      CHECK(adapter_state_dict(other, "second").size() == adapter_state_dict(model).size());
    }
  }
}

TEST_CASE("adapter folder: an output layer that older versions of transformers called otherwise is the same") {
  TemporaryFolder folder;
  const Json config = Json::Object{{"model_type", "gpt_neox"},    {"vocab_size", 11},       {"hidden_size", 16},
                                   {"intermediate_size", 12},     {"num_hidden_layers", 1}, {"num_attention_heads", 2},
                                   {"tie_word_embeddings", false}};
  auto model = [&] { return make_model(config, "config", {.seed = 4}); };
  auto logits_of = [](const CausalLm& of) {
    return to_vector<float>(of.logits(tensor(std::vector<std::int64_t>{1, 5, 9, 3}, {1, 4})));
  };
  const auto now = model(), then = model();
  add_adapter(*now, {.kind = "lora",
                     .rank = 2,
                     .target_modules = {"dense", "lm_head"},
                     .rank_pattern = {{"lm_head", 3}},
                     .alpha_pattern = {{"lm_head", 5}}});
  Generator random(9);
  NoGrad no_grad;
  StateDict older;
  for (auto& [key, x] : adapter_state_dict(*now)) {
    copy_(x, uniform(x.shape(), 0.2, 1.2, random, x.dtype()));
    std::string name = key;
    if (const std::size_t at = name.find("lm_head"); at != name.npos) name.replace(at, 7, "embed_out");
    older[name] = x;
  }
  CHECK(older.contains("base_model.model.embed_out.lora_A.weight"));
  std::filesystem::create_directory(folder / "older");
  write_adapter_config(folder / "older/adapter_config.json", {.kind = "lora",
                                                              .rank = 2,
                                                              .target_modules = {"dense", "embed_out"},
                                                              .rank_pattern = {{"embed_out", 3}},
                                                              .alpha_pattern = {{"(.*\\.)?embed_out", 5}}});
  write_safetensors(folder / "older/adapter_model.safetensors", older);
  load_adapter(*then, folder / "older");
  CHECK(logits_of(*then) == logits_of(*now));
  CHECK(adapter(*then, "default").config.target_modules == std::vector<std::string>{"dense", "lm_head"});
}

TEST_CASE("adapter folder: a tensor that is missing, surplus or of another shape is named, and no adapter stays") {
  TemporaryFolder folder;
  Llama model(small(), {.seed = 4});
  add_adapter(model, config_of("dora"));
  save_adapter(model, folder.path());
  remove_adapter(model, "default");
  std::string path = folder / "adapter_model.safetensors";
  StateDict valid = read_safetensors(path);
  auto refused = [&](const StateDict& state, const std::string& why) {
    write_safetensors(path, state);
    CHECK_THAT(error_of([&] { load_adapter(model, folder.path()); }),
               ContainsSubstring(why) && ContainsSubstring(folder.path()));
    CHECK(adapter_names(model).empty());
  };
  std::string prefix = "base_model.model.model.layers.0.self_attn.q_proj.";
  for (const char* suffix : {"lora_A.weight", "lora_B.weight", "lora_magnitude_vector"}) {
    StateDict changed = valid;
    changed.erase(prefix + suffix);
    refused(changed, prefix + suffix);
    changed[prefix + suffix] = zeros({3, 3, 3});
    refused(changed, prefix + suffix);
    changed[prefix + suffix] = zeros(valid[prefix + suffix].shape(), int64);
    refused(changed, prefix + suffix);
  }
  StateDict changed = valid;
  changed["base_model.model.model.layers.0.self_attn.v_proj.lora_A.weight"] = zeros({3, 8});
  refused(changed, "v_proj");
  std::filesystem::remove(path);
  CHECK_THAT(error_of([&] { load_adapter(model, folder.path()); }), ContainsSubstring(path));
}

TEST_CASE("adapter folder: weights in Python's own form are refused with the way out") {
  TemporaryFolder folder;
  Llama model(small(), {.seed = 4});
  write_adapter_config(folder / "adapter_config.json", config_of("lora"));
  put(folder / "adapter_model.bin", "PK");
  const std::string error = error_of([&] { load_adapter(model, folder.path()); });
  CHECK_THAT(error, ContainsSubstring(folder.path()) && ContainsSubstring("adapter_model.bin") &&
                        ContainsSubstring("save_pretrained"));
}

TEST_CASE("adapter folder: a rank that the file does not have takes no memory") {
  TemporaryFolder folder;
  Llama model(small(), {.seed = 4});
  add_adapter(model, config_of("dora"));
  save_adapter(model, folder.path());
  remove_adapter(model, "default");
  AdapterConfig config = config_of("dora");
  config.rank = 1'000'000;
  write_adapter_config(folder / "adapter_config.json", config);
  std::size_t peak = memory_stats(cpu).peak;
  CHECK_THAT(error_of([&] { load_adapter(model, folder.path()); }), ContainsSubstring("1000000"));
  CHECK(memory_stats(cpu).peak <= peak + 100'000);
}

TEST_CASE("adapter folder: names that match nothing are passed over beside others, as PEFT does, but not alone") {
  TemporaryFolder folder;
  Llama model(small(), {.seed = 4});
  AdapterConfig config = config_of("lora");
  add_adapter(model, config);
  disturb(model);
  const std::vector<float> expected = logits(model);
  save_adapter(model, folder.path());
  remove_adapter(model, "default");
  config.target_modules.push_back("nowhere");
  config.exclude_modules.push_back("nowhere");
  config.modules_to_save = {"classifier"};
  config.rank_pattern.insert(config.rank_pattern.begin(), {"nothing", 8});
  CHECK_THAT(error_of([&] { add_adapter(model, config); }), ContainsSubstring("nowhere"));
  write_adapter_config(folder / "adapter_config.json", config);
  load_adapter(model, folder.path());
  CHECK(logits(model) == expected);
  config.target_modules = {"input_layernorm"};
  write_adapter_config(folder / "adapter_config.json", config);
  CHECK_THAT(error_of([&] { load_adapter(model, folder.path(), "other"); }),
             ContainsSubstring("no layer") && ContainsSubstring("up_proj"));
}

TEST_CASE("adapter folder: a pattern made to take for ever does not") {
  TemporaryFolder folder;
  Llama model(small(), {.seed = 4});
  AdapterConfig config = config_of("lora");
  config.rank_pattern.clear();
  config.alpha_pattern.clear();
  config.target_modules.clear();
  config.target_regex = "(([a-z0-9._]+)*)*!";
  CHECK_THROWS_AS(add_adapter(model, config), Error);
  config.target_regex = std::string(400, '(') + "a" + std::string(400, ')');
  CHECK_THROWS_AS(add_adapter(model, config), Error);
  config.target_regex = "((((a{1,900}){1,900}){1,900}){1,900})";
  CHECK_THROWS_AS(add_adapter(model, config), Error);
}

TEST_CASE("adapter folder: a model whose other adapter is active is as before when loading fails") {
  TemporaryFolder folder;
  Llama model(small(), {.seed = 4});
  add_adapter(model, config_of("dora"), "a");
  disturb(model, "a");
  save_adapter(model, folder.path(), "a");
  StateDict tensors = read_safetensors(folder / "adapter_model.safetensors");
  StateDict surplus = tensors;
  surplus["base_model.model.model.layers.7.self_attn.v_proj.lora_A.weight"] = zeros({3, 8});
  write_safetensors(folder / "adapter_model.safetensors", surplus);
  const std::vector<float> before = logits(model);
  backward(sum(model.logits(tensor(std::vector<std::int64_t>{1, 5}, {1, 2}))));
  const auto trainable = model.trainable_parameters();
  REQUIRE(!trainable.empty());
  const auto slope = to_vector<float>(grad(trainable[0].tensor));

  CHECK_THROWS_WITH(load_adapter(model, folder.path(), "b"), ContainsSubstring("layers.7"));
  CHECK(logits(model) == before);
  CHECK(adapter_names(model) == std::vector<std::string>{"a"});
  CHECK(active_adapters(model) == std::vector<std::string>{"a"});
  CHECK(model.trainable_parameters().size() == trainable.size());
  CHECK(to_vector<float>(grad(trainable[0].tensor)) == slope);

  Llama plain(small(), {.seed = 4});
  const std::size_t all = plain.trainable_parameters().size();
  CHECK_THROWS_WITH(load_adapter(plain, folder.path()), ContainsSubstring("layers.7"));
  CHECK(plain.trainable_parameters().size() == all);
}
