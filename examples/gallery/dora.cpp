#include "common/digits.h"

using namespace adora;

// DoRA on networks of one's own (Liu et al. 2024). Two that read digits, a perceptron and a convolutional one, are
// frozen and learn to read digits that lie on their side, by adapters of low rank on all their layers.
constexpr std::int64_t rank = 8;

struct Reader {
  std::string name;
  Sequential net;
  std::vector<std::string> layers;  // that get an adapter, by their names in the net
  std::vector<double> losses = {};
};

std::vector<Reader> readers(Generator& g) {
  std::vector<Reader> made;
  made.push_back({"perceptron", Sequential(Flatten(), Linear(400, 64, g), relu, Linear(64, 10, g)), {"1", "3"}});
  made.push_back({"convolutional",
                  Sequential(Conv2d(1, 8, 3, g, {.padding = 1}), relu, MaxPool2d(2),   // [50, 8, 10, 10]
                             Conv2d(8, 16, 3, g, {.padding = 1}), relu, MaxPool2d(2),  // [50, 16, 5, 5]
                             Flatten(), Linear(400, 10, g)),
                  {"0", "3", "7"}});
  return made;
}

double share_read(const Sequential& net, const Tensor& images, const Tensor& labels) {
  NoGrad no_grad;
  return (net(images).argmax(1) == labels).to(float64).mean().item();
}

double step(const Sequential& net, Optimizer& optimizer, const Tensor& x, const Tensor& labels) {
  const Tensor loss = cross_entropy(net(x), labels);
  optimizer.zero_grad();
  loss.backward();
  optimizer.step();
  return loss.item();
}

void adapt(gallery::Run& run) {
  Generator& g = run.generator;
  const auto train = gallery::draw_digits(4000, g), test = gallery::draw_digits(1000, g);
  const auto [images, upright, labels] = std::tuple{train.images.to(run.dtype), test.images.to(run.dtype), test.labels};
  const Tensor lying = upright.transpose(2, 3);
  const auto drawn = [&] { return randint(4000, {50}, g); };

  std::vector<Reader> all = readers(g);
  std::vector<std::unique_ptr<Adam>> optimizers;
  for (Reader& reader : all) {
    reader.net.to(run.dtype);
    Adam before(reader.net, {.lr = 2e-3});
    for (int i = 0; i < 300; ++i) {
      const Tensor batch = drawn();
      step(reader.net, before, images.at(batch), train.labels.at(batch));
    }
    const double read = share_read(reader.net, upright, labels), lying_read = share_read(reader.net, lying, labels);
    run.text(fmt::format("{}: reads {:.3f} of upright digits, {:.3f} of lying ones", reader.name, read, lying_read));
    add_adapter(reader.net, {.kind = "dora", .rank = rank, .alpha = 2 * rank, .target_modules = reader.layers});
    run.start(reader.net, reader.name);
    optimizers.push_back(std::make_unique<Adam>(reader.net, AdamOptions{.lr = 1e-2}));
  }

  for (std::int64_t i = 0; i < run.steps; ++i) {
    const Tensor batch = drawn(), target = run.given("target", train.labels.at(batch));  // [50]
    const Tensor x = run.given("x", images.at(batch).transpose(2, 3).contiguous());      // [50, 1, 20, 20]
    for (std::size_t k = 0; k < all.size(); ++k) all[k].losses.push_back(step(all[k].net, *optimizers[k], x, target));
    run.loss(all[0].losses.back() + all[1].losses.back());
  }

  Plot plot("Digits on their side, learned by DoRA", "step", "loss");
  plot.log_y();
  for (Reader& reader : all) {
    plot.line(reader.name, reader.losses);
    const double read = share_read(reader.net, lying, labels);
    merge_adapters(reader.net);  // its cost is gone, and the weights can be taken out again
    const double merged = share_read(reader.net, lying, labels);
    unmerge_adapters(reader.net);
    activate_adapters(reader.net, {});
    run.text(fmt::format("{}: merged it reads {:.3f} of lying digits; without its adapter {:.3f} of upright ones",
                         reader.name, merged, share_read(reader.net, upright, labels)));
    run.at_least(reader.name + ": share of lying digits read", read, reader.name == "perceptron" ? 0.82 : 0.86);
  }
  run.picture("dora", plot);
}

int main(int argc, char** argv) {
  return gallery::run(argc, argv, "DoRA on a perceptron and a convolutional network", 400, adapt);
}
