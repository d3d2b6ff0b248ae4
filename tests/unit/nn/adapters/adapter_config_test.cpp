#include "../../../../nn/adapters/peft_config.h"

#include "../../../../nn/adapters/adapter.h"
#include "../../../../nn/io/json_file.h"
#include "../../../files.h"

using namespace adora;
using namespace adora::test;

namespace {

struct AdapterFile {
  TemporaryFolder folder;
  /// Reads a DoRA config of PEFT 0.21 with `more` fields at its end.
  AdapterConfig read(const std::string& more = "", const std::string& type = "LORA") {
    put(folder / "adapter_config.json",
        R"({"alora_invocation_tokens":null,"arrow_config":null,"auto_mapping":null,"base_model_name_or_path":null,)"
        R"("corda_config":null,"ensure_weight_tying":false,"eva_config":null,"exclude_modules":null,"fan_in_fan_out":false,)"
        R"("inference_mode":true,"layer_replication":null,"layers_pattern":null,"loftq_config":{},"lora_bias":false,)"
        R"("megatron_config":null,"megatron_core":"megatron.core","modules_to_save":null,"peft_version":"0.21.2",)"
        R"("qalora_group_size":16,"r":4,"revision":null,"target_parameters":null,"trainable_token_indices":null,)"
        R"("use_qalora":false,"peft_type":")" +
            type + "\"" + more + "}");
    return read_adapter_config(folder.path());
  }
};

const std::string targets = R"(,"target_modules":["q_proj","down_proj"])";

bool same(const AdapterConfig& a, const AdapterConfig& b) {
  return a.kind == b.kind && a.rank == b.rank && a.alpha == b.alpha && a.dropout == b.dropout &&
         a.use_rslora == b.use_rslora && a.target_modules == b.target_modules && a.target_regex == b.target_regex &&
         a.exclude_modules == b.exclude_modules && a.magnitude_modules == b.magnitude_modules &&
         a.layers_to_transform == b.layers_to_transform && a.rank_pattern == b.rank_pattern &&
         a.alpha_pattern == b.alpha_pattern && a.exclude_regex == b.exclude_regex &&
         a.layers_pattern == b.layers_pattern && a.modules_to_save == b.modules_to_save && a.bias == b.bias &&
         a.lora_bias == b.lora_bias && a.init == b.init && a.projection_prng_key == b.projection_prng_key &&
         a.d_initial == b.d_initial && a.base_model_name_or_path == b.base_model_name_or_path;
}

}  // namespace

TEST_CASE("adapter config: what PEFT writes is read") {
  AdapterFile file;
  AdapterConfig c = file.read(
      targets + R"(,"lora_alpha":8,"lora_dropout":0.05,"use_dora":true,"use_rslora":true,"bias":"none",)"
                R"("task_type":"CAUSAL_LM","rank_pattern":{"q_proj":2},"alpha_pattern":{"layers.1.q_proj":5},)"
                R"("init_lora_weights":true,"layers_to_transform":[0,2])");
  CHECK(c.kind == "dora");
  CHECK(c.rank == 4);
  CHECK(c.alpha == 8);
  CHECK(c.dropout == 0.05);
  CHECK(c.use_rslora);
  CHECK(c.target_modules == std::vector<std::string>{"q_proj", "down_proj"});
  CHECK(c.rank_pattern == std::vector<std::pair<std::string, std::int64_t>>{{"q_proj", 2}});
  CHECK(c.alpha_pattern == std::vector<std::pair<std::string, double>>{{"layers.1.q_proj", 5}});
  CHECK(c.layers_to_transform == std::vector<std::int64_t>{0, 2});
  CHECK(file.read(targets).kind == "lora");
  CHECK(file.read(R"(,"target_modules":"all-linear")").target_regex == "all-linear");
  // PEFT writes fan_in_fan_out for layers that a model stores transposed; the adapter's own tensors are the same.
  put(file.folder / "adapter_config.json", R"({"peft_type":"LORA","fan_in_fan_out":true)" + targets + "}");
  CHECK(read_adapter_config(file.folder.path()).kind == "lora");
  CHECK(file.read(targets + R"(,"layers_to_transform":1)").layers_to_transform == std::vector<std::int64_t>{1});

  put(file.folder / "adapter_config.json",
      R"({"peft_type":"VERA","auto_mapping":null,"bias":"none","r":4,"fan_in_fan_out":false,"modules_to_save":null,)"
      R"("vera_dropout":0.1,"d_initial":0.2,"projection_prng_key":7,"save_projection":true,"init_weights":true)" +
          targets + "}");
  AdapterConfig vera = read_adapter_config(file.folder.path());
  CHECK(vera.kind == "vera");
  CHECK(vera.dropout == 0.1);
  CHECK(vera.d_initial == 0.2);
  CHECK(vera.projection_prng_key == 7);
}

TEST_CASE("adapter config: an option that changes the result and is not supported is an error naming it") {
  AdapterFile file;
  std::vector<std::pair<std::string, std::string>> bad = {{"bias", "\"some\""},
                                                          {"task_type", "\"SEQ_CLS\""},
                                                          {"init_lora_weights", "\"loftq\""},
                                                          {"init_lora_weights", "\"corda\""},
                                                          {"lora_alpha", "-1"},
                                                          {"lora_alpha", "\"8\""},
                                                          {"lora_dropout", "1.0"},
                                                          {"lora_dropout", "-0.1"},
                                                          {"use_dora", "1"},
                                                          {"rank_pattern", R"({"q_proj":0})"},
                                                          {"rank_pattern", R"({"q_proj":2.5})"},
                                                          {"rank_pattern", R"([1])"},
                                                          {"alpha_pattern", R"({"q_proj":"x"})"},
                                                          {"layers_to_transform", "-1"},
                                                          {"layers_to_transform", "[1.5]"},
                                                          {"an_option_of_the_future", "true"},
                                                          {"another_option", R"({"a":1})"},
                                                          {"use_bdlora", R"({"x":true})"}};
  for (const auto& [field, value] : bad) {
    INFO(field << ": " << value);
    CHECK_THAT(error_of([&, &field = field, &value = value] { file.read(targets + ",\"" + field + "\":" + value); }),
               ContainsSubstring(field) && ContainsSubstring("adapter_config.json"));
  }
  // These are in the common part with values that say nothing; here they say something.
  for (auto [field, value] : std::vector<std::pair<std::string, std::string>>{{"modules_to_save", "\"lm_head\""},
                                                                              {"modules_to_save", "[\"\"]"},
                                                                              {"lora_bias", "1"},
                                                                              {"layer_replication", "[[0,1]]"},
                                                                              {"target_parameters", "[\"x\"]"},
                                                                              {"trainable_token_indices", "[1]"},
                                                                              {"use_qalora", "true"},
                                                                              {"exclude_modules", "[1]"},
                                                                              {"loftq_config", "{\"bits\":4}"},
                                                                              {"layers_pattern", "[1]"},
                                                                              {"save_projection", "false"}}) {
    INFO(field << ": " << value);
    put(file.folder / "adapter_config.json", "{\"peft_type\":\"" +
                                                 std::string(field == "save_projection" ? "VERA" : "LORA") +
                                                 "\",\"target_modules\":[\"q_proj\"],\"" + field + "\":" + value + "}");
    CHECK_THAT(error_of([&] { read_adapter_config(file.folder.path()); }), ContainsSubstring(field));
  }
  for (const char* r : {"0", "-1", "4.0", "\"4\"", "9223372036854775807", "100000000000"}) {
    put(file.folder / "adapter_config.json",
        R"({"peft_type":"LORA","target_modules":["q_proj"],"r":)" + std::string(r) + "}");
    CHECK_THAT(error_of([&] { read_adapter_config(file.folder.path()); }), ContainsSubstring("r must be an integer"));
  }
  CHECK_THAT(error_of([&] { file.read(targets, "IA3"); }), ContainsSubstring("peft_type"));
  CHECK_THAT(error_of([&] { file.read(targets, "ADORA"); }), ContainsSubstring("peft_type"));
  CHECK_THAT(error_of([&] { file.read(""); }), ContainsSubstring("target_modules"));
  CHECK_THAT(error_of([&] { file.read(R"(,"target_modules":[])"); }), ContainsSubstring("target_modules"));
  CHECK_THAT(error_of([&] { file.read(R"(,"target_modules":[1])"); }), ContainsSubstring("target_modules"));
}

TEST_CASE("adapter config: what is written is read back, of every kind") {
  TemporaryFolder folder;
  for (const std::string& kind : adapter_kinds()) {
    // Its matrices are drawn from a seed, and of one rank.
    const bool frozen = adapter_kind(kind).has_rank() && !adapter_kind(kind).has_alpha();
    for (bool mixed : {false, true}) {
      for (bool regex : {false, true}) {
        INFO(kind << mixed << regex);
        AdapterConfig c;
        c.kind = kind;
        c.rank = 6;
        c.alpha = frozen ? 6 : 9.5;
        c.dropout = 0.125;
        if (regex) c.target_regex = ".*\\.(q|v)_proj";
        else c.target_modules = {"q_proj", "v_proj"};
        if (mixed) c.magnitude_modules = {"gate_proj", "o_proj"}, c.exclude_modules = {"layers.0.self_attn.q_proj"};
        if (!frozen) {
          c.rank_pattern = {{"v_proj", 3}};
          c.alpha_pattern = {{"layers.1.self_attn.v_proj", 2.5}, {"q_proj", 7}};
          c.use_rslora = true;
        } else {
          c.d_initial = 0.25;
          c.projection_prng_key = 11;
        }
        c.layers_to_transform = {1, 3};
        if (regex) c.exclude_regex = "(?i).*K_PROJ", c.exclude_modules = {};
        else c.layers_pattern = {"layers", "h"};
        c.modules_to_save = {"lm_head", "norm"};
        c.bias = mixed ? "all" : "lora_only";
        if (adapter_kind(kind).has_bias()) c.lora_bias = mixed;
        if (kind == "lora" || kind == "dora") c.init = regex ? "gaussian" : "false";
        c.base_model_name_or_path = "some/model";
        write_adapter_config(folder / "adapter_config.json", c);
        AdapterConfig d = read_adapter_config(folder.path());
        CHECK(same(c, d));
      }
    }
  }
}

TEST_CASE("adapter config: to PEFT a magnitude alone is DoRA on all its modules") {
  TemporaryFolder folder;
  AdapterConfig c;
  c.kind = "magnitude";
  c.target_modules = {"q_proj"};
  c.magnitude_modules = {"k_proj"};
  write_adapter_config(folder / "a.json", c);
  Json json = read_json_file(folder / "a.json");
  auto& fields = *json.get<Json::Object>();
  CHECK(fields.at("peft_type") == Json("LORA"));
  CHECK(fields.at("use_dora") == Json(true));
  CHECK(fields.at("r") == Json(1));
  CHECK(fields.at("target_modules") == Json(Json::Array{"q_proj", "k_proj"}));
}

TEST_CASE("adapter config: thousands of damaged files either load or are refused") {
  TemporaryFolder folder;
  AdapterConfig c;
  c.target_modules = {"q_proj"};
  c.rank_pattern = {{"q_proj", 3}};
  c.magnitude_modules = {"o_proj"};
  write_adapter_config(folder / "valid", c);
  int refused = read_damaged(bytes_of(folder / "valid"), folder / "adapter_config.json", 4000,
                             [](const std::string& path) { read_adapter_config(path); });
  CHECK(refused > 500);
  CHECK(refused < 4000);
}
