// Three arms of a spiral told apart by a small network: data, model, loss, optimizer, loop.
#include <adora/adora.h>
#include <fmt/core.h>

#include <numbers>

using namespace adora;

// Two hidden layers; every Linear is named, so that its weights are found.
struct Network : Module {
  explicit Network(Generator& generator) : a(2, 32, generator), b(32, 32, generator), c(32, 3, generator) {
    child("a", a), child("b", b), child("c", c);
  }
  Tensor operator()(const Tensor& x) const { return c(tanh(b(tanh(a(x))))); }
  Linear a, b, c;
};

int main() {
  constexpr std::int64_t arms = 3, points = 100;
  Generator generator(1);
  std::vector<float> places;
  std::vector<std::int64_t> labels;
  for (std::int64_t arm = 0; arm < arms; ++arm) {
    for (std::int64_t i = 0; i < points; ++i) {
      const double radius = static_cast<double>(i) / points;
      const double angle =
          2 * std::numbers::pi * static_cast<double>(arm) / arms + 4 * radius + 0.2 * (generator.uniform() - 0.5);
      places.push_back(static_cast<float>(radius * std::cos(angle)));
      places.push_back(static_cast<float>(radius * std::sin(angle)));
      labels.push_back(arm);
    }
  }
  const Tensor x = tensor(places, {arms * points, 2});    // [300, 2]
  const Tensor target = tensor(labels, {arms * points});  // [300]

  Network network(generator);
  AdamW optimizer(network.named_parameters(), {.lr = 0.02});
  for (int step = 1; step <= 300; ++step) {
    const Tensor logits = network(x);  // [300, 3]
    const Tensor loss = cross_entropy(logits, target);
    optimizer.zero_grad();
    backward(loss);
    optimizer.step();
    if (step == 1 || step % 100 == 0) {
      const auto guess = to_vector<std::int64_t>(argmax(logits, 1));
      int right = 0;
      for (std::size_t i = 0; i < guess.size(); ++i) right += guess[i] == labels[i];
      fmt::print("step {:3}  loss {:.4f}  right {:3} of {}\n", step, item(loss), right, labels.size());
    }
  }

  // The class that the network gives to each place of the square.
  NoGrad no_grad;
  std::vector<float> grid;
  for (int row = 0; row < 20; ++row)
    for (int column = 0; column < 40; ++column) {
      grid.push_back(static_cast<float>(column) / 20 - 1);
      grid.push_back(1 - static_cast<float>(row) / 10);
    }
  const auto picture = to_vector<std::int64_t>(argmax(network(tensor(grid, {800, 2})), 1));
  for (std::size_t row = 0; row < 20; ++row) {
    for (std::size_t column = 0; column < 40; ++column) fmt::print("{}", ".o#"[picture[row * 40 + column]]);
    fmt::print("\n");
  }
}
