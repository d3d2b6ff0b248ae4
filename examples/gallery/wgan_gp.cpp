#include "run.h"

using namespace adora;

// A generator of points, taught by a critic whose slope is kept near 1 by a penalty: a GAN that loses none of the eight
// heaps on a ring (Gulrajani et al., "Improved training of Wasserstein GANs", 2017, algorithm 1). The penalty is made
// of a gradient, so that its own gradient is one of second order.
constexpr int heaps = 8, critic_steps = 5;
constexpr std::int64_t batch = 128;
constexpr double pi = std::numbers::pi, deviation = 0.05, penalty_weight = 1;

Tensor centers(const Tensor& heap) {  // [n] → [n, 2]
  const Tensor angle = heap.to(float32) * (2 * pi / heaps);
  return stack({cos(angle), sin(angle)}, 1);
}

Tensor real_points(std::int64_t n, Generator& random) {  // [n, 2]
  return centers(randint(heaps, {n}, random)) + deviation * randn({n, 2}, random);
}

// The mean of (‖∇critic(x)‖ - 1)² over places between real and generated points [n, 2]: equation 3.
Tensor gradient_penalty(const Sequential& critic, const Tensor& real, const Tensor& fake, const Tensor& mix) {
  const Tensor x = (mix * real + (1 - mix) * fake).requires_grad_();
  const Tensor slope = gradients({critic(x).sum()}, {x}, {.create_graph = true})[0];  // [n, 2]
  return mean(square(norm(slope, {1}) - 1));
}

// 2 E‖X - Y‖ - E‖X - X'‖ - E‖Y - Y'‖, which is 0 for equal distributions alone (Székely and Rizzo 2013).
double energy_distance(const Tensor& x, const Tensor& y) {
  return item(2 * mean(cdist(x, y)) - mean(cdist(x, x)) - mean(cdist(y, y)));
}

void train(gallery::Run& run) {
  Generator& random = run.generator;
  Sequential generator(Linear(2, 64, random), relu, Linear(64, 64, random), relu, Linear(64, 2, random));
  Sequential critic(Linear(2, 64, random), relu, Linear(64, 64, random), relu, Linear(64, 1, random));
  run.start(generator, "generator"), run.start(critic, "critic");
  const AdamOptions options{.lr = 1e-3, .beta1 = 0.5, .beta2 = 0.9};
  Adam generator_optimizer(generator, options), critic_optimizer(critic, options);

  for (std::int64_t step = 0; step < run.steps; ++step) {
    for (int i = 0; i < critic_steps; ++i) {
      const Tensor real = run.given("real", real_points(batch, random));
      const Tensor fake = generator(run.given("noise", randn({batch, 2}, random))).detach();
      const Tensor mix = run.given("mix", rand({batch, 1}, random));
      const Tensor loss =
          mean(critic(fake)) - mean(critic(real)) + penalty_weight * gradient_penalty(critic, real, fake, mix);
      critic_optimizer.zero_grad();
      backward(loss);
      critic_optimizer.step();
    }
    const Tensor loss = -mean(critic(generator(run.given("latent", randn({batch, 2}, random)))));
    generator_optimizer.zero_grad();
    backward(loss);
    generator_optimizer.step();
    run.loss(loss);
  }

  NoGrad no_grad;
  const Tensor samples = generator(randn({1000, 2}, random).to(run.dtype));  // [1000, 2]
  const Tensor points = real_points(1000, random).to(run.dtype);
  const Tensor line = linspace(-1.5, 1.5, 120, run.dtype);
  const Tensor landscape = critic(cartesian_prod({line, line})).reshape({120, 120}).t();  // [y, x]
  Plot plot("Points of the generator, on the critic's landscape", "x", "y");
  plot.image(0.6 + 0.4 * color_map(flipud(landscape)), -1.5, 1.5, -1.5, 1.5);
  plot.points("data", points.at(slice(500), 0), points.at(slice(500), 1));
  plot.points("generated", samples.at(slice(500), 0), samples.at(slice(500), 1));
  run.picture("wgan_gp", plot);

  const Tensor nearest = argmin(cdist(samples, centers(arange(heaps)).to(run.dtype)), 1);  // [1000]
  run.at_least("samples of the rarest heap, of 1000", item(min(bincount(nearest, {}, heaps))), 50);
  run.at_most("energy distance of samples and data", energy_distance(samples, points), 0.04);
}

int main(int argc, char** argv) {
  return gallery::run(argc, argv, "A GAN with a gradient penalty, on a ring of points", 1500, train);
}
