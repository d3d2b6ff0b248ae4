#include "../../../../nn/adapters/initial_factors.h"

#include "../../../../nn/adapters/peft_folder.h"
#include "../../../../nn/layers/quantize.h"
#include "../../../../ops/matmul.h"
#include "../../../../ops/reduce.h"
#include "../../../files.h"
#include "adapted_llama.h"

using namespace adora;
using namespace adora::test;

namespace {

AdapterConfig beginning(const std::string& kind, const std::string& init) {
  AdapterConfig config = config_of(kind);
  config.init = init;
  return config;
}

/// Σ over the rows' products of a and b, in a plain loop.
double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

TEST_CASE("whatever LoRA and DoRA begin with but false, the model computes what it did") {
  for (const char* kind : {"lora", "dora"})
    for (const char* init : {"true", "gaussian", "pissa", "pissa_niter_4", "olora"}) {
      INFO(kind << " " << init);
      SmallLlama model;
      const std::vector<double> plain = logits(model);
      add_adapter(model, beginning(kind, init));
      check_close(logits(model), plain, 1e-9);
      merge_adapters(model);
      check_close(logits(model), plain, 1e-9);
    }
  SmallLlama model;
  const std::vector<double> plain = logits(model);
  add_adapter(model, beginning("lora", "false"));
  CHECK(largest_difference(logits(model), plain) > 1e-3);
}

TEST_CASE("PiSSA begins with a best approximation: what is left of the weight is orthogonal to it on both sides") {
  SmallLlama model;
  Linear& layer = model.model.layers[0]->mlp.up_proj;
  add_adapter(model, beginning("lora", "pissa"));
  const Adapter& adapter = adapter_on(layer);
  NoGrad no_grad;
  const Tensor A = to(part(adapter, "lora_A"), cpu), B = to(part(adapter, "lora_B"), cpu), W = to(layer.weight, cpu);
  const Tensor rest = W - matmul(B, A) * adapter.scale();
  for (const double x : to_vector<double>(matmul(rest, transpose(A)))) CHECK(std::abs(x) < 1e-9);
  for (const double x : to_vector<double>(matmul(transpose(B), rest))) CHECK(std::abs(x) < 1e-9);
  // And no vector is stretched further by the rest than by the part that was taken: power iteration on both.
  auto largest = [](const Tensor& M) {
    Tensor v = ones({M.size(1), 1}, float64, cpu);
    double norm = 0;
    for (int i = 0; i < 300; ++i) {
      v = matmul(transpose(M), matmul(M, v));
      norm = std::sqrt(dot(to_vector<double>(v), to_vector<double>(v)));
      v = v * (1 / norm);
    }
    return std::sqrt(norm);
  };
  CHECK(largest(rest) < largest(matmul(B, A) * adapter.scale()));
}

TEST_CASE("OLoRA begins with orthonormal columns of B and a triangular A") {
  SmallLlama model;
  Linear& layer = model.model.layers[0]->mlp.up_proj;
  add_adapter(model, beginning("lora", "olora"));
  NoGrad no_grad;
  const Tensor A = to(part(adapter_on(layer), "lora_A"), cpu), B = to(part(adapter_on(layer), "lora_B"), cpu);
  check_close(to_vector<double>(matmul(transpose(B), B)), {1, 0, 0, 1});
  CHECK(std::abs(to_vector<double>(A)[static_cast<std::size_t>(A.size(1))]) < 1e-12);
}

TEST_CASE("trained from a part of the weight, an adapter is saved as one of twice the rank on the model's own") {
  for (const bool stabilized : {false, true}) {
    SmallLlama model, other;
    AdapterConfig config = beginning("dora", "pissa");
    config.use_rslora = stabilized;
    config.rank_pattern = {{"up_proj", 3}};
    config.alpha_pattern = {{"q_proj", 7}};
    add_adapter(model, config);
    disturb(model, "default", 4);
    TemporaryFolder folder;
    save_adapter(model, folder.path());
    const AdapterConfig saved = load_adapter(other, folder.path());
    CHECK(saved.rank == 4);
    CHECK(saved.rank_pattern.front().second == 6);
    CHECK(saved.init == "true");
    check_close(logits(other), logits(model), 1e-9);
  }
}

TEST_CASE("a quantized weight's parts begin an adapter too") {
  SmallLlama model(float32);
  quantize_linears(model, QuantizedFormat::int8);
  const std::vector<double> plain = logits(model);
  add_adapter(model, beginning("lora", "pissa"));
  check_close(logits(model), plain, 1e-4);
}

TEST_CASE("a beginning that is not there is refused with what to do") {
  SmallLlama model;
  for (const char* init : {"loftq", "eva", "corda", "orthogonal", "pissa_niter_", "pissa_niter_x", "", "True"})
    CHECK_THROWS_WITH(add_adapter(model, beginning("lora", init)), ContainsSubstring("olora"));
  AdapterConfig config = beginning("lora", "pissa");
  config.rank = 5;  // k_proj has 4 rows
  CHECK_THROWS_WITH(add_adapter(model, config), ContainsSubstring("k_proj") && ContainsSubstring("5"));
  CHECK(adapter_names(model).empty());
}
