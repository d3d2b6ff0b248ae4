#include "model.h"

#include <cmath>
#include <span>

#include "../../nn/models/llama.h"
#include "../../ops/creation.h"

namespace adora::tiny_world {

namespace {

std::span<float> numbers(const Tensor& tensor) {
  return {tensor.data<float>(), static_cast<std::size_t>(tensor.numel())};
}

void randomize(const Tensor& tensor, double deviation, Generator& generator) {
  const Tensor drawn = normal(tensor.shape(), 0, deviation, generator);
  const auto from = numbers(drawn);
  std::copy(from.begin(), from.end(), numbers(tensor).begin());
}

LlamaConfig llama_config(const Recipe& recipe, const Vocabulary& vocabulary) {
  LlamaConfig config;
  config.vocab_size = vocabulary.size();
  config.hidden_size = recipe.hidden_size;
  config.intermediate_size = recipe.intermediate_size;
  config.num_hidden_layers = recipe.layers;
  config.num_attention_heads = config.num_key_value_heads = recipe.heads;
  config.head_dim = recipe.hidden_size / recipe.heads;
  config.max_position_embeddings = 512;
  config.rope_theta = recipe.rope_theta;
  config.tie_word_embeddings = true;
  config.bos_token_id = vocabulary.bos();
  config.eos_token_id = {vocabulary.eos()};
  return config;
}

void set_initial_weights(Llama& model, const LlamaConfig& config, const InitialWeights& initial, Generator& generator) {
  const auto width = static_cast<std::size_t>(config.hidden_size), head = static_cast<std::size_t>(config.head_dim);

  std::vector<float> direction(width);
  for (float& number : direction) number = generator.uniform() < 0.5 ? -1.0f : 1.0f;
  randomize(model.model.embed_tokens.weight, initial.deviation, generator);
  const auto embeddings = numbers(model.model.embed_tokens.weight);
  for (std::size_t i = 0; i < embeddings.size(); ++i)
    embeddings[i] += static_cast<float>(initial.common) * direction[i % width];

  bool first = true;
  for (const auto& block : model.model.layers) {
    auto& attention = block->self_attn;
    auto& mlp = block->mlp;
    for (const Linear* linear : {&attention.q_proj, &attention.k_proj, &attention.v_proj, &mlp.gate_proj, &mlp.up_proj})
      randomize(linear->weight, initial.deviation, generator);
    for (const Linear* linear : {&attention.o_proj, &mlp.down_proj})
      randomize(linear->weight, initial.writing, generator);

    const auto q = numbers(attention.q_proj.weight), k = numbers(attention.k_proj.weight);
    if (first) {
      // In the pairs that turn fastest the query is (c, 0) and the key the same turned by one position: their
      // product is largest for the token before.
      for (std::size_t one = 0; one < 2; ++one)
        for (std::size_t pair = 0; pair < 4; ++pair) {
          const double angle =
              std::pow(config.rope_theta, -2.0 * static_cast<double>(pair) / static_cast<double>(head));
          for (std::size_t i = 0; i < width; ++i) {
            const double unit = initial.previous * direction[i] / std::sqrt(static_cast<double>(width));
            const std::size_t real = (one * head + pair) * width + i, imaginary = real + head / 2 * width;
            q[real] = static_cast<float>(unit), q[imaginary] = 0;
            k[real] = static_cast<float>(unit * std::cos(angle)),
            k[imaginary] = static_cast<float>(unit * std::sin(angle));
          }
        }
    } else {
      // A key that is like the query, but turned half around in the pairs that turn fastest: so a token looks at
      // others that are like it rather than at itself.
      const double rest = std::sqrt(1 - initial.likeness * initial.likeness);
      for (std::size_t i = 0; i < k.size() / 2; ++i) {
        const bool fast = i / width % (head / 2) < initial.turned;
        q[i] *= static_cast<float>(initial.sharpness);
        k[i] = static_cast<float>((fast ? -1 : 1) * initial.likeness * q[i] + initial.sharpness * rest * k[i]);
      }
    }
    const auto v = numbers(attention.v_proj.weight), o = numbers(attention.o_proj.weight);
    for (std::size_t row = 0; row < width; ++row)
      for (std::size_t column = 0; column < width; ++column)
        o[row * width + column] += static_cast<float>(initial.copying) * v[column * width + row];
    first = false;
  }
}

}  // namespace

Json config_of(const Recipe& recipe, const Vocabulary& vocabulary) {
  return llama_config_json(llama_config(recipe, vocabulary));
}

std::unique_ptr<CausalLm> make_fresh_model(const Recipe& recipe, const Vocabulary& vocabulary, Generator& generator) {
  const LlamaConfig config = llama_config(recipe, vocabulary);
  auto model = std::make_unique<Llama>(config, ModelOptions{.device = cpu, .seed = recipe.seed});
  set_initial_weights(*model, config, recipe.initial, generator);
  return model;
}

}  // namespace adora::tiny_world
