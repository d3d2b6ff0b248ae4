#include "run.h"

using namespace adora;

constexpr std::int64_t times = 100;  // that data is noised, until it is noise

// Points of a spiral: [count, 2].
Tensor draw(std::int64_t count, Generator& generator) {
  const Tensor angle = uniform({count}, 4.7, 14, generator, float64);
  return stack({angle * cos(angle), angle * sin(angle)}, 1) / 7 + 0.05 * randn({count, 2}, generator, float64);
}

// Tells the noise in points x [B, 2] that were noised t [B] times. Waves of the inputs let it learn what changes within
// small distances (Tancik et al., "Fourier features let networks learn high frequency functions", 2020).
struct Denoiser : Module {
  explicit Denoiser(Generator& generator)
      : network(Linear(2 + 12 + 16, 128, generator), silu, Linear(128, 128, generator), silu,
                Linear(128, 128, generator), silu, Linear(128, 2, generator)) {
    child("network", network);
  }
  Tensor operator()(const Tensor& x, const Tensor& t) const {
    const Tensor in_place = flatten(x.unsqueeze(2) * tensor({1.5, 3.0, 6.0}, x.dtype()), 1);   // [B, 6]
    const Tensor in_time = t.to(x.dtype()).unsqueeze(1) * arange(1, 9).to(x.dtype()) / times;  // [B, 8]
    const Tensor waves = cat({in_place, in_time}, 1);
    return network(cat({x, sin(waves), cos(waves)}, 1));
  }
  Sequential network;
};

// Ho, Jain and Abbeel, "Denoising diffusion probabilistic models", 2020.
void diffuse(gallery::Run& run) {
  const Tensor data = draw(4000, run.generator).to(run.dtype);
  const Tensor beta = linspace(1e-3, 0.2, times, run.dtype), alpha = 1 - beta;
  const Tensor kept = cumprod(alpha, 0);  // of the data's variance, after each time

  Denoiser denoiser(run.generator);
  run.start(denoiser);
  Adam optimizer(denoiser, {.lr = 5e-3});
  const Schedule schedule = cosine_schedule();
  Ema ema(denoiser, {.decay = 0.99});
  for (std::int64_t step = 0; step < run.steps; ++step) {  // algorithm 1
    const Tensor x = run.given("x", data.at(randint(data.size(0), 256, run.generator)));
    const Tensor t = run.given("t", randint(times, 256, run.generator));
    const Tensor noise = run.given("noise", randn({256, 2}, run.generator, run.dtype));
    const Tensor share = kept.at(t).unsqueeze(1);  // [256, 1]
    const Tensor loss = mse_loss(denoiser(sqrt(share) * x + sqrt(1 - share) * noise, t), noise);
    optimizer.set_lr(5e-3 * schedule(step, run.steps));
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    ema.update();
    run.loss(loss);
  }

  NoGrad no_grad;
  const Ema::InPlace averaged(ema);
  Plot plot("Noise becomes a spiral: 100, 15, 8, 4 and 0 times to go, and data");
  std::int64_t panels = 0;
  auto show = [&](const Tensor& x) {
    plot.points("", x.at(all, 0) + 5.5 * static_cast<double>(panels % 3), x.at(all, 1) - (panels < 3 ? 0 : 5));
    ++panels;
  };
  constexpr std::int64_t count = 500;
  Tensor x = randn({count, 2}, run.generator, run.dtype);
  for (std::int64_t t = times - 1; t >= 0; --t) {  // algorithm 2
    if (t == 99 || t == 14 || t == 7 || t == 3) show(x);
    const Tensor noise = denoiser(x, full({count}, static_cast<double>(t), int64));
    x = (x - beta[t] / sqrt(1 - kept[t]) * noise) / sqrt(alpha[t]);
    if (t > 0) x += sqrt(beta[t]) * randn({count, 2}, run.generator, run.dtype);
  }
  const Tensor others = draw(count, run.generator).to(run.dtype), more = draw(count, run.generator).to(run.dtype);
  show(x), show(others);
  plot.x_names({""}), plot.y_names({""});  // in place of numbers
  run.picture("diffusion", plot);

  // How far a point of one set is from the nearest of the other, the mean both ways.
  auto apart = [](const Tensor& a, const Tensor& b) {
    const Tensor distance = cdist(a, b);
    return item(distance.min(0).mean() + distance.min(1).mean()) / 2;
  };
  run.text(fmt::format("distance of noise from data: {:.3f}, of other data: {:.3f}",
                       apart(randn_like(x, run.generator), others), apart(more, others)));
  run.at_most("distance of samples from data", apart(x, others), 0.07);
}

int main(int argc, char** argv) {
  return gallery::run(argc, argv, "A small diffusion model makes a spiral of noise", 4000, diffuse);
}
