#include "run.h"

using namespace adora;

// A network that has learned to learn: from ten points of a sine wave that it has not met, one step of gradient descent
// makes it that wave (Finn, Abbeel and Levine, "Model-agnostic meta-learning", 2017, algorithm 2, section 5.1). It is
// trained by the loss after such a step, whose gradient goes through the step.
constexpr double pi = std::numbers::pi, inner_rate = 0.02;
constexpr std::int64_t tasks = 8, shots = 10;

struct Waves {
  Tensor x, y;  // [waves, 2 · shots, 1]: points to learn from, and as many to be judged by
};
Waves draw(gallery::Run& run, std::int64_t n) {
  const Tensor amplitude = run.given("amplitude", uniform({n, 1, 1}, 0.1, 5, run.generator));
  const Tensor phase = run.given("phase", uniform({n, 1, 1}, 0, pi, run.generator));
  const Tensor x = run.given("x", uniform({n, 2 * shots, 1}, -5, 5, run.generator));
  return {x, amplitude * sin(x - phase)};
}

// The net's weights after steps of gradient descent, which are recorded.
Tensors adapted(Sequential& net, const Tensor& x, const Tensor& y, int steps) {
  Tensors weights = net.parameters();
  for (int step = 0; step < steps; ++step) {
    const Tensor loss = mse_loss(functional_call(net, weights, x), y);
    const Tensors slopes = gradients({loss}, weights, {.create_graph = true});
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = weights[i] - inner_rate * slopes[i];
  }
  return weights;
}

// The loss on each wave's second half after steps on its first, a mean.
Tensor loss_after(Sequential& net, const Waves& waves, int steps) {
  Tensors losses;
  for (std::int64_t i = 0; i < waves.x.size(0); ++i) {
    const Tensor x = waves.x[i], y = waves.y[i];
    const Tensors weights = adapted(net, x.at(slice(shots)), y.at(slice(shots)), steps);
    losses.push_back(mse_loss(functional_call(net, weights, x.at(slice(shots, none))), y.at(slice(shots, none))));
  }
  return mean(stack(losses));
}

Sequential network(Generator& random) {
  return Sequential(Linear(1, 40, random), relu, Linear(40, 40, random), relu, Linear(40, 1, random));
}

void learn(gallery::Run& run) {
  Sequential net = network(run.generator), plain = network(run.generator);
  run.start(net), run.start(plain, "plain");
  Adam optimizer(net, {.lr = 5e-3}), plain_optimizer(plain, {.lr = 5e-3});
  for (std::int64_t step = 0; step < run.steps; ++step) {
    const Waves waves = draw(run, tasks);
    const Tensor loss = loss_after(net, waves, 1);
    optimizer.zero_grad();
    backward(loss);
    optimizer.step();
    run.loss(loss);
    // Beside it a net that is trained on the same points, all waves at once.
    plain_optimizer.zero_grad();
    backward(mse_loss(plain(waves.x), waves.y));
    plain_optimizer.step();
  }

  const Waves fresh = draw(run, 100);
  const std::vector<double> steps = {0, 1, 2, 3, 5, 7, 10};
  std::vector<double> learned, pretrained;
  for (const double n : steps) {
    learned.push_back(item(loss_after(net, fresh, static_cast<int>(n))));
    pretrained.push_back(item(loss_after(plain, fresh, static_cast<int>(n))));
    run.text(fmt::format("{:2} steps: loss {:.3f}; of the plain net {:.3f}", n, learned.back(), pretrained.back()));
  }
  Plot curve("The loss on 100 new waves", "steps of gradient descent on ten points", "loss");
  curve.line("learned to learn", steps, learned);
  curve.line("trained on all waves", steps, pretrained);
  run.picture("maml-steps", curve);
  Plot plot("A new wave, of which ten points are known", "x", "y");
  const Tensor line = linspace(-5, 5, 200, run.dtype).unsqueeze(1), x = fresh.x[0].at(slice(shots));
  const auto wave = [](const Tensor& at) { return 3 * sin(at - 2.6); };
  plot.line("the wave", line, wave(line));
  for (const int n : {1, 5})
    plot.line(fmt::format("after {} step{}", n, n == 1 ? "" : "s"), line,
              functional_call(net, adapted(net, x, wave(x), n), line));
  plot.line("plain net after 5", line, functional_call(plain, adapted(plain, x, wave(x), 5), line));
  plot.points("known", x, wave(x));
  run.picture("maml", plot);
  run.at_most("loss on new waves after one step", learned[1], 1.2);
  run.at_least("times smaller than that of the plain net", pretrained[1] / learned[1], 2);
}

int main(int argc, char** argv) { return gallery::run(argc, argv, "Learning to learn sine waves", 3000, learn); }
