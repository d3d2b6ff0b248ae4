#include "run.h"

using namespace adora;

// Recommendations: how a user will like an item, from what other users like (Koren, Bell and Volinsky, "Matrix
// factorization techniques for recommender systems", 2009, equations 4 and 5). Every user and every item is a vector;
// a rating is their product, with a height for the user, one for the item and one for all.
constexpr std::int64_t users = 300, items = 200, known = 6000, held_out = 6000, width = 2;
constexpr double noise = 0.3;

struct Factorization : Module {
  explicit Factorization(Generator& random)
      : user(users, width, random, {}, 0.1),
        item(items, width, random, {}, 0.1),
        user_bias(users, 1, random, {}, 0.1),
        item_bias(items, 1, random, {}, 0.1) {
    mean.requires_grad_();
    child("user", user), child("item", item), child("user_bias", user_bias), child("item_bias", item_bias);
    parameter("mean", mean);
  }
  Tensor operator()(const Tensor& u, const Tensor& i) const {  // [n], [n] → [n]
    return sum(user(u) * item(i), {1}) + user_bias(u).squeeze(1) + item_bias(i).squeeze(1) + mean;
  }
  Embedding user, item, user_bias, item_bias;
  Tensor mean = zeros({});
};

void recommend(gallery::Run& run) {
  Generator& random = run.generator;
  // What users like: two tastes, some are friendlier than others, and some items better. Of the 60,000 pairs one in ten
  // is known, with noise.
  const Tensor tastes = randn({users, 2}, random), kinds = randn({items, 2}, random);
  const Tensor liking =
      3 + 0.5 * randn({users, 1}, random) + 0.5 * randn({items}, random) + 0.7 * matmul(tastes, kinds.t());
  const Tensor pairs = cartesian_prod({arange(users), arange(items)}).at(randperm(users * items, random));
  const auto rated = [&](const Slice& which) {
    const Tensor u = pairs.at(which, 0), i = pairs.at(which, 1);  // [n] each
    return TensorDataset({u, i, to(liking.at(u, i) + noise * randn_like(u.to(float32), random), run.dtype)});
  };
  const TensorDataset train = rated(slice(known)), test = rated(slice(known, known + held_out));

  Factorization model(random);
  run.start(model);
  AdamW optimizer(model, {.lr = 0.02, .weight_decay = 0.05});
  DataLoader loader(train, {.batch_size = 300, .shuffle = true, .seed = random.next()});
  for (std::int64_t step = 0; step < run.steps;) {
    for (const Tensors& batch : loader) {
      if (step++ == run.steps) break;
      const Tensor u = run.given("user", batch[0]), i = run.given("item", batch[1]);
      const Tensor loss = mse_loss(model(u, i), run.given("rating", batch[2]));
      optimizer.zero_grad();
      backward(loss);
      optimizer.step();
      run.loss(loss);
    }
  }

  NoGrad no_grad;
  const auto rmse = [&](const TensorDataset& data) {
    const Tensors& t = data.tensors();
    return std::sqrt(item(mse_loss(model(t[0], t[1]), t[2])));
  };
  // Every third user and every second item in the order of what tells most of them: known ratings, found, true.
  const Tensor some_users = argsort(tastes.at(all, 0)).at(slice(none, none, 3));
  const Tensor some_items = argsort(kinds.at(all, 0)).at(slice(none, none, 2));
  const Tensor grid = cartesian_prod({some_users, some_items}), u = grid.at(all, 0), i = grid.at(all, 1);
  const Tensor seen = full({users, items}, 3, run.dtype);
  seen.at(train.tensors()[0], train.tensors()[1]) = train.tensors()[2];
  Tensors pictures;
  for (const Tensor& x : Tensors{seen.at(u, i), model(u, i), liking.at(u, i)})
    pictures.push_back(color_map(x.reshape({100, 100}), 0, 6));
  const Tensor picture = repeat_interleave(repeat_interleave(stack(pictures), 2, 2), 2, 3);  // [3, 3, 200, 200]
  run.picture("matrix_factorization", image_grid(picture, 3, 6));
  run.text(fmt::format("root mean square error on known ratings: {:.3f}; the noise is {}", rmse(train), noise));
  run.at_most("root mean square error on held-out ratings", rmse(test), 0.42);
}

int main(int argc, char** argv) {
  return gallery::run(argc, argv, "Recommendations by a product of two tables", 2000, recommend);
}
