#include "data_loader.h"

#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <numeric>
#include <thread>

#include "../../autograd/grad_mode.h"
#include "../../core/threads.h"
#include "shuffle.h"

namespace adora {
namespace {

constexpr std::uint64_t transform_stream = 0x5452;
// Blocks of random numbers that each example has to itself.
constexpr std::uint64_t blocks_of_an_example = 1 << 24;

std::int64_t batches_of(std::int64_t examples, const DataLoaderOptions& options) {
  const std::int64_t whole = examples / options.batch_size;
  return options.drop_last || examples % options.batch_size == 0 ? whole : whole + 1;
}

}  // namespace

/// The batches of one epoch: made when they are asked for or, with workers, ahead. A worker takes the next batch that
/// nobody makes, unless it is too far ahead.
class DataLoader::Batches {
 public:
  Batches(const Dataset& dataset, const DataLoaderOptions& options, std::int64_t epoch)
      : dataset_(dataset), options_(options), epoch_(epoch), count_(batches_of(dataset.size(), options)) {
    const auto examples = static_cast<std::size_t>(dataset.size());
    if (options.shuffle) {
      order_ = shuffled_order(examples, options.seed, epoch);
    } else {
      order_.resize(examples);
      std::iota(order_.begin(), order_.end(), std::size_t{0});
    }
    for (int i = 0; i < options.workers; ++i) workers_.emplace_back([this] { work(); });
  }
  ~Batches() {
    {
      std::lock_guard lock(mutex_);
      begun_ = count_;
    }
    room_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }
  Batches(const Batches&) = delete;
  Batches& operator=(const Batches&) = delete;

  /// The next batch; false at the end.
  bool next(Tensors& batch) {
    if (taken_ == count_) return false;
    if (workers_.empty()) {
      batch = make(taken_++);
      return true;
    }
    std::unique_lock lock(mutex_);
    made_.wait(lock, [&] { return ready_.contains(taken_); });
    Made made = std::move(ready_.extract(taken_).mapped());
    ++taken_;
    lock.unlock();
    room_.notify_all();
    if (made.error) std::rethrow_exception(made.error);
    batch = std::move(made.batch);
    return true;
  }

 private:
  struct Made {
    Tensors batch;
    std::exception_ptr error;
  };

  Tensors make(std::int64_t number) const {
    NoGrad no_grad;
    DefaultDevice on_cpu(cpu);
    const std::int64_t begin = number * options_.batch_size,
                       end = std::min(begin + options_.batch_size, dataset_.size());
    const std::vector<std::int64_t> chosen(order_.begin() + begin, order_.begin() + end);
    if (!options_.transform && !options_.collate) return dataset_.batch(chosen);
    std::vector<Tensors> examples;
    for (const std::int64_t i : chosen) {
      examples.push_back(dataset_.get(i));
      if (!options_.transform) continue;
      Generator generator(options_.seed, transform_stream);
      generator.set_offset(static_cast<std::uint64_t>(epoch_ * dataset_.size() + i) * blocks_of_an_example);
      examples.back() = options_.transform(std::move(examples.back()), generator);
    }
    return options_.collate ? options_.collate(examples) : stack_examples(examples);
  }

  void work() {
    set_num_threads(1);
    const std::int64_t ahead = std::int64_t{options_.workers} * options_.prefetch;
    std::unique_lock lock(mutex_);
    for (;;) {
      room_.wait(lock, [&] { return begun_ == count_ || begun_ < taken_ + ahead; });
      if (begun_ == count_) return;
      const std::int64_t number = begun_++;
      lock.unlock();
      Made made;
      try {
        made.batch = make(number);
      } catch (...) {
        made.error = std::current_exception();
      }
      lock.lock();
      ready_[number] = std::move(made);
      made_.notify_one();
    }
  }

  const Dataset& dataset_;
  const DataLoaderOptions options_;
  const std::int64_t epoch_, count_;
  std::vector<std::size_t> order_;
  std::int64_t taken_ = 0;  ///< batches that the caller has had

  // Shared with the workers, as is taken_ where there are any.
  std::mutex mutex_;
  std::condition_variable made_, room_;
  std::int64_t begun_ = 0;  ///< batches that somebody makes or has made; all of them once the workers are to stop
  std::map<std::int64_t, Made> ready_;
  std::vector<std::thread> workers_;
};

DataLoader::DataLoader(const Dataset& dataset, DataLoaderOptions options)
    : dataset_(dataset), options_(std::move(options)) {
  check(options_.batch_size > 0, "DataLoader: a batch size of {} cannot be", options_.batch_size);
  check(options_.workers >= 0 && options_.workers <= 1024, "DataLoader: {} workers; there can be 0 to 1024",
        options_.workers);
  check(options_.prefetch > 0, "DataLoader: a prefetch of {} cannot be; a worker is a batch ahead at least",
        options_.prefetch);
}

std::int64_t DataLoader::size() const { return batches_of(dataset_.size(), options_); }

void DataLoader::set_epoch(std::int64_t epoch) {
  check(epoch >= 0, "DataLoader: epoch {} cannot be; they are counted from 0", epoch);
  epoch_ = epoch;
}

DataLoader::Iterator DataLoader::begin() {
  Iterator first;
  first.batches_ = std::make_shared<Batches>(dataset_, options_, epoch_++);
  return ++first;
}

DataLoader::Iterator& DataLoader::Iterator::operator++() {
  check(batches_ != nullptr, "DataLoader: there is no batch after the last");
  if (!batches_->next(batch_)) *this = {};
  return *this;
}

}  // namespace adora
