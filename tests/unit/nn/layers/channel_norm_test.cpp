#include "../../../numeric.h"
#include "../../../refused.h"

using namespace adora;

namespace {
std::vector<double> numbers(const Tensor& x) { return to_vector<double>(x); }
std::vector<std::string> names(const Module& module) {
  std::vector<std::string> result;
  for (const auto& [name, tensor] : module.state_dict()) result.push_back(name);
  return result;
}
const std::vector<std::string> of_batch_norm{"bias", "num_batches_tracked", "running_mean", "running_var", "weight"};
}  // namespace

TEST_CASE("BatchNorm learns running values in training, uses them in evaluation, and keeps them with its parameters") {
  Generator g(1);
  const Tensor x = normal({5, 3, 4}, 1, 2, g, float64);
  BatchNorm1d norm(3, {.momentum = 0.25, .dtype = float64});
  CHECK(names(norm) == of_batch_norm);
  CHECK(norm.named_parameters().size() == 2);
  const Tensor mean = zeros({3}, float64), var = ones({3}, float64);
  for (int step = 1; step <= 2; ++step) {
    const Tensor expected =
        batch_norm(x, mean, var, norm.weight, norm.bias, {.training = true, .momentum = 0.25}).detach();
    CHECK(numbers(norm(x)) == numbers(expected));
    CHECK(numbers(norm.running_mean) == numbers(mean));
    CHECK(numbers(norm.running_var) == numbers(var));
    CHECK(item(norm.num_batches_tracked) == step);
  }
  norm.eval();
  CHECK(numbers(norm(x)) == numbers(batch_norm(x, mean, var)));
  CHECK(item(norm.num_batches_tracked) == 2);
  BatchNorm1d again(3, {.dtype = float64});
  again.load_state_dict(norm.state_dict());
  again.eval();
  CHECK(numbers(again(x)) == numbers(norm(x)));
  norm.to(float32);
  CHECK(norm.running_var.dtype() == float32);
  CHECK(norm.num_batches_tracked.dtype() == int64);
}

TEST_CASE("BatchNorm without a momentum averages over all batches") {
  Generator g(2);
  BatchNorm2d norm(2, {.momentum = {}, .dtype = float64});
  Tensor means = zeros({2}, float64);
  for (int batch = 0; batch < 3; ++batch) {
    const Tensor x = normal({2, 2, 3, 3}, batch, 1, g, float64);
    norm(x);
    means = means + mean(x, {0, 2, 3}) / 3;
  }
  CHECK(close(numbers(norm.running_mean), numbers(means), 1e-14));
}

TEST_CASE("BatchNorm without running values normalizes by the batch in evaluation too") {
  Generator g(3);
  const Tensor x = normal({2, 3, 2, 2, 2}, 1, 2, g);
  BatchNorm3d norm(3, {.affine = false, .track_running_stats = false});
  CHECK(names(norm).empty());
  const auto in_training = numbers(norm(x));
  norm.eval();
  CHECK(numbers(norm(x)) == in_training);
}

TEST_CASE("InstanceNorm and GroupNorm are the ops with the layer's tensors") {
  Generator g(4);
  const Tensor x = normal({2, 4, 3, 3}, 1, 2, g);
  CHECK(numbers(InstanceNorm2d(4)(x)) == numbers(instance_norm(x)));
  CHECK(numbers(InstanceNorm2d(4)(select(x, 0, 1))) == numbers(select(instance_norm(x), 0, 1)));
  CHECK(names(InstanceNorm2d(4)).empty());
  InstanceNorm2d tracking(4, {.affine = true, .track_running_stats = true});
  CHECK(names(tracking) == of_batch_norm);
  tracking(x);
  tracking.eval();
  CHECK(numbers(tracking(x)) == numbers(batch_norm(x, tracking.running_mean, tracking.running_var)));
  CHECK(item(tracking.num_batches_tracked) == 0);
  CHECK(InstanceNorm1d(3)(ones({3, 5})).shape() == Shape{3, 5});
  CHECK(InstanceNorm3d(3)(ones({1, 3, 2, 2, 2})).shape() == Shape{1, 3, 2, 2, 2});
  GroupNorm group(2, 4, {.eps = 0.1});
  set(group.weight, 1, 3), set(group.bias, 2, -1);
  CHECK(numbers(group(x)) == numbers(group_norm(x, 2, group.weight, group.bias, 0.1)));
  CHECK(group.named_parameters().size() == 2);
  CHECK(GroupNorm(2, 4, {.affine = false}).named_parameters().empty());
}

TEST_CASE("layers that normalize channels refuse other dimensions and nonsense") {
  const Tensor none;
  check_refused({
      {"BatchNorm1d", [] { BatchNorm1d(-1); }},
      {"BatchNorm1d: eps", [] { BatchNorm1d(2, {.eps = -1}); }},
      {"BatchNorm1d", [&] { BatchNorm1d(2)(none); }},
      {"BatchNorm1d: takes tensors of 2 or 3 dimensions",
       [] {
         BatchNorm1d(2)(ones({2, 2, 2, 2}));
       }},
      {"BatchNorm2d: takes tensors of 4 dimensions",
       [] {
         BatchNorm2d(2)(ones({2, 2, 2}));
       }},
      {"BatchNorm3d: takes tensors of 5 dimensions",
       [] {
         BatchNorm3d(2)(ones({2, 2, 2}));
       }},
      {"batch_norm",
       [] {
         BatchNorm2d(2)(ones({2, 3, 2, 2}));
       }},
      {"InstanceNorm1d: takes tensors of 2 or 3 dimensions", [] { InstanceNorm1d(2)(ones({2})); }},
      {"GroupNorm", [] { GroupNorm(2, 3); }},
      {"GroupNorm", [] { GroupNorm(0, 3); }},
      {"GroupNorm",
       [] {
         GroupNorm(1, 3)(ones({2, 4}));
       }},
  });
}
