#pragma once
#include <functional>

#include "../../core/random.h"
#include "dataset.h"

namespace adora {

struct DataLoaderOptions {
  std::int64_t batch_size = 1;
  bool shuffle = false;    ///< each epoch in an order of its own, which follows from the seed and the epoch alone
  bool drop_last = false;  ///< leave out a last batch that is smaller
  std::uint64_t seed = 0;
  int workers = 0;   ///< threads that make batches ahead, each with one thread for its ops; 0: the caller makes them
  int prefetch = 2;  ///< batches that each worker is ahead
  /// Changes an example before it goes into a batch, at random if it likes: the generator's numbers follow from the
  /// seed, the epoch and the example's number, whatever the workers.
  std::function<Tensors(Tensors example, Generator& generator)> transform = {};
  /// Makes a batch of examples in place of stack_examples: of texts that are not equally long, say.
  std::function<Tensors(const std::vector<Tensors>& examples)> collate = {};
};

/// Batches of a dataset, epoch after epoch:
///
///     DataLoader loader(digits, {.batch_size = 32, .shuffle = true, .seed = 1});
///     for (int epoch = 0; epoch < 3; ++epoch)
///       for (const Tensors& batch : loader) train(batch[0], batch[1]);
///
/// The batches are the same bits whatever the number of workers. What `get`, `transform` or `collate` throws is thrown
/// where its batch would come. Nothing is recorded; new tensors lie on the CPU.
class DataLoader {
 public:
  /// The dataset must outlive the loader. An error where an option is out of range.
  explicit DataLoader(const Dataset& dataset, DataLoaderOptions options = {});
  explicit DataLoader(const Dataset&&, DataLoaderOptions = {}) = delete;  // keep the dataset in a variable

  /// Batches of an epoch.
  std::int64_t size() const;

  class Batches;
  class Iterator {
   public:
    using value_type = Tensors;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    const Tensors& operator*() const { return batch_; }
    const Tensors* operator->() const { return &batch_; }
    Iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(const Iterator& other) const { return batches_ == other.batches_; }

   private:
    friend class DataLoader;
    std::shared_ptr<Batches> batches_;  ///< null at the end
    Tensors batch_;
  };
  /// Begins the next epoch, the first time epoch 0; set_epoch says which is next, for a run that goes on.
  Iterator begin();
  Iterator end() const { return {}; }
  void set_epoch(std::int64_t epoch);
  std::int64_t epoch() const { return epoch_; }

 private:
  const Dataset& dataset_;
  DataLoaderOptions options_;
  std::int64_t epoch_ = 0;
};

}  // namespace adora
