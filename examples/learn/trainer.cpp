// Training a module of your own with the library's trainer. Ended before its end and run again, it goes on.
#include <adora/adora.h>

using namespace adora;

struct Mlp : Module {
  explicit Mlp(Generator& g) : up(2, 32, g), down(32, 1, g) { child("up", up), child("down", down); }
  Tensor operator()(const Tensor& x) const { return down(tanh(up(x))); }
  Linear up, down;
};

int main() {
  Generator generator(0);
  const Tensor x = uniform({1024, 2}, -1, 1, generator), y = sum(square(x), {1}, true);
  Mlp model(generator);
  AdamW optimizer(model.trainable_parameters(), {.lr = 1e-2});
  auto loss = [&](std::int64_t from, std::int64_t to) {
    return mean(square(model(slice(x, 0, from, to)) - slice(y, 0, from, to)));
  };
  Trainer trainer(model, optimizer,
                  [&](std::int64_t step, std::int64_t) { return loss(step % 14 * 64, step % 14 * 64 + 64); },
                  {.steps = 1000,
                   .schedule = cosine_schedule(50),
                   .clip_grad_norm = 1.0,
                   .evaluate = [&] { return item(loss(896, 1024)); },
                   .evaluate_every = 100,
                   .patience = 3,
                   .keep_best = true,
                   .folder = "trainer-run"});
  trainer.resume("trainer-run");
  trainer.run();
  std::printf("loss on what it was not trained on: %.5f after %d steps\n", trainer.best()->value,
              int(trainer.best()->step));
}
