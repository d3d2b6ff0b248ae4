#include <omp.h>

#include <cmath>

#include "../../catch.h"
#include "but_elementwise.h"

using namespace adora;

TEST_CASE("Philox gives the published blocks") {
  // Known answers of philox4x32 with 10 rounds from the authors' Random123.
  auto words = [](const Philox& block) { return std::vector<std::uint32_t>(block.word, block.word + 4); };
  CHECK(words(Philox(0, 0, 0)) == std::vector<std::uint32_t>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(words(Philox(~0ull, ~0ull, ~0ull)) ==
        std::vector<std::uint32_t>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(words(Philox(0x299f31d0a4093822, 0x85a308d3243f6a88, 0x0370734413198a2e)) ==
        std::vector<std::uint32_t>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a generator's numbers follow from seed, stream and offset alone") {
  Generator a(7, 1), b(7, 1), other_seed(8, 1), other_stream(7, 2);
  std::uint64_t first = a.next(), second = a.next();
  CHECK(b.next() == first);
  CHECK(other_seed.next() != first);
  CHECK(other_stream.next() != first);
  CHECK(first != second);
  a.set_offset(0);
  CHECK(a.next() == first);
  CHECK(a.reserve(10) == 1);
  CHECK(a.offset() == 11);
}

TEST_CASE("every number below a bound is as likely as the others") {
  Generator generator(3);
  std::vector<int> counts(6);
  for (int i = 0; i < 60000; ++i) ++counts[generator.below(6)];
  for (int count : counts) CHECK(std::abs(count - 10000) < 500);  // 5.5 standard deviations
  CHECK(generator.below(1) == 0);
}

TEST_CASE("uniform and normal tensors have the moments of their distributions") {
  Generator generator(5);
  constexpr int n = 100000;
  double sum = 0, squares = 0, fourth = 0;
  for (double x : to_vector<double>(normal({n}, 1, 2, generator))) {
    double z = (x - 1) / 2;
    sum += z, squares += z * z, fourth += z * z * z * z;
  }
  CHECK(std::abs(sum / n) < 0.02);
  CHECK(std::abs(squares / n - 1) < 0.03);
  CHECK(std::abs(fourth / n - 3) < 0.2);
  double low = 9, high = -9, total = 0;
  for (double x : to_vector<double>(uniform({n}, -1, 3, generator))) {
    low = std::min(low, x), high = std::max(high, x), total += x;
  }
  CHECK(low >= -1);
  CHECK(low < -0.99);
  CHECK(high <= 3);
  CHECK(high > 2.99);
  CHECK(std::abs(total / n - 1) < 0.02);
}

TEST_CASE("random tensors are the same with any number of threads and in any dtype up to rounding") {
  int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  Generator one(9);
  auto expected = to_vector<double>(normal({50, 1000}, 0, 1, one, float64));
  omp_set_num_threads(5);
  Generator many(9), single(9);
  CHECK(to_vector<double>(normal({50, 1000}, 0, 1, many, float64)) == expected);
  auto floats = to_vector<double>(normal({50, 1000}, 0, 1, single, float32));
  omp_set_num_threads(threads);
  double worst = 0;
  for (std::size_t i = 0; i < floats.size(); ++i) worst = std::max(worst, std::abs(floats[i] - expected[i]));
  CHECK(worst < 1e-6);
  CHECK(many.offset() == one.offset());
}

TEST_CASE("two tensors drawn one after the other share no numbers") {
  Generator generator(2);
  auto a = to_vector<double>(uniform({64}, 0, 1, generator, float64));
  auto b = to_vector<double>(uniform({64}, 0, 1, generator, float64));
  for (double x : a) CHECK(std::count(b.begin(), b.end(), x) == 0);
}

TEST_CASE("a batch computed in parts draws for each row what the whole would have drawn") {
  const std::int64_t row = 12;
  auto draws = [&](Generator& generator, std::int64_t rows) {
    return to_vector<double>(dropout(ones({rows, row}, float64), 0.5, generator));
  };
  Generator whole(3), parts(3);
  std::vector<double> first = draws(whole, 5), second = draws(whole, 5);  // two layers
  std::vector<double> found_first, found_second;
  for (const auto& [begin, count] : {std::pair{0, 2}, std::pair{2, 3}}) {
    parts.set_offset(0);
    parts.set_part({static_cast<std::uint64_t>(begin), static_cast<std::uint64_t>(count), 5});
    for (double x : draws(parts, count)) found_first.push_back(x);
    for (double x : draws(parts, count)) found_second.push_back(x);
  }
  CHECK(found_first == first);
  CHECK(found_second == second);
  CHECK(parts.offset() == whole.offset());
}
