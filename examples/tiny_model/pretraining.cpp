#include "pretraining.h"

#include "../../nn/models/causal_lm.h"
#include "../../nn/optim/adamw.h"
#include "../../nn/train/trainer.h"
#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../../ops/reduce.h"
#include "../tiny_world/model.h"
#include "../tiny_world/packing.h"

namespace adora::finetune {

namespace {

namespace tw = tiny_world;

// Of the seed's random numbers: for the text, and for the fresh weights; further ones for every other draw.
constexpr std::uint64_t text_stream = 1, weights_stream = 2, streams_a_draw = 1000;

std::uint64_t stream_of(const tw::Recipe& recipe, std::uint64_t stream) {
  return stream + streams_a_draw * recipe.draw;
}

// One step's loss: the mean over the tokens, each counted with its weight.
Tensor weighted_loss(const CausalLm& model, const tw::Rows& rows) {
  const auto count = static_cast<std::int64_t>(rows.count), length = static_cast<std::int64_t>(rows.length);
  const Tensor tokens = tensor(rows.tokens, {count, length});
  std::vector<std::int64_t> targets(rows.tokens.size(), -100);
  std::vector<float> weights(rows.tokens.size(), 0.0f);
  double total = 0;
  for (std::size_t i = 0; i + 1 < rows.tokens.size(); ++i) {
    if ((i + 1) % rows.length == 0 || rows.weights[i + 1] == 0) continue;
    targets[i] = rows.tokens[i + 1];
    weights[i] = rows.weights[i + 1];
    total += weights[i];
  }
  for (float& weight : weights) weight = static_cast<float>(weight / total);
  const Tensor losses = model.loss(tokens, tensor(targets, {count, length}), {.reduction = Reduction::none});
  return sum(losses * to(tensor(weights, {count * length}), losses.device()));
}

void train(CausalLm& model, const tw::World& world, const tw::Vocabulary& vocabulary, const tw::Recipe& recipe) {
  AdamW optimizer(model.trainable_parameters(),
                  {.lr = recipe.lr, .beta1 = recipe.beta1, .beta2 = recipe.beta2, .weight_decay = recipe.weight_decay});
  Generator generator(recipe.seed, stream_of(recipe, text_stream));
  tw::Packer packer(world, vocabulary, generator);
  // Rows follow from those before them, so that this can't go on from a checkpoint, and leaves none.
  auto loss = [&](std::int64_t step, std::int64_t) {
    const double share = static_cast<double>(step) / static_cast<double>(recipe.steps);
    return weighted_loss(model, packer.rows(recipe.rows, recipe.row_length, tw::mix_at(share)));
  };
  Trainer trainer(model, optimizer, loss,
                  {.steps = recipe.steps,
                   .schedule = [&](std::int64_t step, std::int64_t) { return tw::lr_factor(recipe, step); },
                   .clip_grad_norm = recipe.clip_grad_norm,
                   .title = "pre-training"});
  trainer.run();
}

}  // namespace

StateDict pretrain(const tw::Recipe& recipe, Device device) {
  const tw::World world = tw::make_world(recipe.seed);
  const tw::Vocabulary vocabulary(world);
  Generator generator(recipe.seed, stream_of(recipe, weights_stream));
  const auto model = tw::make_fresh_model(recipe, vocabulary, generator);
  model->to(device);
  train(*model, world, vocabulary, recipe);
  model->to(cpu);
  StateDict weights;
  for (const auto& [name, tensor] : model->state_dict()) weights[name] = tensor.detach();
  return weights;
}

}  // namespace adora::finetune
