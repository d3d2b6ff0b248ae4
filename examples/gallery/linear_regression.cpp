#include "run.h"

using namespace adora;

// A line through noisy points, found by gradient descent. The least-squares line is known in closed form: both agree.
void fit(gallery::Run& run) {
  const Tensor x = run.given("x", uniform({100, 1}, -1, 1, run.generator, float64));
  const Tensor noise = run.given("noise", randn({100, 1}, run.generator, float64));
  const Tensor y = 3.0 * x - 1.0 + 0.2 * noise;

  Linear line(1, 1, run.generator);
  run.start(line);
  SGD optimizer(line, {.lr = 0.1, .momentum = 0.9});
  for (std::int64_t step = 0; step < run.steps; ++step) {
    const Tensor loss = mse_loss(line(x), y);
    optimizer.zero_grad();
    backward(loss);
    optimizer.step();
    run.loss(loss);
  }

  NoGrad no_grad;
  const Tensor ones = ones_like(x), A = cat({x, ones}, 1);        // [100, 2]
  const Tensor best = solve(matmul(A.t(), A), matmul(A.t(), y));  // [2, 1]: slope and height
  run.text(fmt::format("y = {:.4f} x + {:.4f}; least squares: y = {:.4f} x + {:.4f}", item(line.weight),
                       item(line.bias), item(best[0]), item(best[1])));
  Plot plot("A line through noisy points", "x", "y");
  plot.points("points", x, y);
  const Tensor ends = reshape(linspace(-1, 1, 2, run.dtype), {2, 1});
  plot.line("found", ends, line(ends));
  run.picture("linear_regression", plot);
  run.at_most("distance from the least-squares line",
              std::abs(item(line.weight) - item(best[0])) + std::abs(item(line.bias) - item(best[1])), 1e-3);
}

int main(int argc, char** argv) { return gallery::run(argc, argv, "A line through noisy points", 200, fit); }
