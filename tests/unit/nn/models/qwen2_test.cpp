#include "../../../files.h"
#include "sine_weights.h"

using namespace adora;
using namespace adora::test;

namespace {

Json::Object small_config() {
  return {{"architectures", Json::Array{"Qwen2ForCausalLM"}},
          {"model_type", "qwen2"},
          {"vocab_size", 11},
          {"hidden_size", 12},
          {"intermediate_size", 20},
          {"num_hidden_layers", 2},
          {"num_attention_heads", 3},
          {"num_key_value_heads", 1},
          {"max_position_embeddings", 64},
          {"rope_theta", 1000000.0},
          {"bos_token_id", 1},
          {"eos_token_id", 2}};
}

std::unique_ptr<CausalLm> small_qwen2(DType dtype = float64) {
  auto model = make_model(small_config(), "config.json", {.dtype = dtype});
  std::vector<std::string> names{"model.embed_tokens.weight"};
  for (int layer = 0; layer < 2; ++layer)
    for (const char* part :
         {"self_attn.q_proj.weight", "self_attn.q_proj.bias", "self_attn.k_proj.weight", "self_attn.k_proj.bias",
          "self_attn.v_proj.weight", "self_attn.v_proj.bias", "self_attn.o_proj.weight", "mlp.gate_proj.weight",
          "mlp.up_proj.weight", "mlp.down_proj.weight", "input_layernorm.weight", "post_attention_layernorm.weight"})
      names.push_back("model.layers." + std::to_string(layer) + "." + part);
  names.push_back("model.norm.weight");
  names.push_back("lm_head.weight");
  set_sine_weights(*model, names);
  return model;
}

// transformers' Qwen2ForCausalLM with the same weights, made to compute everything in float64.
const std::vector<double> last_of_first{-0.150252155276579, 0.662291566899413,  -0.537588837539478,  -0.10396399907136,
                                        0.645563487848185,  -0.566503590431754, -0.0572057137930338, 0.625916146678492,
                                        -0.592856593004116, -0.010188742147865, 0.60343838939833};
const std::vector<double> fourth_of_second{
    -0.591334620720542, -0.500435075721405, 1.11107513460885, -0.653502346825674, -0.432362426318445, 1.10254415173273,
    -0.712714910996584, -0.362334617932114, 1.08902742316829, -0.768704551814322, -0.290668318918227};
const double loss = 2.52746522324106;
const std::vector<Gradient> expected_gradients = {
    {"model.embed_tokens.weight", 0.484543982742253, 0.0620629268477333},
    {"model.layers.0.self_attn.q_proj.weight", 0.104646205419991, -2.70376804532839e-05},
    {"model.layers.0.self_attn.q_proj.bias", 0.0335531429654392, 0.0277892453354162},
    {"model.layers.0.self_attn.k_proj.weight", 0.130027213798774, 0.0169603764310757},
    {"model.layers.0.self_attn.k_proj.bias", 0.0352122415749423, -4.21642482001374e-05},
    {"model.layers.0.self_attn.v_proj.weight", 1.09586675833114, -0.150153229804824},
    {"model.layers.0.self_attn.v_proj.bias", 0.226114507460481, -0.0618331417430433},
    {"model.layers.0.self_attn.o_proj.weight", 2.44705714152986, 0.0822197352969597},
    {"model.layers.0.mlp.gate_proj.weight", 0.947489486646272, 0.0380837766370153},
    {"model.layers.0.mlp.up_proj.weight", 1.00761191591255, 0.0228063928307561},
    {"model.layers.0.mlp.down_proj.weight", 2.53059467964143, -0.213444810976754},
    {"model.layers.0.input_layernorm.weight", 0.0803563299874557, -0.0343922085848691},
    {"model.layers.0.post_attention_layernorm.weight", 0.162727339810811, -0.0704065487775804},
    {"model.layers.1.self_attn.q_proj.weight", 0.0133992183759936, 0.000269051724335153},
    {"model.layers.1.self_attn.q_proj.bias", 0.00476471774543484, 0.00130412785746546},
    {"model.layers.1.self_attn.k_proj.weight", 0.0257548183737493, -0.00473413332120467},
    {"model.layers.1.self_attn.k_proj.bias", 0.00733902145715629, 1.20993410611698e-05},
    {"model.layers.1.self_attn.v_proj.weight", 0.185926437405332, -0.0301837918207126},
    {"model.layers.1.self_attn.v_proj.bias", 0.0416349408386591, 0.00929484704915886},
    {"model.layers.1.self_attn.o_proj.weight", 0.480278241302977, -0.00384745070183475},
    {"model.layers.1.mlp.gate_proj.weight", 0.321681381648898, 0.0134529299233359},
    {"model.layers.1.mlp.up_proj.weight", 0.268484936584071, 0.0204753872135066},
    {"model.layers.1.mlp.down_proj.weight", 0.33793144025547, -0.0040105082218685},
    {"model.layers.1.input_layernorm.weight", 0.0168655749088703, -0.00461762810109717},
    {"model.layers.1.post_attention_layernorm.weight", 0.0204366064135326, 0.00403631029792431},
    {"model.norm.weight", 0.144786703471774, -0.00218459274192822},
    {"lm_head.weight", 0.689276909355816, -0.0225573501774948},
};

}  // namespace

TEST_CASE("logits of a small Qwen2 are those of transformers") {
  const Tensor logits = small_qwen2()->logits(two_texts());
  compare(select(select(logits, 0, 0), 0, -1), last_of_first, 1e-11);
  compare(select(select(logits, 0, 1), 0, 3), fourth_of_second, 1e-11);
}

TEST_CASE("the loss of a small Qwen2 and its gradients in every weight and bias are those of transformers") {
  check_loss(*small_qwen2(), loss, expected_gradients);
}

TEST_CASE("a Qwen2's logits from the cache are those of the whole texts") {
  const auto model = small_qwen2();
  check_cache(*model, 7);
}

TEST_CASE("a Qwen2's config that can't be computed with is refused by field, and a window that is not used is not") {
  auto with = [](const std::string& field, const Json& value) {
    Json::Object config = small_config();
    config[field] = value;
    return make_model(config, "config.json", {.device = meta});
  };
  auto refused = [&](const std::string& field, const Json& value) {
    INFO(field);
    CHECK_THAT(error_of([&] { with(field, value); }), ContainsSubstring(field) && ContainsSubstring("config.json"));
  };
  const Json full = "full_attention";
  CHECK_NOTHROW(with("sliding_window", 32768));
  CHECK_NOTHROW(with("max_window_layers", 1));
  CHECK_NOTHROW(with("use_sliding_window", false));
  CHECK_NOTHROW(with("layer_types", Json::Array{full, full}));
  CHECK(with("tie_word_embeddings", true)->is_tied());
  CHECK_FALSE(with("tie_word_embeddings", false)->is_tied());
  CHECK(with("rope_parameters", Json::Object{{"rope_theta", 10000.0}, {"rope_type", "default"}})
            ->config()
            .attention.rope->settings()
            .theta == 10000);
  refused("layer_types", Json::Array{full, "sliding_attention"});
  refused("layer_types", Json::Array{full});
  refused("rope_scaling", Json::Object{{"type", "yarn"}, {"factor", "four"}});
  refused("use_mrope", true);
  refused("num_key_value_heads", nullptr);
  refused("num_key_value_heads", 2);
  refused("attention_bias", true);
  refused("hidden_act", "gelu");
  refused("architectures", Json::Array{"LlamaForCausalLM"});
}
