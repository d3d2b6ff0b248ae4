#include <algorithm>

#include "../../../files.h"
#include "adapted_llama.h"

using namespace adora;
using namespace adora::test;

TEST_CASE("a pattern that matches nothing is an error that lists the modules there are") {
  SmallLlama model;
  AdapterConfig config = config_of("lora");
  config.target_modules = {"q_proj", "qkv_proj"};
  CHECK_THROWS_WITH(add_adapter(model, config),
                    ContainsSubstring("'qkv_proj'") && ContainsSubstring("model.layers.N.self_attn.q_proj"));
  config.target_modules = {"proj"};
  CHECK_THROWS_WITH(add_adapter(model, config), ContainsSubstring("'proj'"));
  config.target_modules = {std::string("q\0proj\xff", 7)};
  CHECK_THROWS_WITH(add_adapter(model, config),
                    ContainsSubstring("'q\\u0000proj\\xff' in target_modules") && ContainsSubstring("embed_tokens"));
  config.target_modules = std::vector<std::string>(3000, std::string(3000, 'x'));
  CHECK(error_of([&] { add_adapter(model, config); }).size() < 1000);
  config.target_modules = {"q_proj"};
  config.rank_pattern = {{"o_projection", 4}};
  CHECK_THROWS_WITH(add_adapter(model, config), ContainsSubstring("o_projection"));
  config.rank_pattern = {};
  config.target_regex = "(";
  CHECK_THROWS_WITH(add_adapter(model, config),
                    ContainsSubstring("target_modules") && ContainsSubstring("parenthesis"));
  for (const char* endless : {"(.?){12000}", "(.?){3,99999999999999999999}"}) {
    config.target_regex = endless;
    CHECK_THROWS_WITH(add_adapter(model, config), ContainsSubstring(endless) && ContainsSubstring("too"));
  }
  config.target_regex = ".*nothing";
  CHECK_THROWS_WITH(add_adapter(model, config), ContainsSubstring("embed_tokens"));
  CHECK(adapter_names(model).empty());
}

TEST_CASE("modules are chosen by name, by expression, by layer and by exclusion") {
  auto chosen = [](AdapterConfig config) {
    SmallLlama model;
    add_adapter(model, config);
    std::vector<std::string> names;
    for (auto& [name, module] : model.named_modules()) {
      auto* linear = dynamic_cast<Linear*>(module);
      if (linear && linear->adapters()) names.push_back(name);
    }
    return names;
  };
  AdapterConfig config{.kind = "lora", .rank = 2, .alpha = 6};
  config.target_modules = {"layers.1.mlp.up_proj"};
  CHECK(chosen(config) == std::vector<std::string>{"model.layers.1.mlp.up_proj"});
  config.target_regex = ".*\\.[qk]_proj";
  config.layers_to_transform = {0};
  CHECK(chosen(config) ==
        std::vector<std::string>{"model.layers.0.self_attn.q_proj", "model.layers.0.self_attn.k_proj"});
  config.target_regex = "all-linear";
  config.exclude_modules = {"mlp.down_proj", "self_attn.o_proj"};
  CHECK(chosen(config).size() == 5);
}

TEST_CASE("rank and alpha follow the first of their patterns that fits") {
  SmallLlama model;
  AdapterConfig config = config_of("dora");
  config.rank_pattern = {{"layers.1.self_attn.q_proj", 6}, {"q_proj", 3}, {"self_attn.v_proj", 4}};
  config.alpha_pattern = {{"v_proj", 10}, {"layers.0.*", 8}, {"q_proj", 5}, {"layers.1.self_attn.q_proj", 7}};
  add_adapter(model, config);
  auto layer = [&](Linear& linear) { return &adapter_on(linear); };
  auto& blocks = model.model.layers;
  CHECK(layer(blocks[0]->self_attn.q_proj)->rank() == 3);
  CHECK(layer(blocks[0]->self_attn.q_proj)->scale() == Approx(8.0 / 3));
  CHECK(layer(blocks[1]->self_attn.q_proj)->rank() == 6);
  CHECK(layer(blocks[1]->self_attn.q_proj)->scale() == Approx(5.0 / 6));
  CHECK(layer(blocks[1]->self_attn.v_proj)->rank() == 4);
  CHECK(layer(blocks[1]->self_attn.v_proj)->scale() == Approx(2.5));
  CHECK(layer(blocks[1]->mlp.up_proj)->rank() == 2);
  // Saved and loaded key by key, ranks and all.
  disturb(model, "default", 8);
  SmallLlama other;
  add_adapter(other, config);
  load_adapter_state_dict(other, adapter_state_dict(model));
  CHECK(logits(other) == logits(model));
}

TEST_CASE("expressions are Python's, and what can't be translated is refused by name") {
  auto count = [](const std::string& expression) {
    SmallLlama model;
    AdapterConfig config = config_of("lora");
    config.target_regex = expression;
    add_adapter(model, config);
    return adapted_modules(model).size();
  };
  CHECK(count("(?i).*\\.Q_PROJ") == 2);
  CHECK(count(R"(.*(?<!\.1\.self_attn\.)q_proj\Z)") == 1);
  CHECK(count(R"(model\.layers\.(?P<layer>\d+)\.mlp\..*(?=_proj)_proj)") == 6);
  CHECK(count(R"(.*\.[qk]_proj|lm_head)") == 5);
  CHECK(count(R"(.*\.\x71{,1}_proj)") == 2);
  CHECK(count(R"(.*\.\w{,1}_proj)") == 8);
  CHECK(count("model.*?(?#a remark)\\.[[q]_proj") == 2);
  for (const auto& [expression, what] : std::vector<std::pair<std::string, std::string>>{{"(?x) q_proj", "(?x)"},
                                                                                         {".*(?i)q_proj", "(?i)"},
                                                                                         {R"(.*\pL_proj)", "\\p"},
                                                                                         {R"((q)(?(1)_proj|x))", "(?("},
                                                                                         {R"(.*[\Zq]_proj)", "\\Z"},
                                                                                         {"(*UTF).*", "(*"},
                                                                                         {R"(.*\012)", "\\0"},
                                                                                         {"(?R)", "(?R"}}) {
    INFO(expression);
    CHECK_THROWS_WITH(count(expression), ContainsSubstring("target_modules") && ContainsSubstring(what));
  }
}

TEST_CASE("layers are counted as PEFT counts them, and a target named in full is one in any layer") {
  auto chosen = [](const AdapterConfig& config) {
    SmallLlama model;
    add_adapter(model, config);
    std::vector<std::string> names;
    for (const AdaptedModule& module : adapted_modules(model)) names.push_back(module.name);
    return names;
  };
  AdapterConfig config = config_of("lora");
  config.target_modules = {"q_proj", "lm_head", "model.layers.0.mlp.up_proj"};
  config.layers_to_transform = {1};
  const std::vector<std::string> those{"lm_head", "model.layers.0.mlp.up_proj", "model.layers.1.self_attn.q_proj"};
  auto sorted = [](std::vector<std::string> names) { return std::sort(names.begin(), names.end()), names; };
  CHECK(sorted(chosen(config)) == those);
  config.layers_pattern = {"blocks", "layers"};
  CHECK(sorted(chosen(config)) == those);
  config.layers_pattern = {"blocks"};
  CHECK(chosen(config).size() == 2);
  config.layers_pattern = {};
  config.exclude_regex = "(?i).*UP_PROJ|lm_.*";
  CHECK(chosen(config) == std::vector<std::string>{"model.layers.1.self_attn.q_proj"});
}

TEST_CASE("rank-stabilized scale divides by the root of the rank") {
  SmallLlama model;
  AdapterConfig config = config_of("lora");
  config.rank = 9;
  config.use_rslora = true;
  add_adapter(model, config);
  CHECK(adapter_on(model.model.layers[0]->mlp.up_proj).scale() == Approx(5.0 / 3));
}

TEST_CASE("the magnitude alone can be trained on other modules beside an adapter") {
  SmallLlama model;
  AdapterConfig config = config_of("dora");
  config.magnitude_modules = {"o_proj", "gate_proj"};
  add_adapter(model, config);
  auto& o = adapter_on(model.model.layers[0]->self_attn.o_proj);
  CHECK_FALSE(part(o, "lora_A").defined());
  CHECK(part(o, "magnitude").shape() == Shape{12});
  auto before = logits(model);
  {
    NoGrad no_grad;
    copy_(part(o, "magnitude"), part(o, "magnitude") * 2.0);
  }
  CHECK(largest_difference(logits(model), before) > 1e-3);
}
