#include "run.h"

using namespace adora;

// Burgers' equation ∂u/∂t + u ∂u/∂x = ν ∂²u/∂x² for -1 ≤ x ≤ 1 and 0 ≤ t ≤ 1, with u = -sin πx at first and u = 0 at
// both ends: a network u(t, x) is trained to obey it, without a single solution to learn from (Raissi, Perdikaris and
// Karniadakis, "Physics-informed neural networks", 2019, appendix A.1; ν is ten times theirs, the wave less steep).
constexpr double pi = std::numbers::pi, viscosity = 0.1 / pi;

// ∂y/∂x of each row, which can be differentiated again.
Tensor derivative(const Tensor& y, const Tensor& x) { return gradients({y.sum()}, {x}, {.create_graph = true})[0]; }

// The solution, by Cole's and Hopf's transformation: for t and x [n, 1] a mean of -sin π(x - z) over z, normally
// distributed with variance 2νt and weighted by exp(-cos π(x - z) / 2πν).
Tensor solution(const Tensor& t, const Tensor& x) {
  const Tensor z = linspace(-6, 6, 400, x.dtype());             // in deviations
  const Tensor place = pi * (x - sqrt(2 * viscosity * t) * z);  // [n, 400]
  const Tensor weights = softmax(-cos(place) / (2 * pi * viscosity) - square(z) / 2, 1);
  return -sum(weights * sin(place), {1}, true);
}

void fit(gallery::Run& run) {
  Sequential net(Linear(2, 24, run.generator), Activation("tanh"), Linear(24, 24, run.generator), Activation("tanh"),
                 Linear(24, 24, run.generator), Activation("tanh"), Linear(24, 1, run.generator));
  run.start(net);
  const auto u = [&](const Tensor& t, const Tensor& x) { return net(cat({t, x}, 1)); };

  Adam optimizer(net, {.lr = 5e-3});
  const Schedule schedule = cosine_schedule();
  for (std::int64_t step = 0; step < run.steps; ++step) {
    // Inside, where the equation holds: fresh places for each step.
    const Tensor t = run.given("t", rand({128, 1}, run.generator)).requires_grad_();
    const Tensor x = run.given("x", uniform({128, 1}, -1, 1, run.generator)).requires_grad_();
    const Tensor inside = u(t, x), slope = derivative(inside, x);
    const Tensor residual = derivative(inside, t) + inside * slope - viscosity * derivative(slope, x);
    // What is known: u at t = 0, and at both ends, x = ±1.
    const Tensor start = x.detach(), end = sign(start);
    const Tensor loss =
        mean(square(residual)) + mse_loss(u(zeros_like(t), start), -sin(pi * start)) + mean(square(u(t.detach(), end)));
    optimizer.zero_grad();
    backward(loss);
    optimizer.set_lr(5e-3 * schedule(step, run.steps));
    optimizer.step();
    run.loss(loss);
  }

  NoGrad no_grad;
  // All choices of t and x, as two columns.
  const auto grid = [&](const Tensor& times, const Tensor& places) {
    return split(cartesian_prod({to(times, run.dtype), to(places, run.dtype)}), {1, 1}, 1);
  };
  const Tensors all = grid(linspace(0, 1, 101), linspace(-1, 1, 101));
  const Tensor found = u(all[0], all[1]);  // [101 · 101, 1]
  Plot map("u(t, x)", "t", "x");
  map.image(color_map(flipud(found.reshape({101, 101}).t()), -1, 1), 0, 1, -1, 1);
  run.picture("physics-map", map);
  Plot plot("Burgers' equation, solved by a network", "x", "u");
  for (const double t : {0.0, 0.25, 0.5, 1.0}) {
    const Tensors line = grid(tensor({t}), linspace(-1, 1, 101));
    plot.line(fmt::format("t = {:g}", t), line[1], u(line[0], line[1]));
  }
  const Tensors some = grid(tensor({0.0, 0.25, 0.5, 1.0}), linspace(-1, 1, 31));
  plot.points("exact", some[1], solution(some[0], some[1]));
  run.picture("physics", plot);
  run.at_most("largest distance from the solution", item(max(abs(found - solution(all[0], all[1])))), 0.08);
}

int main(int argc, char** argv) {
  return gallery::run(argc, argv, "Burgers' equation, solved by a network that is trained to obey it", 6000, fit);
}
