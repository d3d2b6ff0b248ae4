#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "../../../../nn/io/gguf_writer.h"
#include "../../../../nn/io/json_file.h"
#include "../../../../nn/models/gguf_model.h"
#include "../../../files.h"
#include "../../../refused.h"
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

/// What a family's model must do; each throws or reports where it doesn't.
void loads(const FamilyCase& one) {
  std::vector<double> expected;
  for (const Json& text : *one.fields().at("logits").get<Json::Array>())
    for (const Json& row : *text.get<Json::Array>())
      for (const double number : numbers(row)) expected.push_back(number);
  check_near(logits_of(*one.model()), expected, 1e-11);
}

void trains(const FamilyCase& one) {
  std::vector<Gradient> gradients;
  for (const auto& [name, norm_and_second] : *one.fields().at("gradients").get<Json::Object>()) {
    const auto both = numbers(norm_and_second);
    gradients.push_back({name, both[0], both[1]});
  }
  check_loss(*one.model(), *one.fields().at("loss").get<double>(), gradients);
}

/// A text that is read in two parts has the logits of the whole.
void reads_on(const CausalLm& model) {
  NoGrad no_grad;
  GrowingText text(model, 16);
  const std::vector<std::int64_t> tokens{1, 5, 3, 2, 6, 4, 1, 2, 3};
  text.read({1, 5, 3, 2});
  const auto count = static_cast<std::int64_t>(tokens.size());
  const Tensor all = model.logits(tensor(tokens, {1, count}));
  check_near(to_vector<double>(text.read(tokens)), to_vector<double>(select(select(all, 0, 0), 0, count - 1)), 1e-10);
}

void decodes(const FamilyCase& one) {
  // The angles of these depend on how long the text is when a token is read, in transformers too.
  if (one.name != "llama_dynamic" && one.name != "phi3_long") check_cache(*one.model(), 7);
  const auto model = one.model(float32);
  CHECK(generate(*model, {{1, 5, 3}}, 4).front().size() >= 4);
  reads_on(*one.model());
}

/// After some steps with an adapter on every linear layer.
std::unique_ptr<CausalLm> adapted(const FamilyCase& one, const char* kind) {
  auto model = one.model(float32);
  model->requires_grad(false);
  add_adapter(*model, {.kind = kind, .rank = 2, .target_regex = "all-linear"});
  AdamW optimizer(model->trainable_parameters(), {.lr = 1e-2});
  const double before = item(model->loss(two_texts(), two_targets()));
  for (int step = 0; step < 20; ++step) {
    optimizer.zero_grad();
    backward(model->loss(two_texts(), two_targets()));
    optimizer.step();
  }
  CHECK(item(model->loss(two_texts(), two_targets())) < 0.95 * before);
  return model;
}

void takes_adapters(const FamilyCase& one) {
  for (const char* kind : {"lora", "dora"}) adapted(one, kind);
}

void merges(const FamilyCase& one) {
  const auto model = adapted(one, "dora");
  const std::vector<double> live = logits_of(*model);
  fold_adapters(*model);
  check_near(logits_of(*model), live, 1e-4);
}

void saves(const FamilyCase& one) {
  TemporaryFolder folder;
  const auto model = one.model(float32);
  save_model(*model, folder.path());
  const auto read = load_model(folder.path());
  CHECK(read->config().model_type == one.model_type());
  check_near(logits_of(*read), logits_of(*model), 1e-9);
}

/// Texts in one row have the loss and the gradients that they have one by one, also with blocks computed again.
void packs(const FamilyCase& one) {
  const std::vector<std::int64_t> tokens{1, 5, 3, 9, 0, 2, 7, 4, 4, 10, 8, 6, 1, 1}, lengths{7, 1, 4, 2},
      targets{5, 3, 9, 0, 2, 7, -100, 4, 10, 8, 6, 1, -100, 3};
  auto gradients = [](const CausalLm& model) {
    std::vector<double> all;
    for (const NamedTensor& x : model.trainable_parameters())
      for (const double g : to_vector<double>(grad(x.tensor))) all.push_back(g);
    return all;
  };
  const auto alone = one.model();
  double sum = 0;
  const Tensors texts = split(tensor(tokens, {1, 14}), lengths, 1),
                wanted = split(tensor(targets, {1, 14}), lengths, 1);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Tensor loss = alone->loss(texts[i], wanted[i], {.reduction = Reduction::sum});
    sum += item(loss);
    backward(loss);
  }
  for (const bool again : {false, true}) {
    const auto packed = one.model();
    packed->set_gradient_checkpointing(again);
    const Tensor loss =
        packed->loss(tensor(tokens, {1, 14}), tensor(targets, {1, 14}), {.reduction = Reduction::sum}, lengths);
    CHECK(item(loss) == Approx(sum).epsilon(1e-12));
    backward(loss);
    check_near(gradients(*packed), gradients(*alone), 1e-11);
  }
}

struct Ability {
  const char* name;
  void (*check)(const FamilyCase&);
};
const std::vector<Ability> abilities{
    {"load", loads},   {"train", trains}, {"cache", decodes}, {"adapters", takes_adapters},
    {"merge", merges}, {"save", saves},   {"packed", packs}};

std::string architecture_of(const FamilyCase& one) {
  const auto& list = *one.config().get<Json::Object>()->at("architectures").get<Json::Array>();
  return *list.front().get<std::string>();
}

/// The text of docs/models.md: a row of abilities for each case, all of which hold.
std::string table(const std::vector<FamilyCase>& all) {
  std::string text =
      "# Models\n\nEvery family of models that is known, as its `config.json` names it, and what was held against\n"
      "transformers or against itself for each of the small models in `tests/families`: logits (`load`), the loss and\n"
      "the gradients of every weight (`train`) are transformers' in float64; decoding from the `cache` gives the "
      "logits\n"
      "of the whole text; LoRA and DoRA on every linear layer learn (`adapters`), compute the same when folded in\n"
      "(`merge`), a folder that is saved is read again (`save`), and texts that are packed into one row have the loss\n"
      "and the gradients that they have one by one (`packed`). `build/tests/unit` writes and checks this file.\n\n"
      "| model_type | architecture | case |";
  for (const Ability& ability : abilities) text += fmt::format(" {} |", ability.name);
  text += "\n| --- | --- | --- |";
  for (std::size_t i = 0; i < abilities.size(); ++i) text += " --- |";
  text += "\n";
  for (const FamilyCase& one : all) {
    text += fmt::format("| {} | {} | {} |", one.model_type(), architecture_of(one), one.name);
    for (std::size_t i = 0; i < abilities.size(); ++i) text += " yes |";
    text += "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("every family has a case") {
  const auto all = cases();
  for (const std::string& type : model_types()) {
    INFO(type);
    CHECK(std::any_of(all.begin(), all.end(), [&](const FamilyCase& one) { return one.model_type() == type; }));
  }
}

TEST_CASE("logits, loss and the gradients of every weight are those of transformers, family by family") {
  for (const FamilyCase& one : cases()) {
    INFO(one.name);
    loads(one);
    trains(one);
  }
}

TEST_CASE("texts packed into one row don't see one another, family by family") {
  for (const FamilyCase& one : cases()) {
    INFO(one.name);
    packs(one);
  }
  const auto model = cases().front().model();
  check_refused({{"CausalLm::hidden",
                  [&] {
                    model->hidden(two_texts(), {7, 7});
                  }},
                 {"CausalLm::hidden",
                  [&] {
                    model->hidden(tensor<std::int64_t>({1, 2}, {1, 2}), {1});
                  }},
                 {"CausalLm::hidden", [&] {
                    model->hidden(tensor<std::int64_t>({1, 2}, {1, 2}), {2, 0});
                  }}});
}

TEST_CASE("models of every family decode, take adapters, are merged and saved", "[long]") {
  for (const FamilyCase& one : cases()) {
    INFO(one.name);
    for (const auto& check : {decodes, takes_adapters, merges, saves}) check(one);
  }
}

TEST_CASE("positions scaled as GGUF files can say are the same in one, and others are refused", "[cpu]") {
  TemporaryFolder folder;
  for (const FamilyCase& one : cases()) {
    INFO(one.name);
    if (!one.name.starts_with("llama_") || one.name == "llama_with_biases") continue;
    GgufWriter writer;
    const auto model = one.model();
    auto write = [&] { write_gguf_model(writer, *model, one.name, "F32", one.name); };
    if (one.name == "llama_llama3" || one.name == "llama_linear") {
      write();
      writer.write(folder / "x.gguf");
      check_near(logits_of(*load_model(folder / "x.gguf", {.dtype = float64})), logits_of(*model), 1e-5);
    } else {
      CHECK_THAT(error_of(write), ContainsSubstring("rope_scaling"));
    }
  }
}

TEST_CASE("docs/models.md has a row for every case", "[cpu]") {
  const std::string path = ADORA_SOURCE_ROOT "/docs/models.md", wanted = table(cases());
  if (std::getenv("ADORA_WRITE_DOCS")) put(path, wanted);
  INFO("write it anew with: ADORA_WRITE_DOCS=1 build/tests/unit \"docs/models.md*\"");
  CHECK(MappedFile(path).text() == wanted);
}
