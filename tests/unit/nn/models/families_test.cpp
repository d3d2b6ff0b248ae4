#include <filesystem>

#include "../../../catch.h"
#include "../../../files.h"
#include "but_elementwise.h"

// Small models of every family that is known, as transformers saves them, where the files are there.

using namespace adora;

namespace {

const std::string families = ADORA_SOURCE_ROOT "/../shared/reference/families/";

std::vector<std::int64_t> tokens_of(const SafetensorsReader& reference) {
  return to_vector<std::int64_t>(reference.tensor("tokens"));
}

double largest_difference(const Tensor& a, const Tensor& b) {
  const auto x = to_vector<double>(a), y = to_vector<double>(b);
  REQUIRE(x.size() == y.size());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, std::abs(x[i] - y[i]));
  return worst;
}

}  // namespace

TEST_CASE("logits and greedy tokens of other families are those of transformers, also from a folder written here",
          "[long]") {
  if (!std::filesystem::exists(families)) {
    WARN("there is no " << families << ": nothing was compared");
    return;
  }
  for (const auto& entry : std::filesystem::directory_iterator(families)) {
    const std::string folder = entry.path().string();
    INFO(folder);
    if (!std::filesystem::exists(folder + "/config.json")) continue;
    const SafetensorsReader reference(folder + "/reference.safetensors");
    const auto tokens = tokens_of(reference);
    const auto count = static_cast<std::int64_t>(tokens.size());
    const auto prompt = static_cast<std::ptrdiff_t>(std::stoi(reference.metadata().at("prompt_tokens")));
    test::TemporaryFolder written;
    save_model(*load_model(folder), written.path());
    for (const std::string& from : {folder, written.path()}) {
      for (const DType dtype : {float64, float32}) {
        const auto model = load_model(from, {.dtype = dtype});
        model->eval();
        NoGrad no_grad;
        const Tensor logits = select(model->logits(tensor(tokens, {1, count})), 0, 0);
        CHECK(largest_difference(logits, reference.tensor("logits")) < 1e-4);
        CHECK(generate(*model, {{tokens.begin(), tokens.begin() + prompt}}, count - prompt).front() == tokens);
      }
    }
  }
}
