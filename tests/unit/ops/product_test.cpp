#include <limits>
#include <map>

#include "../../drawn.h"
#include "../../numeric.h"
#include "../../refused.h"

using namespace adora;

namespace {

using Numbers = std::vector<double>;

Tensor drawn(const Shape& shape, std::uint64_t seed) {
  Generator g(seed);
  return sample_tensor(g, shape);
}

/// Σ of products by plain loops: letters that are not in the result are summed over; no letter twice in one operand.
Numbers plain_einsum(const std::vector<std::string>& subscripts, const std::string& result, const Tensors& operands) {
  std::map<char, std::int64_t> sizes;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    for (std::size_t d = 0; d < subscripts[k].size(); ++d)
      sizes[subscripts[k][d]] = std::max(sizes[subscripts[k][d]], operands[k].size(static_cast<std::int64_t>(d)));
  }
  std::vector<Numbers> numbers;
  for (const Tensor& x : operands) numbers.push_back(to_vector<double>(x));
  std::int64_t count = 1;
  for (char c : result) count *= sizes[c];
  Numbers y(static_cast<std::size_t>(count), 0);
  std::map<char, std::int64_t> at;
  std::int64_t all = 1;
  for (auto [c, size] : sizes) all *= size;
  for (std::int64_t i = 0; i < all; ++i) {
    std::int64_t rest = i;
    for (auto [c, size] : sizes) at[c] = rest % size, rest /= size;
    double product = 1;
    for (std::size_t k = 0; k < operands.size(); ++k) {
      std::int64_t place = 0;
      for (std::size_t d = 0; d < subscripts[k].size(); ++d) {
        const std::int64_t size = operands[k].size(static_cast<std::int64_t>(d));
        place = place * size + (size == 1 ? 0 : at[subscripts[k][d]]);
      }
      product *= numbers[k][static_cast<std::size_t>(place)];
    }
    std::int64_t place = 0;
    for (char c : result) place = place * sizes[c] + at[c];
    y[static_cast<std::size_t>(place)] += product;
  }
  return y;
}

}  // namespace

TEST_CASE("einsum gives what plain loops give") {
  struct Example {
    std::vector<std::string> subscripts;
    std::string result;
    std::vector<Shape> shapes;
  };
  for (const Example& e : std::vector<Example>{{{"ij", "jk"}, "ik", {{3, 4}, {4, 5}}},
                                               {{"ij", "jk"}, "ki", {{3, 4}, {4, 5}}},
                                               {{"bij", "bkj"}, "bik", {{2, 3, 4}, {2, 5, 4}}},
                                               {{"ijb", "bjk"}, "kbi", {{2, 3, 4}, {4, 3, 2}}},
                                               {{"i", "j", "k"}, "jik", {{2}, {3}, {4}}},
                                               {{"ij", "jk", "kl", "lm"}, "im", {{2, 3}, {3, 4}, {4, 3}, {3, 2}}},
                                               {{"abc", "bd", "ce", "de"}, "a", {{2, 3, 2}, {3, 2}, {2, 3}, {2, 3}}},
                                               {{"ij", "ij"}, "", {{3, 4}, {3, 4}}},
                                               {{"ij", "kj"}, "ijk", {{3, 4}, {2, 4}}},
                                               {{"ij", "jk"}, "ik", {{3, 1}, {4, 5}}},
                                               {{"ij", "ij"}, "j", {{1, 4}, {3, 1}}},
                                               {{"ij", "k"}, "i", {{3, 4}, {2}}},
                                               {{"abcd"}, "db", {{2, 3, 2, 3}}},
                                               {{"ab", "bc", "ac"}, "abc", {{2, 3}, {3, 2}, {2, 2}}}}) {
    std::string equation;
    Tensors operands;
    for (std::size_t k = 0; k < e.shapes.size(); ++k) {
      equation += (k ? ", " : "") + e.subscripts[k];
      operands.push_back(drawn(e.shapes[k], k + 1));
    }
    equation += " -> " + e.result;
    INFO(equation);
    CHECK(close(to_vector<double>(einsum(equation, operands)), plain_einsum(e.subscripts, e.result, operands), 1e-13));
  }
}

TEST_CASE("einsum's result is implied as PyTorch's is") {
  const Tensor a = drawn({2, 3}, 1), b = drawn({3, 2}, 2), c = drawn({2, 3, 4}, 3), square = drawn({3, 3}, 4);
  CHECK(to_vector<double>(einsum("ij,jk", {a, b})) == to_vector<double>(matmul(a, b)));
  CHECK(to_vector<double>(einsum("ba", {a})) == to_vector<double>(transpose(a)));
  CHECK(to_vector<double>(einsum("aB", {a})) == to_vector<double>(transpose(a)));  // capitals first
  CHECK(einsum("ij,ij", {a, a}).shape() == Shape{});
  CHECK(einsum("i...", {c}).shape() == Shape{3, 4, 2});  // what is not named comes first
  CHECK(einsum("...k->...", {c}).shape() == Shape{2, 3});
  CHECK(einsum("...,...", {c, drawn({4}, 5)}).shape() == c.shape());
  CHECK(einsum(",", {drawn({}, 1), drawn({}, 2)}).shape() == Shape{});
  const Numbers numbers = to_vector<double>(square);
  CHECK(to_vector<double>(einsum("ii->i", {square})) == Numbers{numbers[0], numbers[4], numbers[8]});
  CHECK(item(einsum("ii", {transpose(square)})) == Approx(numbers[0] + numbers[4] + numbers[8]).epsilon(1e-14));
}

TEST_CASE("einsum contracts chains of products in the order that needs the least memory") {
  // From the left, or the right, a matrix of 2000 × 2000 would be on the way: 32 MB.
  const Tensor tall = drawn({2000, 2}, 1), wide = drawn({2, 2000}, 2);
  const std::size_t before = memory_stats(tall.device()).peak;
  const Tensor y = einsum("ai,ib,bj,ja->ij", {tall, wide, tall, wide});
  CHECK(y.shape() == Shape{2, 2});
  CHECK(memory_stats(tall.device()).peak < before + (1 << 20));
  CHECK(close(to_vector<double>(y), to_vector<double>(matmul(wide, tall) * transpose(matmul(wide, tall))), 1e-11));
}

TEST_CASE("equations that make no sense are refused") {
  const Tensor a = zeros({2, 3}), b = zeros({3, 2}), whole = zeros({2, 3}, int64);
  check_refused({
      {"einsum: 'ij,jk->ik' is for 2 operands; there are 1", [=] { einsum("ij,jk->ik", {a}); }},
      {"einsum: 'ij->i' is for 1 operands; there are 2",
       [=] {
         einsum("ij->i", {a, b});
       }},
      {"einsum: 'ij' has no operands", [] { einsum("ij", {}); }},
      {"has 3 letters for", [=] { einsum("ijk", {a}); }},
      {"has 1 letters for", [=] { einsum("i", {a}); }},
      {"has 3 letters for", [=] { einsum("ijk...", {a}); }},
      {"'j' of 'ij,ij' has the size 2 in one place and 3",
       [=] {
         einsum("ij,ij", {b, zeros({3, 3})});
       }},
      {"'i' of 'ii' ", [=] { einsum("ii", {a}); }},
      {"'i' of 'ii' stands for the sizes 1 and 3",
       [=] {
         einsum("ii", {zeros({1, 3})});
       }},
      {"has 'k' in the result and in no operand", [=] { einsum("ij->ik", {a}); }},
      {"has 'i' twice in the result", [=] { einsum("ij->ii", {a}); }},
      {"has '1' where a letter", [=] { einsum("i1", {a}); }},
      {"where a letter", [=] { einsum("i\xff", {a}); }},
      {"has '.' where a letter", [=] { einsum("i..", {a}); }},
      {"has '>' where a letter", [=] { einsum("ij->i>j", {a}); }},
      {"has '...' twice", [=] { einsum("......", {a}); }},
      {"einsum: int64", [=] { einsum("ij", {whole}); }},
      {"einsum: float32",
       [=] {
         einsum("ij,ij", {a, to(a, float64)});
       }},
      {"einsum",
       [=] {
         einsum("ij,ij", {a, Tensor()});
       }},
      {"more than 8 dimensions",
       [] {
         einsum("abcde,fghij->abcdefghij", {zeros({1, 1, 1, 1, 1}), zeros({1, 1, 1, 1, 1})});
       }},
      {"tensordot", [=] { tensordot(a, b, 3); }},
      {"tensordot", [=] { tensordot(a, b, -1); }},
      {"tensordot", [=] { tensordot(a, b, 2); }},
      {"tensordot",
       [=] {
         tensordot(a, b, {0}, {0, 1});
       }},
      {"tensordot",
       [=] {
         tensordot(a, a, {1, 1}, {1, 1});
       }},
      {"tensordot", [=] { tensordot(a, b, {2}, {0}); }},
  });
}

TEST_CASE("products of vectors and matrices by hand") {
  const Tensor u = tensor<double>({1, 2, 3}), v = tensor<double>({-1, 0, 2});
  CHECK(item(dot(u, v)) == 5);
  CHECK(to_vector<double>(outer(u, v)) == Numbers{-1, 0, 2, -2, 0, 4, -3, 0, 6});
  CHECK(to_vector<double>(cross(u, v)) == Numbers{4, -5, 2});
  const Tensor m = tensor(Numbers{1, 2, 3, 4}, {2, 2});
  CHECK(to_vector<double>(kron(m, tensor<double>({1, -1}))) == Numbers{1, -1, 2, -2, 3, -3, 4, -4});
  CHECK(item(trace(tensor(Numbers{1, 2, 3, 4, 5, 6}, {2, 3}))) == 6);
  CHECK(item(trace(zeros({0, 3}))) == 0);
  CHECK(to_vector<double>(matrix_power(m, 3)) == Numbers{37, 54, 81, 118});
  CHECK(to_vector<double>(matrix_power(m, 0)) == Numbers{1, 0, 0, 1});
  CHECK(to_vector<double>(addmm(full({2}, std::nan(""), float64), m, m, 0, 2)) == Numbers{14, 20, 30, 44});
}

TEST_CASE("the second power to minus one is the inverse", "[cpu]") {
  const Tensor m = tensor(Numbers{1, 2, 3, 4}, {2, 2}, cpu);
  CHECK(close(to_vector<double>(matrix_power(m, -2)), {5.5, -2.5, -3.75, 1.75}, 1e-13));
}

TEST_CASE("distances keep the digits of small differences between large numbers") {
  // What 2·x·y takes from x² + y² has no digit left of this in float32.
  const Tensor x = tensor<float>({1000, 2000}), y = x + 0.0625;
  const Tensor d = cdist(reshape(x, {1, 2}), reshape(y, {1, 2}));
  CHECK(item(d) == Approx(0.0625 * std::sqrt(2.)).epsilon(1e-6));
}

TEST_CASE("distances of all pairs are those of each pair, and where one is 0 so is the gradient") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Tensor x = drawn({3, 70}, 1), y = cat({slice(x, 0, 1, 2), drawn({300, 70}, 2)});
  for (double p : {0., .5, 1., 2., 3., infinity}) {
    INFO("p = " << p);
    const Numbers all = to_vector<double>(cdist(x, y, p));
    const Numbers each = to_vector<double>(pairwise_distance(unsqueeze(x, 1), unsqueeze(y, 0), p, 0));
    CHECK(close(all, each, 1e-13));
    Tensor leaf = requires_grad(clone(slice(x, 0, 1, 2)));
    const Tensor g = gradients({sum(cdist(leaf, slice(y, 0, 0, 1), p))}, {leaf})[0];
    for (double number : to_vector<double>(g)) CHECK(number == 0);
  }
}

TEST_CASE("products refuse nonsense under their own names") {
  const Tensor v = zeros({3}), w = zeros({2}), a = zeros({2, 3}), b = zeros({3, 2}), whole = zeros({3}, int64);
  const Tensor batch = zeros({2, 2, 3}), none;
  check_refused({
      {"dot", [=] { dot(v, w); }},
      {"dot", [=] { dot(a, a); }},
      {"dot", [=] { dot(whole, whole); }},
      {"outer", [=] { outer(v, a); }},
      {"outer", [=] { outer(v, none); }},
      {"cross", [=] { cross(v, w); }},
      {"cross", [=] { cross(a, a, 0); }},
      {"cross", [=] { cross(a, a, 2); }},
      {"kron",
       [] {
         kron(zeros({1, 1, 1, 1, 1}), zeros({1}));
       }},
      {"kron", [=] { kron(v, whole); }},
      {"trace", [=] { trace(v); }},
      {"trace", [=] { trace(batch); }},
      {"addmm", [=] { addmm(v, a, a); }},
      {"addmm", [=] { addmm(v, a, b); }},
      {"addmm", [=] { addmm(none, a, b); }},
      {"baddbmm", [=] { baddbmm(w, a, b); }},
      {"baddbmm", [=] { baddbmm(w, batch, batch); }},
      {"matrix_power", [=] { matrix_power(a, 2); }},
      {"matrix_power",
       [] {
         matrix_power(zeros({2, 2}), std::numeric_limits<std::int64_t>::min());
       }},
      {"bilinear",
       [=] {
         bilinear(v, w, zeros({4, 2, 3}));
       }},
      {"bilinear",
       [=] {
         bilinear(a, w, zeros({4, 3, 2}));
       }},
      {"bilinear",
       [=] {
         bilinear(v, w, zeros({4, 3, 2}), v);
       }},
      {"cdist", [=] { cdist(a, b); }},
      {"cdist", [=] { cdist(v, v); }},
      {"cdist", [=] { cdist(a, a, -1); }},
      {"cdist", [=] { cdist(a, a, std::nan("")); }},
      {"cdist", [=] { cdist(a, to(a, float64)); }},
  });
}
