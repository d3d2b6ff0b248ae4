#include "../../drawn.h"
#include "../../numeric.h"
#include "models/small_llama.h"

using namespace adora;

namespace {

AdapterConfig dora_with_dropout() {
  return {.kind = "dora",
          .rank = 2,
          .alpha = 5,
          .dropout = 0.1,
          .target_modules = {"q_proj", "k_proj", "v_proj", "up_proj", "down_proj"}};
}

/// A run of training on texts that follow from the step's number alone.
struct Run {
  Llama model{small_llama_config()};
  std::unique_ptr<AdamW> optimizer;

  Run() {
    set_small_llama_weights(model);
    add_adapter(model, dora_with_dropout(), "default", {.seed = 3});
    optimizer = std::make_unique<AdamW>(model.trainable_parameters(), AdamWOptions{.lr = 5e-3});
  }

  double step(int number) {
    Generator g(7, static_cast<std::uint64_t>(number));
    Tensor tokens = empty({4, 9}, int64, cpu), targets = empty({4, 9}, int64, cpu);
    for (std::int64_t i = 0; i < tokens.numel(); ++i) {
      tokens.data<std::int64_t>()[i] = static_cast<std::int64_t>(g.below(11));
      targets.data<std::int64_t>()[i] = static_cast<std::int64_t>(g.below(11));
    }
    optimizer->set_lr(5e-3 * cosine_schedule(3)(number, 30));
    optimizer->zero_grad();
    Tensor loss = model.loss(tokens, targets);
    backward(loss);
    clip_grad_norm(optimizer->parameters(), 1.0);
    optimizer->step();
    return item(loss);
  }
};

StateDict copied(const StateDict& state) {
  StateDict result;
  for (const auto& [name, x] : state) result[name] = clone(x.detach());
  return result;
}

}  // namespace

TEST_CASE("training in a steady state asks the system for no memory", "[long]") {
  Run run;
  for (int i = 0; i < 3; ++i) run.step(i);
  auto before = memory_stats();
  for (int i = 3; i < 10; ++i) run.step(i);
  CHECK(memory_stats().system_allocations == before.system_allocations);
  CHECK(memory_stats().current == before.current);
}

TEST_CASE("a run taken up from its parameters, optimizer and generator goes on bit for bit", "[long]") {
  Run whole, resumed;
  for (int i = 0; i < 5; ++i) whole.step(i);
  StateDict weights = copied(adapter_state_dict(whole.model)), moments = copied(whole.optimizer->state_dict());
  std::uint64_t drawn = adapter(whole.model).dropout_generator.offset();
  CHECK(drawn > 0);
  load_adapter_state_dict(resumed.model, weights);
  resumed.optimizer->load_state_dict(moments);
  adapter(resumed.model).dropout_generator.set_offset(drawn);
  for (int i = 5; i < 15; ++i) CHECK(resumed.step(i) == whole.step(i));
  for (const auto& [name, x] : adapter_state_dict(whole.model)) {
    CHECK(to_vector<float>(adapter_state_dict(resumed.model).at(name)) == to_vector<float>(x));
  }
}

TEST_CASE("two runs of one seed are the same bit for bit") {
  Run one, two;
  for (int i = 0; i < 4; ++i) CHECK(one.step(i) == two.step(i));
}

TEST_CASE("gradients of micro-batches weighted by their tokens are those of the whole batch") {
  auto gradients_of = [](bool whole) {
    Llama model(small_llama_config(), {.dtype = float64});
    set_small_llama_weights(model);
    AdapterConfig config = dora_with_dropout();
    config.dropout = 0;
    add_adapter(model, config);
    Generator g(2);
    Tensor tokens = sample_indices(g, {4, 6}, 11), targets = sample_indices(g, {4, 6}, 11);
    // Very unequal rows: 6, 1, 3 and no target at all.
    std::int64_t lengths[] = {6, 1, 3, 0}, all = 10;
    for (std::int64_t row = 0; row < 4; ++row) {
      for (std::int64_t t = lengths[row]; t < 6; ++t) set(targets, row * 6 + t, -100);
    }
    if (whole) {
      backward(model.loss(tokens, targets));
    } else {
      for (std::int64_t row = 0; row < 4; ++row) {
        Tensor loss =
            model.loss(slice(tokens, 0, row, row + 1), slice(targets, 0, row, row + 1), {.reduction = Reduction::sum});
        backward(loss / static_cast<double>(all));
      }
    }
    std::vector<double> result;
    for (const auto& [name, x] : model.trainable_parameters()) {
      for (double v : to_vector<double>(grad(x))) result.push_back(v);
    }
    return result;
  };
  auto whole = gradients_of(true), parts = gradients_of(false);
  REQUIRE(whole.size() == parts.size());
  for (std::size_t i = 0; i < whole.size(); ++i) CHECK(parts[i] == Approx(whole[i]).epsilon(1e-9).margin(1e-13));
}

TEST_CASE("a model in bfloat16 trains an adapter in float32") {
  LlamaConfig config = small_llama_config();
  config.hidden_size = 64;
  config.intermediate_size = 256;
  config.vocab_size = 2048;
  Llama model(config, {.dtype = bfloat16});
  add_adapter(model, dora_with_dropout());
  for (const auto& [name, x] : model.trainable_parameters()) CHECK(x.dtype() == float32);
  AdamW optimizer(model.trainable_parameters(), {.lr = 0.02, .weight_decay = 0});
  Tensor tokens = tensor<std::int64_t>({1, 5, 3, 9}, {1, 4}), targets = tensor<std::int64_t>({5, 3, 9, 2}, {1, 4});
  std::vector<double> losses;
  for (int i = 0; i < 12; ++i) {
    optimizer.zero_grad();
    Tensor loss = model.loss(tokens, targets);
    losses.push_back(item(loss));
    backward(loss);
    optimizer.step();
  }
  CHECK(losses.back() < losses.front() - 0.1);
}

TEST_CASE("training an adapter on a bfloat16 model never holds all its weights in float32") {
  LlamaConfig config = small_llama_config();
  config.num_hidden_layers = 8;
  config.hidden_size = 128;
  config.intermediate_size = 512;
  Llama model(config, {.dtype = bfloat16});
  std::size_t weights = 0;
  for (const Tensor& x : model.parameters()) weights += static_cast<std::size_t>(x.numel()) * 2;
  std::size_t before = memory_stats().current;
  add_adapter(model, dora_with_dropout());
  CHECK(memory_stats().current - before < weights / 4);
  Tensor tokens = tensor<std::int64_t>({1, 5, 3, 9}, {1, 4});
  reset_peak_memory();
  before = memory_stats().current;
  backward(model.loss(tokens, tokens));
  CHECK(memory_stats().peak - before < weights);
}
