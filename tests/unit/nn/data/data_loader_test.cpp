// Datasets and the batches made of them.
#include "../../../../nn/data/data_loader.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "../../../../nn/data/image_folder.h"
#include "../../../../nn/io/image.h"
#include "../../../catch.h"
#include "../../../files.h"
#include "ops/creation.h"
#include "ops/view.h"

using namespace adora;
using adora::test::TemporaryFolder;

namespace {

/// Example i is i itself and [i², i³].
class Powers : public Dataset {
 public:
  explicit Powers(std::int64_t count) : count_(count) {}
  std::int64_t size() const override { return count_; }
  Tensors get(std::int64_t i) const override {
    check(i != fails_at, "example {} cannot be read", i);
    const auto x = static_cast<double>(i);
    return {full({}, x, int64), tensor<double>({x * x, x * x * x})};
  }
  std::int64_t fails_at = -1;

 private:
  std::int64_t count_;
};

std::vector<std::vector<std::int64_t>> numbers_of(DataLoader& loader) {
  std::vector<std::vector<std::int64_t>> result;
  for (const Tensors& batch : loader) {
    REQUIRE(batch.size() == 2);
    const std::vector<std::int64_t> numbers = to_vector<std::int64_t>(batch[0]);
    const std::vector<double> powers = to_vector<double>(batch[1]);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const auto x = static_cast<double>(numbers[i]);
      CHECK(powers[2 * i] == x * x);
      CHECK(powers[2 * i + 1] == x * x * x);
    }
    result.push_back(numbers);
  }
  return result;
}

}  // namespace

TEST_CASE("a loader gives every example once an epoch, in order, the last batch smaller or left out") {
  const Powers powers(7);
  for (const int workers : {0, 1, 3}) {
    DataLoader all(powers, {.batch_size = 3, .workers = workers});
    CHECK(all.size() == 3);
    for (int epoch = 0; epoch < 2; ++epoch)
      CHECK(numbers_of(all) == std::vector<std::vector<std::int64_t>>{{0, 1, 2}, {3, 4, 5}, {6}});
    DataLoader whole(powers, {.batch_size = 3, .drop_last = true, .workers = workers});
    CHECK(whole.size() == 2);
    CHECK(numbers_of(whole) == std::vector<std::vector<std::int64_t>>{{0, 1, 2}, {3, 4, 5}});
    const Powers none(0);
    DataLoader empty(none, {.workers = workers});
    CHECK(numbers_of(empty).empty());
  }
}

TEST_CASE("a seed fixes the order of every epoch and what is drawn for each example, whatever the workers") {
  const Powers powers(50);
  auto transform = [](Tensors example, Generator& generator) {
    example.push_back(uniform({2}, 0, 1, generator, float64));
    return example;
  };
  auto run = [&](int workers, std::uint64_t seed, std::int64_t first) {
    DataLoader loader(powers,
                      {.batch_size = 4, .shuffle = true, .seed = seed, .workers = workers, .transform = transform});
    loader.set_epoch(first);
    std::vector<std::vector<double>> epochs;
    for (int epoch = 0; epoch < 2; ++epoch) {
      std::vector<double>& numbers = epochs.emplace_back();
      for (const Tensors& batch : loader) {
        for (const Tensor& x : batch) {
          const std::vector<double> values = to_vector<double>(x);
          numbers.insert(numbers.end(), values.begin(), values.end());
        }
      }
    }
    return epochs;
  };
  const auto alone = run(0, 5, 0);
  CHECK(alone[0] != alone[1]);
  CHECK(run(1, 5, 0) == alone);
  CHECK(run(4, 5, 0) == alone);
  CHECK(run(0, 6, 0) != alone);
  CHECK(run(2, 5, 1)[0] == alone[1]);  // a run that goes on
}

TEST_CASE("a shuffled epoch has every example once") {
  const Powers powers(23);
  DataLoader loader(powers, {.batch_size = 5, .shuffle = true, .seed = 1, .workers = 2});
  std::set<std::int64_t> seen;
  std::vector<std::int64_t> order;
  for (const std::vector<std::int64_t>& batch : numbers_of(loader)) {
    seen.insert(batch.begin(), batch.end());
    order.insert(order.end(), batch.begin(), batch.end());
  }
  CHECK(order.size() == 23);
  CHECK(seen.size() == 23);
  CHECK(!std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("what an example throws comes where its batch would, and a loop may be left early") {
  Powers powers(20);
  powers.fails_at = 9;
  for (const int workers : {0, 2}) {
    DataLoader loader(powers, {.batch_size = 4, .workers = workers});
    int batches = 0;
    CHECK_THROWS_WITH(
        [&] {
          for ([[maybe_unused]] const Tensors& batch : loader) ++batches;
        }(),
        ContainsSubstring("example 9 cannot be read"));
    CHECK(batches == 2);
    for ([[maybe_unused]] const Tensors& batch : loader) break;
  }
}

TEST_CASE("tensors of one length are a dataset, and a batch of them has the same numbers as its examples") {
  const Tensor x = reshape(arange(24, float32), {6, 2, 2}), y = arange(6);
  const TensorDataset dataset({x, y});
  CHECK(dataset.size() == 6);
  CHECK(to_vector<int>(dataset.get(2)[0]) == std::vector<int>{8, 9, 10, 11});
  const Tensors fast = dataset.batch({5, 0, 5}), plain = dataset.Dataset::batch({5, 0, 5});
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(fast[i].shape() == plain[i].shape());
    CHECK(to_vector<int>(fast[i]) == to_vector<int>(plain[i]));
  }
  CHECK_THROWS_WITH(TensorDataset({x, arange(5)}),
                    ContainsSubstring("TensorDataset") && ContainsSubstring("not as many"));
  CHECK_THROWS_WITH(dataset.get(6), ContainsSubstring("no example 6"));
}

TEST_CASE("a dataset is split at random into parts that have each example once") {
  const Powers powers(103);
  const std::vector<Subset> parts = random_split(powers, {0.7, 0.2, 0.1}, 3),
                            again = random_split(powers, {0.7, 0.3}, 3);
  REQUIRE(parts.size() == 3);
  CHECK(parts[0].size() == 72);
  CHECK(parts[1].size() == 21);
  CHECK(parts[2].size() == 10);
  std::set<std::int64_t> seen;
  for (const Subset& part : parts) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(part.size()));
    std::iota(all.begin(), all.end(), 0);
    for (const std::int64_t number : to_vector<std::int64_t>(part.batch(all)[0])) CHECK(seen.insert(number).second);
  }
  CHECK(seen.size() == 103);
  CHECK(to_vector<int>(again[0].get(5)[0]) == to_vector<int>(parts[0].get(5)[0]));
  CHECK_THROWS_WITH(random_split(powers, {0.7, 0.4}), ContainsSubstring("more than 1"));
}

TEST_CASE("examples of several sizes are refused unless there is a way to put them together") {
  struct Ragged : Dataset {
    std::int64_t size() const override { return 3; }
    Tensors get(std::int64_t i) const override { return {arange(i + 1)}; }
  } ragged;
  DataLoader stacked(ragged, {.batch_size = 3});
  CHECK_THROWS_WITH(stacked.begin(), ContainsSubstring("collate"));
  DataLoader counted(ragged, {.batch_size = 3, .collate = [](const std::vector<Tensors>& examples) {
                                return Tensors{full({}, static_cast<double>(examples.size()))};
                              }});
  CHECK(item((*counted.begin())[0]) == 3);
  CHECK_THROWS_WITH(DataLoader(ragged, {.batch_size = 0}), ContainsSubstring("batch size of 0"));
  CHECK_THROWS_WITH(DataLoader(ragged, {.workers = -1}), ContainsSubstring("-1 workers"));
  CHECK_THROWS_WITH(DataLoader(ragged, {.prefetch = 0}), ContainsSubstring("prefetch of 0"));
}

TEST_CASE("folders of pictures are classes") {
  TemporaryFolder folder;
  std::filesystem::create_directories(folder / "cats");
  std::filesystem::create_directories(folder / "dogs");
  write_png(folder / "cats/b.png", full({3, 2, 2}, 255, uint8));
  write_png(folder / "cats/a.PNG", full({3, 2, 2}, 51, uint8));
  write_png(folder / "dogs/x.png", full({1, 2, 2}, 102, uint8));
  test::put(folder / "cats/notes.txt", "none");
  const ImageFolder pictures(folder.path());
  CHECK(pictures.classes() == std::vector<std::string>{"cats", "dogs"});
  REQUIRE(pictures.size() == 3);
  DataLoader loader(pictures, {.batch_size = 3, .workers = 1});
  const Tensors batch = *loader.begin();
  CHECK(batch[0].shape() == Shape{3, 3, 2, 2});
  CHECK(to_vector<int>(batch[1]) == std::vector<int>{0, 0, 1});
  CHECK(to_vector<float>(select(batch[0], 0, 0))[0] == Approx(51 / 255.0));
  CHECK(to_vector<float>(select(batch[0], 0, 2))[11] == Approx(102 / 255.0));
  const ImageFolder gray(folder.path(), true);
  CHECK(gray.get(1)[0].shape() == Shape{1, 2, 2});
  CHECK(to_vector<float>(gray.get(1)[0])[0] == Approx(1));
  std::filesystem::create_directories(folder / "empty");
  CHECK_THROWS_WITH(ImageFolder(folder.path()), ContainsSubstring("empty: has no .png"));
  CHECK_THROWS_WITH(ImageFolder(folder / "cats"), ContainsSubstring("has no folder"));
  CHECK_THROWS_WITH(ImageFolder(folder / "none"), ContainsSubstring("none: cannot be read"));
}
