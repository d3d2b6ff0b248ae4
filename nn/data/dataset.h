#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "../../core/tensor.h"

namespace adora {

/// Examples by number. A class derives from it and says how many there are and what one is; a DataLoader makes batches
/// of them.
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual std::int64_t size() const = 0;
  /// The tensors of example i in 0 … size() - 1 (its input and its target, say), on the CPU. The workers of a loader
  /// call it at the same time.
  virtual Tensors get(std::int64_t i) const = 0;
  /// The examples of these numbers, each of their tensors stacked along a new first dimension.
  virtual Tensors batch(const std::vector<std::int64_t>& examples) const;
};

/// Examples side by side: [N, …] tensors of the same N, on any device.
///
///     TensorDataset digits({images, labels});
class TensorDataset : public Dataset {
 public:
  explicit TensorDataset(Tensors tensors);
  std::int64_t size() const override;
  Tensors get(std::int64_t i) const override;
  Tensors batch(const std::vector<std::int64_t>& examples) const override;
  const Tensors& tensors() const { return tensors_; }

 private:
  Tensors tensors_;
};

/// Some examples of another dataset, which must outlive it.
class Subset : public Dataset {
 public:
  /// An error where a number is not one of the dataset's.
  Subset(const Dataset& all, std::vector<std::int64_t> examples);
  std::int64_t size() const override { return static_cast<std::int64_t>(examples_.size()); }
  Tensors get(std::int64_t i) const override;
  Tensors batch(const std::vector<std::int64_t>& examples) const override;

 private:
  std::vector<std::int64_t> chosen(const std::vector<std::int64_t>& examples) const;
  const Dataset& all_;
  std::vector<std::int64_t> examples_;
};

/// Parts of a dataset, drawn by a seed: `shares` of it, which add up to 1, or fewer where some is to be left out. An
/// example is in one part at most; a part's size is rounded, and the last part of shares that add up to 1 takes what is
/// left.
std::vector<Subset> random_split(const Dataset& all, const std::vector<double>& shares, std::uint64_t seed = 0);

/// Examples' tensors stacked: what a batch is made by. An error where they have not as many tensors each, of the same
/// shapes and dtypes.
Tensors stack_examples(const std::vector<Tensors>& examples);

}  // namespace adora
