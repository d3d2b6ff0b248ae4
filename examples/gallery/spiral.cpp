#include "run.h"

using namespace adora;

constexpr std::int64_t arms = 3, points = 100;  // of each arm

// Points of the arms of a spiral, one arm after the other, with some noise: [300, 2].
Tensor draw(Generator& generator) {
  const double turn = 2 * std::acos(-1.0);
  const Tensor arm = repeat_interleave(arange(arms, float64), points);
  const Tensor radius = tile(linspace(0, 1, points, float64), {arms});
  const Tensor angle = turn / arms * arm + 5.5 * radius + 0.12 * randn({arms * points}, generator, float64);
  return stack({radius * cos(angle), radius * sin(angle)}, 1);
}

// The arms told apart by a small network: data, model, loop, picture, result.
void tell_apart(gallery::Run& run) {
  const Tensor x = run.given("x", draw(run.generator));                                // [300, 2]
  const Tensor target = run.given("target", repeat_interleave(arange(arms), points));  // [300]

  Sequential network(Linear(2, 32, run.generator), relu, Linear(32, 32, run.generator), relu,
                     Linear(32, arms, run.generator));
  run.start(network);
  AdamW optimizer(network, {.lr = 0.01});
  for (std::int64_t step = 0; step < run.steps; ++step) {
    const Tensor logits = network(x);  // [300, 3]
    const Tensor loss = cross_entropy(logits, target);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    run.loss(loss);
  }

  // What the network says of each place of the plane: the arms' colors, mixed by its probabilities.
  NoGrad no_grad;
  const Tensors yx = meshgrid({linspace(1.1, -1.1, 110, run.dtype), linspace(-1.8, 1.8, 180, run.dtype)});
  const Tensor plane = stack({yx[1], yx[0]}, -1);  // [110, 180, 2]
  const Tensor colors = tensor({{0.75, 0.86, 1.0}, {1.0, 0.84, 0.7}, {0.75, 0.92, 0.78}}, run.dtype);
  Plot plot("Three arms of a spiral, and where the network sees each", "x", "y");
  plot.image(matmul(softmax(network(plane)), colors).permute({2, 0, 1}), -1.8, 1.8, -1.1, 1.1);
  for (std::int64_t arm = 0; arm < arms; ++arm)
    plot.points(fmt::format("arm {}", arm + 1), x.at(target == arm, 0), x.at(target == arm, 1));
  run.picture("spiral", plot);

  const Tensor others = draw(run.generator).to(run.dtype);
  const Tensor right = network(others).argmax(1) == target;
  run.at_least("share of other points told apart", right.to(float64).mean().item(), 0.95);
}

int main(int argc, char** argv) {
  return gallery::run(argc, argv, "Three arms of a spiral, told apart by a small network", 500, tell_apart);
}
