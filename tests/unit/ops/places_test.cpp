#include <omp.h>

#include <cmath>
#include <limits>

#include "../../refused.h"

using namespace adora;

// Reading and writing at places that tensors name: masks, scatter, index_copy, take, index and index_put.

namespace {

using Numbers = std::vector<double>;
using Places = std::vector<std::int64_t>;
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max(),
                       least = std::numeric_limits<std::int64_t>::min();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

Tensor numbers(const Shape& shape) {
  const Tensor x = empty(shape, float64, meta);  // for its size
  return reshape(arange(x.numel(), float64), shape);
}
Tensor places(const Places& values, const Shape& shape) { return tensor(values, shape, default_device()); }
Tensor truths(const std::vector<std::uint8_t>& values, const Shape& shape) {
  return to(tensor(values, shape, default_device()), boolean);
}
Numbers values(const Tensor& x) { return to_vector<double>(x); }
Places indices(const Tensor& x) { return to_vector<std::int64_t>(x); }

}  // namespace

TEST_CASE("masked_fill replaces what the mask names, and NaN under it reaches no gradient") {
  Tensor x = requires_grad(tensor(Numbers{1, not_a_number, 3}, {3}, default_device()));
  const Tensor mask = truths({0, 1, 0}, {3});
  const Tensor y = masked_fill(x, mask, -2.5);
  CHECK(values(y) == Numbers{1, -2.5, 3});
  CHECK(values(gradients({y}, {x}, {.gradients = {numbers({3})}})[0]) == Numbers{0, 0, 2});
  CHECK(masked_fill(numbers({2, 1}), mask, 7).shape() == Shape{2, 3});
  CHECK(values(masked_fill(to(numbers({2}), uint8), truths({1, 0}, {2}), 255)) == Numbers{255, 1});
}

TEST_CASE("masked_select gives what the mask names, row by row, and nonzero where it is") {
  const Tensor x = numbers({2, 3}), mask = truths({1, 0, 1, 0, 1, 0}, {2, 3});
  CHECK(values(masked_select(x, mask)) == Numbers{0, 2, 4});
  CHECK(values(masked_select(transpose(x), transpose(mask))) == Numbers{0, 4, 2});
  CHECK(values(masked_select(x, truths({0, 1, 1}, {3}))) == Numbers{1, 2, 4, 5});
  CHECK(values(masked_select(numbers({2, 1}), truths({1, 1}, {2}))) == Numbers{0, 0, 1, 1});
  CHECK(masked_select(x, zeros({2, 3}, boolean)).shape() == Shape{0});
  CHECK(indices(nonzero(mask)) == Places{0, 0, 0, 2, 1, 1});
  CHECK(indices(nonzero(tensor(Numbers{0, -0.0, not_a_number, 1e-300}, {4}, default_device()))) == Places{2, 3});
  CHECK(nonzero(numbers({})).shape() == Shape{0, 0});
  CHECK(nonzero(ones({})).shape() == Shape{1, 0});
  CHECK(nonzero(zeros({2, 0, 3})).shape() == Shape{0, 3});
}

TEST_CASE("scatter writes at places, the last of several stays, and only that one has a gradient") {
  const Tensor x = requires_grad(full({2, 3}, 100, float64));
  const Tensor src = requires_grad(numbers({2, 4}));
  const Tensor index = places({0, 2, 0, 1, 2, 1, 1}, {7});
  const Tensor at = reshape(slice(index, 0, 0, 6), {2, 3});
  const Tensor y = scatter(x, 1, at, src);
  CHECK(values(y) == Numbers{2, 100, 1, 100, 6, 5});
  const Tensors g = gradients({y}, {x, src}, {.gradients = {numbers({2, 3}) + 1}});
  CHECK(values(g[0]) == Numbers{0, 2, 0, 4, 0, 0});
  CHECK(values(g[1]) == Numbers{0, 3, 1, 0, 0, 6, 5, 0});
  CHECK(values(scatter(zeros({2, 2}, float64), 0, places({1, 1}, {1, 2}), 7)) == Numbers{0, 0, 7, 7});
  CHECK(values(scatter(zeros({3}, boolean), 0, places({1}, {1}), 1)) == Numbers{0, 1, 0});
}

TEST_CASE("of many that are written to one place the last stays, whatever the number of threads") {
  const std::int64_t n = 2000, width = 64;
  Places at;
  Numbers last(7 * 64, -1);
  Generator g(1);
  for (std::int64_t i = 0; i < n; ++i) {
    at.push_back(static_cast<std::int64_t>(g.below(7)));
    for (std::int64_t c = 0; c < width; ++c)
      last[static_cast<std::size_t>(at.back() * width + c)] = static_cast<double>(i * width + c);
  }
  const Tensor index = places(at, {n}), x = full({7, width}, -1, float64), src = numbers({n, width});
  const int threads = omp_get_max_threads();
  for (int count : {1, 3}) {
    omp_set_num_threads(count);
    CHECK(values(index_copy(x, 0, index, src)) == last);
    CHECK(values(scatter(x, 0, broadcast_to(reshape(index, {n, 1}), {n, width}), src)) == last);
    CHECK(values(index_put(x, {index}, src)) == last);
  }
  omp_set_num_threads(threads);
}

TEST_CASE("scatter_reduce adds up or takes the mean, with x's own element or without") {
  const Tensor x = full({3}, 10, float64), index = places({0, 2, 0}, {3}), src = numbers({3}) + 1;
  CHECK(values(scatter_reduce(x, 0, index, src, ScatterReduce::sum)) == Numbers{14, 10, 12});
  CHECK(values(scatter_reduce(x, 0, index, src, ScatterReduce::sum, false)) == Numbers{4, 10, 2});
  CHECK(values(scatter_reduce(x, 0, index, src, ScatterReduce::mean)) == Numbers{14.0 / 3, 10, 6});
  CHECK(values(scatter_reduce(x, 0, index, src, ScatterReduce::mean, false)) == Numbers{2, 10, 2});
}

TEST_CASE("index_copy and index_fill write whole slices") {
  const Tensor x = zeros({3, 2}, float64), index = places({2, 0, 2}, {3});
  const Tensor src = requires_grad(numbers({3, 2}));
  const Tensor y = index_copy(x, 0, index, src);
  CHECK(values(y) == Numbers{2, 3, 0, 0, 4, 5});
  CHECK(values(gradients({y}, {src}, {.gradients = {ones({3, 2}, float64)}})[0]) == Numbers{0, 0, 1, 1, 1, 1});
  CHECK(values(index_copy(x, 1, places({1}, {1}), ones({3, 1}, float64))) == Numbers{0, 1, 0, 1, 0, 1});
  CHECK(values(index_fill(x, -1, places({0}, {1}), 5)) == Numbers{5, 0, 5, 0, 5, 0});
  CHECK(values(index_fill(x, 0, places({}, {0}), 5)) == Numbers(6, 0));
  CHECK(values(x) == Numbers(6, 0));
}

TEST_CASE("take counts row by row from either end, and take_along_dim broadcasts") {
  const Tensor x = numbers({2, 3});
  CHECK(values(take(x, places({0, -1, 4, -6}, {2, 2}))) == Numbers{0, 5, 4, 0});
  CHECK(values(take(transpose(x), places({1}, {1}))) == Numbers{3});
  CHECK(item(take(x, places({5}, {}))) == 5);
  CHECK(values(take_along_dim(x, places({2, 0}, {1, 2}), 1)) == Numbers{2, 0, 5, 3});
  CHECK(values(take_along_dim(x, unsqueeze(argmax(x, 1), 1), 1)) == Numbers{2, 5});
  CHECK(values(take_along_dim(x, places({4}, {1}))) == Numbers{4});
}

TEST_CASE("one_hot makes as many classes as asked for, or as there are") {
  CHECK(indices(one_hot(places({1, 0, 2}, {3}))) == Places{0, 1, 0, 1, 0, 0, 0, 0, 1});
  CHECK(one_hot(places({1, 0}, {1, 2}), 5).shape() == Shape{1, 2, 5});
  CHECK(one_hot(places({}, {0}), 3).shape() == Shape{0, 3});
  CHECK(one_hot(places({0}, {1}), 2).dtype() == int64);
}

TEST_CASE("index takes places of several dimensions, ranges of others, and masks") {
  const Tensor x = numbers({2, 3, 4});
  CHECK(values(index(x, {places({1}, {}), places({2}, {}), places({-1}, {})})) == Numbers{23});
  CHECK(values(index(x, {places({0, 1}, {2}), places({1, 2}, {2})})) == Numbers{4, 5, 6, 7, 20, 21, 22, 23});
  CHECK(index(x, {all, places({0, 1, 2, 0}, {2, 2})}).shape() == Shape{2, 2, 2, 4});
  CHECK(values(index(x, {all, all, places({3, -4}, {2})})) == Numbers{3, 0, 7, 4, 11, 8, 15, 12, 19, 16, 23, 20});
  // Dimensions between the two: the index's own come first.
  CHECK(index(x, {places({0, 1, 0}, {3}), all, places({1}, {1})}).shape() == Shape{3, 3});
  CHECK(values(index(x, {places({0, 1}, {2}), all, places({1, 2}, {2})})) == Numbers{1, 5, 9, 14, 18, 22});
  CHECK(index(x, {places({0, 1}, {2, 1}), places({0, 1, 2}, {3})}).shape() == Shape{2, 3, 4});
  CHECK(values(index(x, {truths({0, 1}, {2})})) == values(select(x, 0, 1)));
  CHECK(values(index(numbers({2, 3}), {truths({1, 0, 0, 0, 1, 1}, {2, 3})})) == Numbers{0, 4, 5});
  CHECK(index(x, {all, truths({1, 0, 1}, {3}), places({1}, {1})}).shape() == Shape{2, 2});
  CHECK(index(x, {zeros({2, 3}, boolean)}).shape() == Shape{0, 4});
  CHECK(index(x, {places({}, {0})}).shape() == Shape{0, 3, 4});
  CHECK(index(x, {all, all}).shape() == x.shape());
  CHECK(values(index(x, {})) == values(x));
}

TEST_CASE("index_put writes or adds at these places") {
  const Tensor x = zeros({2, 3}, float64);
  const Tensor rows = places({1, 0, 1}, {3}), columns = places({2, 0, -1}, {3});
  CHECK(values(index_put(x, {rows, columns}, numbers({3}) + 1)) == Numbers{2, 0, 0, 0, 0, 3});
  CHECK(values(index_put(x, {rows, columns}, numbers({3}) + 1, true)) == Numbers{2, 0, 0, 0, 0, 4});
  CHECK(values(index_put(x, {all, places({1}, {1})}, full({}, 7, float64))) == Numbers{0, 7, 0, 0, 7, 0});
  CHECK(values(index_put(x, {all, places({1, 0}, {2})}, numbers({2}))) == Numbers{1, 0, 0, 1, 0, 0});
  const Tensor mask = truths({1, 0, 0, 0, 1, 1}, {2, 3});
  CHECK(values(index_put(x, {mask}, full({1}, 7, float64))) == Numbers{7, 0, 0, 0, 7, 7});
  CHECK(values(index_put(x, {mask}, full({1}, 7, float64), true)) == Numbers{7, 0, 0, 0, 7, 7});
  CHECK(values(index_put(x, {mask}, numbers({3}) + 1)) == Numbers{1, 0, 0, 0, 2, 3});
  CHECK(values(index_put(x, {truths({0, 1}, {2})}, numbers({3}))) == Numbers{0, 0, 0, 0, 1, 2});
  CHECK(values(index_put(x, {truths({0, 1}, {2})}, full({}, 2, float64))) == Numbers{0, 0, 0, 2, 2, 2});
  CHECK(values(index_put(x, {}, full({}, 2, float64))) == Numbers(6, 2));
  CHECK(values(index_put(x + 1, {all}, full({3}, 2, float64), true)) == Numbers(6, 3));
  CHECK(values(x) == Numbers(6, 0));
}

TEST_CASE("the gradients of index and index_put with masks are their derivatives") {
  const Tensor mask = truths({1, 0, 0, 0, 1, 1}, {2, 3}), rows = truths({0, 1, 1}, {3});
  Generator g(1);
  const Tensor x = uniform({2, 3, 2}, -1, 1, g, float64), v = uniform({3, 2}, -1, 1, g, float64);
  auto read = [=](const Tensors& in) { return index(in[0], {mask}); };
  auto middle = [=](const Tensors& in) { return index(in[0], {all, rows}); };
  auto written = [=](const Tensors& in) { return index_put(in[0], {mask}, in[1]); };
  auto added = [=](const Tensors& in) { return index_put(in[0], {mask}, in[1], true); };
  auto filled = [=](const Tensors& in) { return index_put(in[0], {mask}, in[1]); };
  const Tensor one = uniform({}, -1, 1, g, float64);
  CHECK((gradcheck(TensorFunction(read), {x}) && gradgradcheck(TensorFunction(read), {x})));
  CHECK((gradcheck(TensorFunction(middle), {x}) && gradgradcheck(TensorFunction(middle), {x})));
  CHECK((gradcheck(TensorFunction(written), {x, v}) && gradgradcheck(TensorFunction(written), {x, v})));
  CHECK((gradcheck(TensorFunction(added), {x, v}) && gradgradcheck(TensorFunction(added), {x, v})));
  CHECK((gradcheck(TensorFunction(filled), {x, one}) && gradgradcheck(TensorFunction(filled), {x, one})));
}

TEST_CASE("places that there are not, and tensors that do not fit, are refused by name") {
  const Tensor x = numbers({2, 3}), row = numbers({3}), at = places({0, 1}, {2}), one = places({0}, {1, 1});
  const Tensor mask = ones({2, 3}, boolean), none;
  check_refused({
      {"masked_fill",
       [=] {
         masked_fill(x, numbers({2, 3}), 1);
       }},
      {"masked_fill", [=] { masked_fill(x, ones({2}, boolean), 1); }},
      {"masked_fill", [=] { masked_fill(to(x, int64), mask, 0.5); }},
      {"masked_fill", [=] { masked_fill(x, mask, row); }},
      {"masked_fill", [=] { masked_fill(x, mask, ones({})); }},
      {"masked_select", [=] { masked_select(x, row); }},
      {"masked_select", [=] { masked_select(x, ones({2}, boolean)); }},
      {"masked_select", [=] { masked_select(to(x, meta), to(mask, meta)); }},
      {"nonzero", [=] { nonzero(to(x, meta)); }},
      {"scatter: the index 3",
       [=] {
         scatter(x, 1, places({3}, {1, 1}), x);
       }},
      {"scatter: the index -1",
       [=] {
         scatter(x, 0, places({-1}, {1, 1}), 1);
       }},
      {"scatter",
       [=] {
         scatter(x, 1, numbers({1, 1}), x);
       }},
      {"scatter", [=] { scatter(x, 1, at, x); }},
      {"scatter",
       [=] {
         scatter(x, 1, places({0, 0, 0}, {3, 1}), 1);
       }},
      {"scatter",
       [=] {
         scatter(x, 1, zeros({2, 4}, int64), x);
       }},
      {"scatter",
       [=] {
         scatter(x, 1, one, zeros({2, 3}));
       }},
      {"scatter", [=] { scatter(x, 2, one, x); }},
      {"scatter_reduce", [=] { scatter_reduce(to(x, int64), 1, one, to(x, int64), ScatterReduce::mean); }},
      {"scatter_reduce", [=] { scatter_reduce(x, 1, one, row, ScatterReduce::sum); }},
      {"index_copy: the index 2",
       [=] {
         index_copy(x, 0, places({2}, {1}), numbers({1, 3}));
       }},
      {"index_copy",
       [=] {
         index_copy(x, 0, at, numbers({1, 3}));
       }},
      {"index_copy", [=] { index_copy(x, 0, one, x); }},
      {"index_copy",
       [=] {
         index_copy(x, 0, at, zeros({2, 3}));
       }},
      {"index_fill: the index -1", [=] { index_fill(x, 0, places({-1}, {1}), 1); }},
      {"index_fill", [=] { index_fill(x, 0, row, 1); }},
      {"index_fill", [=] { index_fill(x, 0, at, row); }},
      {"take: the index 6", [=] { take(x, places({6}, {1})); }},
      {"take: the index -7",
       [=] {
         take(x, places({0, -7}, {2}));
       }},
      {"take", [=] { take(x, places({least}, {1})); }},
      {"take", [=] { take(numbers({0}), places({0}, {1})); }},
      {"take", [=] { take(x, row); }},
      {"take_along_dim", [=] { take_along_dim(x, at, 0); }},
      {"take_along_dim",
       [=] {
         take_along_dim(x, zeros({3, 1}, int64), 1);
       }},
      {"one_hot: the index 3", [=] { one_hot(places({3}, {1}), 3); }},
      {"one_hot: the index -1", [=] { one_hot(places({-1}, {1})); }},
      {"one_hot", [=] { one_hot(places({}, {0})); }},
      {"one_hot", [=] { one_hot(places({most}, {1})); }},
      {"too large", [=] { one_hot(places({most - 1}, {1})); }},
      {"one_hot", [=] { one_hot(row); }},
      {"one_hot", [=] { one_hot(at, -2); }},
      {"index: the index 2", [=] { index(x, {places({2}, {1})}); }},
      {"index: the index -4",
       [=] {
         index(x, {all, places({-4}, {1})});
       }},
      {"index: the index 3",
       [=] {
         index(x, {places({0}, {1}), places({3}, {1})});
       }},
      {"index",
       [=] {
         index(numbers({0, 2}), {places({0}, {1})});
       }},
      {"index: indices of 3 dimensions are too many",
       [=] {
         index(x, {at, at, at});
       }},
      {"index: indices of 2 dimensions are too many", [=] { index(row, {mask}); }},
      {"index: the mask", [=] { index(x, {ones({3}, boolean)}); }},
      {"index: an index tensor is float64", [=] { index(x, {row}); }},
      {"index",
       [=] {
         index(x, {at, places({0, 1, 2}, {3})});
       }},
      {"index",
       [=] {
         index(x, {all, zeros({1, 1, 1, 1, 1, 1, 1, 1}, int64)});
       }},
      {"index", [=] { index(none, {at}); }},
      {"index", [=] { index(to(x, meta), {to(mask, meta)}); }},
      {"index_put", [=] { index_put(x, {at}, numbers({2})); }},
      {"index_put", [=] { index_put(x, {at}, zeros({3})); }},
      {"index_put",
       [=] {
         index_put(x, {at}, numbers({1, 2, 3}));
       }},
      {"index_put: the index 2", [=] { index_put(x, {places({2}, {1})}, row); }},
      {"index_put: the index 5", [=] { index_put(x, {places({5}, {1})}, row, true); }},
      {"index_put: the mask", [=] { index_put(x, {ones({3}, boolean)}, full({}, 1, float64)); }},
      {"index_put", [=] { index_put(x, {at}, none); }},
  });
}
