// Held against what PEFT 0.21 computes: files/make_llama.py.
#include <filesystem>

#include "../../../../nn/adapters/peft_config.h"
#include "../../../../nn/adapters/peft_folder.h"
#include "../../../../nn/io/json_file.h"
#include "../../../../nn/io/safetensors.h"
#include "../../../../nn/models/model_folder.h"
#include "../../../../ops/creation.h"
#include "../../../files.h"
#include "adapted_llama.h"

using namespace adora;
using namespace adora::test;

namespace {

const std::filesystem::path files = std::filesystem::path(ADORA_SOURCE_ROOT) / "tests/unit/nn/adapters/files/llama";

std::unique_ptr<CausalLm> base() { return load_model((files / "base").string()); }

std::vector<double> logits_of(const CausalLm& model) {
  NoGrad no_grad;
  return to_vector<double>(model.logits(tokens()));
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(files))
    if (entry.is_directory() && entry.path().filename() != "base") names.push_back(entry.path().filename().string());
  return names;
}

/// Of float32 logits, each a sum of some hundred products.
constexpr double within = 2e-5;

void check_same(const std::vector<double>& found, const std::vector<double>& expected) {
  double largest = 1;
  for (const double value : expected) largest = std::max(largest, std::abs(value));
  CHECK(largest_difference(found, expected) < within * largest);
}

}  // namespace

TEST_CASE("PEFT's adapters of a Llama give PEFT's logits, live, merged and saved again") {
  const StateDict expected = read_safetensors((files / "logits.safetensors").string());
  const std::vector<double> plain = to_vector<double>(expected.at("base"));
  CHECK(cases().size() + 1 == expected.size());
  for (const std::string& name : cases()) {
    INFO(name);
    const std::vector<double> wanted = to_vector<double>(expected.at(name));
    const std::unique_ptr<CausalLm> model = base();
    check_same(logits_of(*model), plain);
    load_adapter(*model, (files / name).string());
    check_same(logits_of(*model), wanted);

    TemporaryFolder folder;
    save_adapter(*model, folder.path());
    const std::unique_ptr<CausalLm> again = base();
    const AdapterConfig saved = load_adapter(*again, folder.path());
    CHECK(saved.init == "true");
    check_same(logits_of(*again), wanted);

    activate_adapters(*model, {});
    check_same(logits_of(*model), plain);
    activate_adapters(*model, {"default"});
    merge_adapters(*model);
    check_same(logits_of(*model), wanted);
    unmerge_adapters(*model);
    check_same(logits_of(*model), wanted);
    fold_adapters(*model);
    check_same(logits_of(*model), wanted);
    save_model(*model, folder / "whole");
    check_same(logits_of(*load_model(folder / "whole")), wanted);

    remove_adapter(*again, "default");
    check_same(logits_of(*again), plain);
    CHECK(again->state_dict().size() == base()->state_dict().size());
  }
}

TEST_CASE("a changed weight beside an adapter that doesn't train it is refused by name, one unchanged is passed over") {
  TemporaryFolder folder;
  const std::unique_ptr<CausalLm> model = base();
  const std::filesystem::path from = files / "patterns";
  StateDict state = read_safetensors((from / "adapter_model.safetensors").string());
  const StateDict own = model->state_dict();
  put(folder / "adapter_config.json", bytes_of((from / "adapter_config.json").string()));
  const std::string key = "base_model.model.model.embed_tokens.weight";
  state[key] = clone(to(own.at("model.embed_tokens.weight"), cpu));
  state["base_model.model.lm_head.weight"] = state[key];
  write_safetensors(folder / "adapter_model.safetensors", state);
  CHECK_NOTHROW(load_adapter(*model, folder.path(), "unchanged"));
  state[key] = zeros({11, 8}, float32, cpu);
  write_safetensors(folder / "adapter_model.safetensors", state);
  CHECK_THROWS_WITH(load_adapter(*model, folder.path(), "changed"),
                    ContainsSubstring(key) && ContainsSubstring("modules_to_save"));
  state[key] = zeros({12, 8}, float32, cpu);
  write_safetensors(folder / "adapter_model.safetensors", state);
  CHECK_THROWS_WITH(load_adapter(*model, folder.path(), "longer"), ContainsSubstring(key));
  CHECK(adapter_names(*model) == std::vector<std::string>{"unchanged"});
}
