// Which parameters weight decay is kept from.
#include "../../../../nn/optim/undecayed.h"

#include "../models/small_llama.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

/// Attention that has norms: its class is called neither a norm nor …Norm.
struct NormAttention : Module {
  explicit NormAttention(Generator& g) : up(2, 3, g), norm(3), pictures(4) {
    child("up", up), child("norm", norm), child("pictures", pictures);
  }
  Linear up;
  LayerNorm norm;
  BatchNorm2d pictures;
};

}  // namespace

TEST_CASE("biases and norms don't decay, whatever their names") {
  Generator g(1);
  NormAttention net(g);
  CHECK(undecayed_parameters(net) ==
        std::set<std::string>{"norm.bias", "norm.weight", "pictures.bias", "pictures.weight", "up.bias"});
  CHECK(undecayed_parameters(net.norm) == std::set<std::string>{"bias", "weight"});
}

TEST_CASE("of a Llama the norms' weights don't decay, and of one step the others lose their share") {
  Llama model(small_llama_config());
  // transformers' Trainer.get_decay_parameter_names leaves these out for a LlamaForCausalLM.
  std::set<std::string> norms{"model.norm.weight"};
  for (const char* layer : {"model.layers.0.", "model.layers.1."})
    for (const char* norm : {"input_layernorm.weight", "post_attention_layernorm.weight"})
      norms.insert(std::string(layer) + norm);
  const std::set<std::string> undecayed = undecayed_parameters(model);
  CHECK(undecayed == norms);
  SGD optimizer(model, {.lr = 0.5, .weight_decay = 0.5});
  optimizer.set_weight_decay(0, [&](const std::string& name) { return undecayed.contains(name); });
  for (const NamedTensor& one : model.trainable_parameters()) {
    set_grad(one.tensor, zeros_like(one.tensor.detach()));
    NoGrad no_grad;
    fill_(one.tensor, 1);
  }
  optimizer.step();
  for (const NamedTensor& one : model.trainable_parameters())
    CHECK(to_vector<float>(one.tensor)[0] == (norms.contains(one.name) ? 1.f : 0.75f));
}
