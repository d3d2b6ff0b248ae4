#include <filesystem>

#include "../../../../nn/io/json_file.h"
#include "../../../files.h"
#include "sine_weights.h"

// Small models of every family: their files in tests/families have what transformers computes with them in float64.

using namespace adora;
using namespace adora::test;

namespace {

struct FamilyCase {
  std::string name;
  Json json;

  const Json::Object& fields() const { return *json.get<Json::Object>(); }
  const Json& config() const { return fields().at("config"); }
  std::string model_type() const { return *config().get<Json::Object>()->at("model_type").get<std::string>(); }

  /// With the weights that the numbers are of.
  std::unique_ptr<CausalLm> model(DType dtype = float64) const {
    auto made = make_model(config(), name, {.dtype = dtype});
    JsonFields fields(json, name);
    const std::vector<std::string> names = fields.strings("parameters");
    const bool offset = model_type().starts_with("gemma");  // norms multiply by 1 + weight
    set_sine_weights(*made, names, offset ? 0 : 1);
    return made;
  }
};

std::vector<FamilyCase> cases() {
  std::vector<FamilyCase> all;
  for (const auto& entry : std::filesystem::directory_iterator(ADORA_SOURCE_ROOT "/tests/families"))
    if (entry.path().extension() == ".json")
      all.push_back({entry.path().stem().string(), read_json_file(entry.path().string())});
  std::sort(all.begin(), all.end(), [](const FamilyCase& a, const FamilyCase& b) { return a.name < b.name; });
  return all;
}

std::vector<double> numbers(const Json& json) {
  std::vector<double> all;
  for (const Json& one : *json.get<Json::Array>()) {
    const auto* number = one.get<double>();
    all.push_back(number ? *number : static_cast<double>(*one.get<std::int64_t>()));
  }
  return all;
}

std::vector<double> logits_of(const CausalLm& model) {
  NoGrad no_grad;
  return to_vector<double>(model.logits(two_texts()));
}

/// Within so much of the largest of them.
void check_near(const std::vector<double>& found, const std::vector<double>& expected, double tolerance) {
  REQUIRE(found.size() == expected.size());
  double largest = 0, worst = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    worst = std::max(worst, std::abs(found[i] - expected[i]));
  }
  CHECK(worst <= tolerance * largest);
}

}  // namespace

TEST_CASE("every family has a case") {
  for (const std::string& type : model_types()) {
    INFO(type);
    const auto all = cases();
    CHECK((type == "gpt2" || std::any_of(all.begin(), all.end(), [&](auto& one) { return one.model_type() == type; })));
  }
}

TEST_CASE("logits, loss and the gradients of every weight are those of transformers, family by family") {
  for (const FamilyCase& one : cases()) {
    INFO(one.name);
    const auto model = one.model();
    std::vector<double> expected;
    for (const Json& text : *one.fields().at("logits").get<Json::Array>())
      for (const Json& row : *text.get<Json::Array>())
        for (const double number : numbers(row)) expected.push_back(number);
    check_near(logits_of(*model), expected, 1e-11);
    std::vector<Gradient> gradients;
    for (const auto& [name, norm_and_second] : *one.fields().at("gradients").get<Json::Object>()) {
      const auto both = numbers(norm_and_second);
      gradients.push_back({name, both[0], both[1]});
    }
    check_loss(*model, *one.fields().at("loss").get<double>(), gradients);
  }
}

TEST_CASE("logits from the cache are those of the whole texts, family by family") {
  for (const FamilyCase& one : cases()) {
    INFO(one.name);
    // The angles of these depend on how long the text is when a token is read, in transformers too.
    if (one.name == "llama_dynamic" || one.name == "phi3_long") continue;
    check_cache(*one.model(), 7);
  }
}

TEST_CASE("a model of every family is fine-tuned with DoRA, folded, saved, and read again") {
  for (const FamilyCase& one : cases()) {
    INFO(one.name);
    const auto model = one.model(float32);
    const std::vector<double> plain = logits_of(*model);
    TemporaryFolder folder;
    save_model(*model, folder.path());
    check_near(logits_of(*load_model(folder.path())), plain, 1e-9);

    model->requires_grad(false);
    add_adapter(*model, {.kind = "dora", .rank = 2, .target_regex = "all-linear"});
    AdamW optimizer(model->trainable_parameters(), {.lr = 1e-2});
    const double before = item(model->loss(two_texts(), two_targets()));
    for (int step = 0; step < 20; ++step) {
      optimizer.zero_grad();
      backward(model->loss(two_texts(), two_targets()));
      optimizer.step();
    }
    CHECK(item(model->loss(two_texts(), two_targets())) < 0.9 * before);
    const std::vector<double> adapted = logits_of(*model);
    fold_adapters(*model);
    check_near(logits_of(*model), adapted, 1e-4);
    const std::vector<double> folded = logits_of(*model);
    save_model(*model, folder.path());
    const auto read = load_model(folder.path());
    CHECK(read->config().model_type == one.model_type());
    check_near(logits_of(*read), folded, 1e-9);
  }
}
