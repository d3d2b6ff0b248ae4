#include "../../../../autograd/backward.h"
#include "../../../../autograd/variable.h"
#include "../../../../nn/layers/quantize.h"
#include "../../../../ops/reduce.h"
#include "../../../files.h"
#include "adapted_llama.h"

using namespace adora;
using namespace adora::test;

namespace {

AdapterConfig saving(std::vector<std::string> modules) {
  AdapterConfig config = config_of("lora");
  config.modules_to_save = std::move(modules);
  return config;
}

std::vector<std::string> trained(Llama& model) {
  std::vector<std::string> names;
  for (const NamedTensor& one : model.trainable_parameters())
    if (one.name.find(".adapter.") == std::string::npos) names.push_back(one.name);
  return names;
}

}  // namespace

TEST_CASE("a saved module is trained under its own name, and the model has its own again without the adapter") {
  SmallLlama model;
  const std::vector<double> plain = logits(model);
  const Tensor own = model.state_dict().at("model.norm.weight");
  AdapterConfig config = saving({"model.norm", "lm_head"});
  config.target_modules.push_back("lm_head");  // is no target then
  add_adapter(model, config);
  CHECK(trained(model) == std::vector<std::string>{"model.norm.weight", "lm_head.weight"});
  CHECK(logits(model) == plain);
  backward(sum(model.logits(tokens())));
  CHECK(grad(model.state_dict().at("model.norm.weight")).defined());
  CHECK_FALSE(model.lm_head.adapters());
  disturb(model, "default", 3);
  const std::vector<double> changed = logits(model);
  CHECK(largest_difference(changed, plain) > 1e-3);
  activate_adapters(model, {});
  CHECK(logits(model) == plain);
  CHECK(trained(model).empty());
  CHECK(model.state_dict().at("model.norm.weight").is(own));
  activate_adapters(model, {"default"});
  CHECK(logits(model) == changed);
  remove_adapter(model, "default");
  CHECK(logits(model) == plain);
  CHECK(model.state_dict().at("model.norm.weight").is(own));
}

TEST_CASE("an output layer that is saved is the embedding's weight no more, folded in too") {
  LlamaConfig tied = small_llama_config();
  tied.tie_word_embeddings = true;
  Llama model(tied, {.dtype = float64});
  add_adapter(model, saving({"lm_head"}));
  CHECK_FALSE(model.is_tied());
  disturb(model, "default", 5);
  const std::vector<double> live = logits(model);
  fold_adapters(model);
  check_close(logits(model), live);
  CHECK_FALSE(model.is_tied());
  CHECK(model.trainable_parameters().empty());
}

TEST_CASE("of two adapters with a module of their own one alone can act") {
  SmallLlama model;
  add_adapter(model, saving({"lm_head"}), "a");
  add_adapter(model, saving({"lm_head"}), "b");
  disturb(model, "a", 1);
  const std::vector<double> b = logits(model);
  CHECK_THROWS_WITH(activate_adapters(model, {"a", "b"}),
                    ContainsSubstring("'a' and 'b'") && ContainsSubstring("lm_head.weight"));
  CHECK(logits(model) == b);
  activate_adapters(model, {"a"});
  CHECK(largest_difference(logits(model), b) > 1e-3);
  add_adapter(model, saving({"norm"}), "c");
  activate_adapters(model, {"c", "b"});
  CHECK(active_adapters(model) == std::vector<std::string>{"b", "c"});
}

TEST_CASE("what can't be trained as a whole is refused, and nothing changes") {
  SmallLlama model(float32);
  CHECK_THROWS_WITH(add_adapter(model, saving({"classifier"})),
                    ContainsSubstring("'classifier'") && ContainsSubstring("embed_tokens"));
  AdapterConfig config = config_of("lora");
  config.bias = "some";
  CHECK_THROWS_WITH(add_adapter(model, config), ContainsSubstring("\"some\""));
  config = config_of("dora");
  config.lora_bias = true;
  CHECK_THROWS_WITH(add_adapter(model, config), ContainsSubstring("lora_bias") && ContainsSubstring("dora"));
  config = config_of("lora");
  config.lora_bias = true;
  config.target_modules = {"embed_tokens"};
  CHECK_THROWS_WITH(add_adapter(model, config), ContainsSubstring("embed_tokens") && ContainsSubstring("lora_bias"));
  quantize_linears(model, QuantizedFormat::int8);
  CHECK_THROWS_WITH(add_adapter(model, saving({"o_proj"})), ContainsSubstring("o_proj is quantized"));
  CHECK(adapter_names(model).empty());
}

TEST_CASE("a bias of LoRA's own is not merged where the layer has none to put it into") {
  AdapterConfig config = config_of("lora");
  config.target_modules = {"q_proj"};
  config.lora_bias = true;
  SmallLlama without;
  add_adapter(without, config);
  CHECK_THROWS_WITH(merge_adapters(without), ContainsSubstring("q_proj") && ContainsSubstring("lora_bias"));
}
