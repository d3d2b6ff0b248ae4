#include <filesystem>
#include <fstream>

#include "../../../catch.h"
#include "but_elementwise.h"

// A real pre-trained model against PyTorch in float64, where its files are there.

using namespace adora;

namespace {

const std::string shared_folder = ADORA_SOURCE_ROOT "/../shared/";
const std::string reference = shared_folder + "reference/model/";
const std::string stories = shared_folder + "models/stories260k";

bool there() {
  bool found = std::filesystem::exists(reference) && std::filesystem::exists(stories);
  if (!found) WARN("there is no " << reference << ": nothing was compared");
  return found;
}

std::unique_ptr<CausalLm> load(DType dtype) { return load_model(stories, {.dtype = dtype}); }

void add(CausalLm& model, const std::string& folder, AdapterOptions options = {}) {
  add_adapter(model, read_adapter_config(folder), "default", options);
  load_adapter_state_dict(model, read_safetensors(folder + "/adapter_model.safetensors"));
}

/// The largest difference of the model's logits from a reference file's, over the tokens in it.
double logits_error(const CausalLm& model, const std::string& file) {
  NoGrad no_grad;
  SafetensorsReader reader(file);
  Tensor tokens = reader.tensor("tokens");
  auto expected = to_vector<double>(reader.tensor("logits"));
  auto logits = to_vector<double>(model.logits(reshape(tokens, {1, tokens.numel()})));
  REQUIRE(logits.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) worst = std::max(worst, std::abs(logits[i] - expected[i]));
  return worst;
}

/// Feeding the prompt and then always the likeliest token gives the reference's tokens.
void check_greedy(const CausalLm& model, const std::string& file) {
  SafetensorsReader reader(file);
  auto tokens = to_vector<std::int64_t>(reader.tensor("tokens"));
  auto prompt = static_cast<std::size_t>(std::stoi(reader.metadata().at("prompt_tokens")));
  std::vector<std::int64_t> made(tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(prompt));
  KvCache cache = model.make_cache(1, static_cast<std::int64_t>(tokens.size()));
  Tensor logits =
      model.prefill(tensor(made, {1, static_cast<std::int64_t>(prompt)}), {static_cast<std::int64_t>(prompt)}, cache);
  while (made.size() < tokens.size()) {
    made.push_back(to_vector<std::int64_t>(argmax(logits, 1))[0]);
    if (made.size() < tokens.size()) logits = model.decode(tensor<std::int64_t>({made.back()}), {0}, cache);
  }
  CHECK(made == tokens);
}

std::vector<double> numbers(const Json& json) {
  std::vector<double> values;
  for (const Json& value : *json.get<Json::Array>()) values.push_back(*value.get<double>());
  return values;
}

/// Four steps of four lines each, in file order, from the fresh adapter of a folder.
void check_trajectory(const std::string& method, DType dtype, double tolerance) {
  auto model = load(dtype);
  add(*model, reference + "init_" + method);
  auto tokenizer = Tokenizer::load(stories);
  std::vector<std::vector<std::int64_t>> documents;
  std::ifstream lines(reference + "lines.txt");
  for (std::string line; std::getline(lines, line);) {
    auto ids = prompt_tokens(*tokenizer, line);
    ids.push_back(tokenizer->eos().value());
    documents.push_back(ids);
  }
  REQUIRE(documents.size() == 8);
  Json trajectory = read_json_file(reference + "trajectory_" + method + ".json");
  auto losses = numbers(trajectory.get<Json::Object>()->at("loss"));
  auto norms = numbers(trajectory.get<Json::Object>()->at("grad_norm"));
  AdamW optimizer(model->trainable_parameters(), {.lr = 1e-3, .weight_decay = 0});
  std::size_t at = 0;
  for (std::size_t step = 0; step < losses.size(); ++step) {
    std::size_t longest = 0;
    for (std::size_t i = 0; i < 4; ++i) longest = std::max(longest, documents[(at + i) % 8].size());
    Tensor tokens = full({4, static_cast<std::int64_t>(longest) - 1}, 0, int64, cpu);
    Tensor targets = full(tokens.shape(), -100, int64, cpu);
    for (std::size_t i = 0; i < 4; ++i) {
      const auto& ids = documents[(at + i) % 8];
      std::copy(ids.begin(), ids.end() - 1, tokens.data<std::int64_t>() + i * (longest - 1));
      std::copy(ids.begin() + 1, ids.end(), targets.data<std::int64_t>() + i * (longest - 1));
    }
    at += 4;
    optimizer.zero_grad();
    Tensor loss = model->loss(tokens, targets);
    backward(loss);
    CHECK(item(loss) == Approx(losses[step]).epsilon(tolerance));
    CHECK(grad_norm(model->trainable_parameters()) == Approx(norms[step]).epsilon(10 * tolerance));
    optimizer.step();
  }
  StateDict trained = read_safetensors(reference + "trained_" + method + ".safetensors");
  StateDict state = adapter_state_dict(*model);
  REQUIRE(trained.size() == state.size());
  double worst = 0;
  for (const auto& [name, x] : trained) {
    auto expected = to_vector<double>(x), values = to_vector<double>(state.at(name));
    REQUIRE(values.size() == expected.size());
    for (std::size_t i = 0; i < values.size(); ++i) worst = std::max(worst, std::abs(values[i] - expected[i]));
  }
  // Adam turns a gradient of nothing but rounding into a whole step of 1e-3, so float32 can't be held to more.
  CHECK(worst < (dtype == float64 ? 1e-6 : 4e-3));
}

}  // namespace

TEST_CASE("logits and greedy tokens of a real Llama are PyTorch's", "[long]") {
  if (!there()) return;
  for (const char* file : {"base_0.safetensors", "base_1.safetensors"}) {
    auto wide = load(float64), narrow = load(float32);
    // The file holds float32.
    CHECK(logits_error(*wide, reference + file) < 1e-5);
    CHECK(logits_error(*narrow, reference + file) < 2e-4);
    check_greedy(*narrow, reference + file);
  }
}

TEST_CASE("a PEFT DoRA adapter on a real Llama gives PyTorch's logits, tokens and merged weights", "[long]") {
  if (!there()) return;
  for (DType dtype : {float64, float32}) {
    auto model = load(dtype);
    add(*model, reference + "dora_r4");
    model->eval();
    const std::string file = reference + "dora_r4/reference.safetensors";
    CHECK(logits_error(*model, file) < (dtype == float64 ? 1e-5 : 2e-4));
    check_greedy(*model, file);
    merge_adapters(*model);
    CHECK(logits_error(*model, file) < (dtype == float64 ? 1e-5 : 2e-4));
    StateDict weights = model->state_dict();
    for (const auto& [name, x] : read_safetensors(reference + "dora_r4/merged.safetensors")) {
      INFO(name);
      auto expected = to_vector<double>(x), values = to_vector<double>(weights.at(name));
      double worst = 0;
      for (std::size_t i = 0; i < values.size(); ++i) worst = std::max(worst, std::abs(values[i] - expected[i]));
      CHECK(worst < 1e-6);
    }
  }
}

TEST_CASE("fine-tuning a real Llama with DoRA takes the steps that PyTorch takes") {
  if (!there()) return;
  check_trajectory("dora", float64, 1e-7);
  check_trajectory("dora", float32, 1e-5);
}

TEST_CASE("fine-tuning a real Llama with LoRA takes the steps that PyTorch takes") {
  if (!there()) return;
  check_trajectory("lora", float64, 1e-7);
  check_trajectory("lora", float32, 1e-5);
}
