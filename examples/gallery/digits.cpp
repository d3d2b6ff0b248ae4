#include "common/digits.h"

using namespace adora;

// A small convolutional network that reads digits; with --data it reads MNIST's.
void read_digits(gallery::Run& run) {
  const bool mnist = !run.data.empty();
  const auto train = mnist ? gallery::read_mnist(run.data, "train") : gallery::draw_digits(4000, run.generator);
  const auto test = mnist ? gallery::read_mnist(run.data, "t10k") : gallery::draw_digits(1000, run.generator);

  const std::int64_t side = train.images.size(-1) / 4;           // after pooling twice: 5, of MNIST 7
  const ConvLayerOptions as_large{.padding = 1, .bias = false};  // BatchNorm2d has a bias
  Sequential network(Conv2d(1, 8, 3, run.generator, as_large), BatchNorm2d(8), relu, MaxPool2d(2),    // [50, 8, 10, 10]
                     Conv2d(8, 16, 3, run.generator, as_large), BatchNorm2d(16), relu, MaxPool2d(2),  // [50, 16, 5, 5]
                     Flatten(), Linear(16 * side * side, 10, run.generator));                         // [50, 10]
  run.start(network);
  Adam optimizer(network, {.lr = 2e-3});
  const TensorDataset examples({train.images, train.labels});
  DataLoader loader(examples, {.batch_size = 50, .shuffle = true});
  for (std::int64_t step = 0; step < run.steps;) {
    for (const Tensors& batch : loader) {
      const Tensor x = run.given("x", batch[0]), target = run.given("target", batch[1]);  // [50, 1, 20, 20], [50]
      const Tensor loss = cross_entropy(network(x), target);
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      run.loss(loss);
      if (++step == run.steps) break;
    }
  }

  // Digits that it has not seen, a row for each of 0 … 9: those that it takes for others first, in red.
  NoGrad no_grad;
  network.eval();
  const Tensor right = network(test.images.to(run.dtype)).argmax(1) == test.labels;
  Tensors rows;
  for (std::int64_t digit = 0; digit < 10; ++digit) {
    const Tensor these = nonzero(test.labels == digit).squeeze(1);
    rows.push_back(these.at(argsort(right.at(these).to(int64)).at(slice(18))));
  }
  const Tensor shown = cat(rows);
  const Tensor white = tensor({1.0, 1.0, 1.0}), red = tensor({1.0, 0.25, 0.2});
  const Tensor ink = where(right.at(shown).unsqueeze(1), white, red);  // [180, 3]
  const Tensor grid = image_grid(test.images.at(shown) * ink.at(all, all, newaxis, newaxis), 18, 1);
  run.picture("digits", interpolate(grid.unsqueeze(0), {.scale_factor = {2}})[0]);
  run.at_least("share of other digits read right", right.to(float64).mean().item(), 0.97);
}

int main(int argc, char** argv) {
  return gallery::run(argc, argv, "A small convolutional network reads digits", 400, read_digits,
                      gallery::data_of_digits);
}
