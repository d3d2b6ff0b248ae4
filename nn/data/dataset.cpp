#include "dataset.h"

#include <cmath>

#include "../../ops/creation.h"
#include "../../ops/index.h"
#include "../../ops/join.h"
#include "../../ops/view.h"
#include "shuffle.h"

namespace adora {
namespace {

void check_example(std::int64_t i, std::int64_t size) {
  check(i >= 0 && i < size, "Dataset: there is no example {}; there are {}", i, size);
}

}  // namespace

Tensors stack_examples(const std::vector<Tensors>& examples) {
  check(!examples.empty(), "stack_examples: there are no examples");
  Tensors batch;
  for (std::size_t k = 0; k < examples[0].size(); ++k) {
    Tensors parts;
    for (const Tensors& example : examples) {
      check(example.size() == examples[0].size(), "stack_examples: one example has {} tensors, another {}",
            examples[0].size(), example.size());
      check_inputs("stack_examples", {&example[k]});
      check(example[k].shape() == examples[0][k].shape() && example[k].dtype() == examples[0][k].dtype(),
            "stack_examples: tensor {} is {} in one example and {} in another; bring them to one size, or give the "
            "DataLoader a `collate` of your own",
            k, describe(examples[0][k]), describe(example[k]));
      parts.push_back(example[k]);
    }
    batch.push_back(stack(parts));
  }
  return batch;
}

Tensors Dataset::batch(const std::vector<std::int64_t>& examples) const {
  std::vector<Tensors> parts;
  for (const std::int64_t i : examples) parts.push_back(get(i));
  return stack_examples(parts);
}

TensorDataset::TensorDataset(Tensors tensors) : tensors_(std::move(tensors)) {
  check(!tensors_.empty(), "TensorDataset: takes at least one tensor");
  for (const Tensor& x : tensors_) {
    check_inputs("TensorDataset", {&x});
    check(x.ndim() > 0 && x.size(0) == tensors_[0].size(0),
          "TensorDataset: the tensors' first dimension counts examples; {} and {} have not as many",
          describe(tensors_[0]), describe(x));
  }
}

std::int64_t TensorDataset::size() const { return tensors_[0].size(0); }

Tensors TensorDataset::get(std::int64_t i) const {
  check_example(i, size());
  Tensors example;
  for (const Tensor& x : tensors_) example.push_back(select(x, 0, i));
  return example;
}

Tensors TensorDataset::batch(const std::vector<std::int64_t>& examples) const {
  const Tensor index = tensor(examples, {static_cast<std::int64_t>(examples.size())}, cpu);
  Tensors result;
  for (const Tensor& x : tensors_) result.push_back(index_select(x, 0, to(index, x.device())));
  return result;
}

Subset::Subset(const Dataset& all, std::vector<std::int64_t> examples) : all_(all), examples_(std::move(examples)) {
  for (const std::int64_t i : examples_) check_example(i, all.size());
}

Tensors Subset::get(std::int64_t i) const {
  check_example(i, size());
  return all_.get(examples_[static_cast<std::size_t>(i)]);
}

Tensors Subset::batch(const std::vector<std::int64_t>& examples) const {
  std::vector<std::int64_t> of_all;
  for (const std::int64_t i : examples) {
    check_example(i, size());
    of_all.push_back(examples_[static_cast<std::size_t>(i)]);
  }
  return all_.batch(of_all);
}

std::vector<Subset> random_split(const Dataset& all, const std::vector<double>& shares, std::uint64_t seed) {
  double sum = 0;
  for (const double share : shares) {
    check(share >= 0 && share <= 1, "random_split: a share is between 0 and 1, not {}", share);
    sum += share;
  }
  // Shares such as 0.7, 0.2 and 0.1 add up to 1 but for rounding.
  constexpr double rounding = 1e-9;
  check(sum <= 1 + rounding, "random_split: the shares add up to {}, more than 1", sum);
  const std::vector<std::size_t> order = shuffled_order(static_cast<std::size_t>(all.size()), seed, 0);
  std::vector<Subset> parts;
  double share = 0;
  auto begin = order.begin();
  for (std::size_t i = 0; i < shares.size(); ++i) {
    share += shares[i];
    const double count = std::round(static_cast<double>(all.size()) * std::min(share, 1.0));
    const auto end = order.begin() + static_cast<std::ptrdiff_t>(count);
    parts.emplace_back(all, std::vector<std::int64_t>(begin, end));
    begin = end;
  }
  return parts;
}

}  // namespace adora
