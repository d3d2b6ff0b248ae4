#include "common/digits.h"

using namespace adora;

// A variational auto-encoder (Kingma and Welling, "Auto-encoding variational Bayes", 2013) with two latent numbers: a
// picture becomes a normal distribution over places of a plane, and a place becomes a picture.
struct Autoencoder : Module {
  Autoencoder(std::int64_t pixels, Generator& generator)
      : encoder(Linear(pixels, 200, generator), relu, Linear(200, 4, generator)),
        decoder(Linear(2, 100, generator), relu, Linear(100, 200, generator), relu, Linear(200, pixels, generator)) {
    child("encoder", encoder), child("decoder", decoder);
  }

  struct Place {
    Tensor mean, log_var;  // [B, 2]
  };
  Place encode(const Tensor& x) const {
    const Tensors parts = chunk(encoder(x), 2, 1);
    return {parts[0], parts[1]};
  }

  Sequential encoder, decoder;  // the decoder's results are logits of pixels
};

void lay_out(gallery::Run& run) {
  const bool mnist = !run.data.empty();
  const gallery::DigitOptions alike{.noise = 0, .variety = 0.4};
  const auto train = mnist ? gallery::read_mnist(run.data, "train") : gallery::draw_digits(4000, run.generator, alike);
  const auto test = mnist ? gallery::read_mnist(run.data, "t10k") : gallery::draw_digits(1000, run.generator, alike);
  const Tensor pictures = train.images.flatten(1).to(run.dtype);  // [4000, 400]
  const Tensor others = test.images.flatten(1).to(run.dtype);     // [1000, 400]

  Autoencoder model(pictures.size(1), run.generator);
  run.start(model);
  Adam optimizer(model, {.lr = 2e-3});
  constexpr std::int64_t batch = 100;
  for (std::int64_t step = 0; step < run.steps; ++step) {
    const Tensor x = run.given("x", pictures.at(randint(pictures.size(0), batch, run.generator)));  // [100, 400]
    const Tensor noise = run.given("noise", randn({batch, 2}, run.generator, run.dtype));
    const auto [mean, log_var] = model.encode(x);
    const Tensor z = mean + exp(0.5 * log_var) * noise;
    const Tensor unlike = binary_cross_entropy_with_logits(model.decoder(z), x, {.reduction = Reduction::sum});
    const Tensor divergence = -0.5 * (1 + log_var - square(mean) - exp(log_var)).sum();  // appendix B
    const Tensor loss = (unlike + divergence) / batch;
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    run.loss(loss);
  }

  // The plane, row by row, at equal shares of its normal distribution.
  NoGrad no_grad;
  constexpr std::int64_t count = 16;
  const Tensor at = std::sqrt(2.0) * erfinv(linspace(-0.95, 0.95, count, run.dtype));
  const Tensor plane = sigmoid(model.decoder(cartesian_prod({-at, at})));  // [256, 400]
  const Tensor grid = image_grid(plane.reshape({count * count, 1, test.images.size(-1), -1}), count, 0);
  run.picture("autoencoder", interpolate(grid.unsqueeze(0), {.scale_factor = {2}})[0]);

  // Beside the best plane without bends, which the principal components span.
  const Tensor middle = pictures.mean(0), axes = svd(pictures - middle).Vh.at(slice(2));
  const Tensor flat = middle + matmul(matmul(others - middle, axes.t()), axes);
  const double flat_error = mse_loss(flat, others).item();
  const double error = mse_loss(sigmoid(model.decoder(model.encode(others).mean)), others).item();
  run.text(fmt::format("mean square error: {:.4f}; of two principal components: {:.4f}", error, flat_error));
  run.at_most("error, over that of two principal components", error / flat_error, 0.65);
}

int main(int argc, char** argv) {
  return gallery::run(argc, argv, "A variational auto-encoder lays out digits in a plane", 2000, lay_out,
                      gallery::data_of_digits);
}
