#include "run.h"

using namespace adora;

// A curve through noisy points, and how sure it is: a Gaussian process, whose length, height and noise are those under
// which the points are likeliest (Rasmussen and Williams, "Gaussian processes for machine learning", 2006, sections 2.2
// and 5.4). The likelihood goes through Cholesky's factor, and so does its gradient.
constexpr double pi = std::numbers::pi, noise = 0.2;

struct GaussianProcess : Module {
  GaussianProcess() {
    for (Tensor* log : {&log_length, &log_height, &log_noise}) log->requires_grad_();
    parameter("log_length", log_length), parameter("log_height", log_height), parameter("log_noise", log_noise);
  }

  // The covariance of the curve at a [n, 1] and b [m, 1]: [n, m].
  Tensor covariance(const Tensor& a, const Tensor& b) const {
    return exp(2 * log_height - square((a - b.t()) / exp(log_length)) / 2);
  }

  // Algorithm 2.1, lines 2, 3 and 7: takes in points x and y [n, 1] and returns log p(y | x).
  Tensor condition(const Tensor& x, const Tensor& y) {
    known = x;
    L = cholesky(covariance(x, x) + exp(2 * log_noise) * eye(x.size(0), x.dtype()));
    alpha = cholesky_solve(y, L);  // [n, 1]
    return -sum(y * alpha) / 2 - sum(log(diagonal(L))) - 0.5 * std::log(2 * pi) * x.size(0);
  }

  struct Prediction {
    Tensor mean, variance;  // [m, 1]
  };
  // Lines 4 to 6: the curve at x [m, 1].
  Prediction operator()(const Tensor& x) const {
    const Tensor k = covariance(known, x), v = solve_triangular(L, k, {.upper = false});  // [n, m]
    return {matmul(k.t(), alpha), exp(2 * log_height) - sum(square(v), {0}).unsqueeze(1)};
  }

  Tensor log_length = zeros({}), log_height = zeros({}), log_noise = zeros({});
  Tensor known, L, alpha;
};

Tensor curve(const Tensor& x) { return -sin(x) - 0.5 * cos(2.3 * x); }

void fit(gallery::Run& run) {
  const Tensor places = uniform({60, 1}, -6, 6, run.generator);
  const Tensor x = run.given("x", where(abs(places - 2) < 1, places - 6, places));  // none between 1 and 3
  const Tensor y = curve(x) + noise * run.given("noise", randn({60, 1}, run.generator));

  GaussianProcess process;
  run.start(process);
  Adam optimizer(process, {.lr = 0.05});
  for (std::int64_t step = 0; step < run.steps; ++step) {
    const Tensor loss = -process.condition(x, y);
    optimizer.zero_grad();
    backward(loss);
    optimizer.step();
    run.loss(loss);
  }

  NoGrad no_grad;
  process.condition(x, y);
  const Tensor line = linspace(-7, 7, 200, run.dtype).unsqueeze(1);
  const auto drawn = process(line);
  const Tensor around = 2 * sqrt(drawn.variance);
  Plot plot("A Gaussian process through 60 points", "x", "y");
  plot.band("twice the deviation", line, drawn.mean - around, drawn.mean + around);
  plot.line("mean", line, drawn.mean);
  plot.line("the curve", line, curve(line));
  plot.points("points", x, y);
  run.picture("gaussian_process", plot);

  const double found = std::exp(item(process.log_noise));
  run.text(fmt::format("length {:.3f}, height {:.3f}, noise {:.3f}", std::exp(item(process.log_length)),
                       std::exp(item(process.log_height)), found));
  run.at_most("relative error of the noise", std::abs(found / noise - 1), 0.4);
  const Tensor inside = linspace(-6, 6, 500, run.dtype).unsqueeze(1);
  const Tensor held_out = curve(inside) + noise * randn({500, 1}, run.generator).to(run.dtype);
  const auto expected = process(inside);
  const Tensor within = abs(held_out - expected.mean) < 2 * sqrt(expected.variance + found * found);
  run.at_least("held-out points within twice the deviation", item(mean(within.to(float32))), 0.85);
}

int main(int argc, char** argv) {
  return gallery::run(argc, argv, "A Gaussian process, fitted by its likelihood", 300, fit);
}
