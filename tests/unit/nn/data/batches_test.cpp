// Which documents a step takes.
#include "../../../../nn/data/batches.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "../../../refused.h"

using namespace adora;

namespace {

std::vector<std::size_t> lengths_of(std::size_t count) {
  Generator g(11);
  std::vector<std::size_t> lengths;
  for (std::size_t i = 0; i < count; ++i) lengths.push_back(2 + g.below(200));
  return lengths;
}

}  // namespace

TEST_CASE("batches of like lengths hold each document once an epoch, wherever an epoch ends") {
  for (const std::size_t count : {1, 7, 64, 65, 131, 1000}) {
    for (const std::size_t size : {1, 3, 8}) {
      INFO(count << " documents in batches of " << size);
      BatchOrder order(lengths_of(count), size, 5);
      constexpr std::int64_t epochs = 4;
      std::vector<std::size_t> all;
      for (std::int64_t step = 0; step < order.steps(epochs); ++step)
        for (const std::size_t document : order.batch(step, epochs)) all.push_back(document);
      REQUIRE(all.size() == epochs * count);
      for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
        const auto from = all.begin() + static_cast<std::ptrdiff_t>(epoch * count);
        CHECK(std::set<std::size_t>(from, from + static_cast<std::ptrdiff_t>(count)).size() == count);
      }
    }
  }
}

TEST_CASE("documents in one row follow one another without padding, each with its own targets") {
  const std::vector<Document> documents{
      {{1, 5, 7, 2}, {{1, 4}}}, {{1, 2}, {{1, 2}}}, {{1, 3, 4, 6, 2}, {{2, 3}, {4, 5}}}};
  const TokenBatch batch = make_packed_batch(documents, {2, 0, 1});
  CHECK(batch.tokens.shape() == Shape{1, 8});
  CHECK(to_vector<std::int64_t>(batch.tokens) == std::vector<std::int64_t>{1, 3, 4, 6, 1, 5, 7, 1});
  CHECK(to_vector<std::int64_t>(batch.targets) == std::vector<std::int64_t>{-100, 4, -100, 2, 5, 7, 2, 2});
  CHECK(batch.texts == std::vector<std::int64_t>{4, 3, 1});
}

TEST_CASE("grouped by length little is padded, and the batches come in any order") {
  const std::vector<std::size_t> lengths = lengths_of(1003);
  constexpr std::size_t size = 8;
  auto padding = [&](BatchOrder order) {
    std::size_t padded = 0;
    for (std::int64_t step = 0; step < order.steps(3); ++step) {
      const std::vector<std::size_t> batch = order.batch(step, 3);
      std::size_t longest = 0;
      for (const std::size_t document : batch) longest = std::max(longest, lengths[document]);
      for (const std::size_t document : batch) padded += longest - lengths[document];
    }
    return padded;
  };
  CHECK(20 * padding({lengths, size, 1}) < padding({lengths.size(), size, true, 1}));
  // Neither from short to long nor back: about half of the neighbors rise.
  BatchOrder order(lengths, size, 1);
  int rising = 0;
  std::size_t before = 0;
  for (std::int64_t step = 0; step < 125; ++step) {
    const std::size_t first = lengths[order.batch(step, 1)[0]];
    rising += first > before;
    before = first;
  }
  CHECK(rising > 40);
  CHECK(rising < 85);
}

TEST_CASE("the batches of like lengths follow from the seed and the epoch, from any step on") {
  const std::vector<std::size_t> lengths = lengths_of(101);
  BatchOrder whole(lengths, 8, 3), other(lengths, 8, 4);
  bool differs = false;
  for (const std::int64_t step : {37, 2, 13, 12, 25, 38}) {
    BatchOrder anew(lengths, 8, 3);
    CHECK(anew.batch(step, 3) == whole.batch(step, 3));
    differs |= other.batch(step, 3) != whole.batch(step, 3);
  }
  CHECK(differs);
  std::vector<std::size_t> first = whole.batch(0, 3), second = whole.batch(13, 3);
  CHECK(first != second);
}
