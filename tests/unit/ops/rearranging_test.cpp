#include <limits>

#include "../../refused.h"

using namespace adora;

namespace {

using Numbers = std::vector<double>;
using Places = std::vector<std::int64_t>;
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max(),
                       least = std::numeric_limits<std::int64_t>::min();

Tensor numbers(const Shape& shape) {
  const Tensor x = empty(shape, float64, meta);  // for its size
  return reshape(arange(x.numel(), float64), shape);
}
Tensor places(const Places& values, const Shape& shape) { return tensor(values, shape, default_device()); }
Numbers values(const Tensor& x) { return to_vector<double>(x); }
Places indices(const Tensor& x) { return to_vector<std::int64_t>(x); }

/// The gradient that x gets where y's is 0, 1, 2, …
Numbers gradient_of(const Tensor& x, const Tensor& y) {
  return values(gradients({y}, {x}, {.gradients = {numbers(y.shape())}})[0]);
}

}  // namespace

// ---- other orders ------------------------------------------------------------------------------------------------

TEST_CASE("flip reverses dimensions, of views too, and leaves x alone") {
  const Tensor x = numbers({2, 3});
  CHECK(values(flip(x, {0})) == Numbers{3, 4, 5, 0, 1, 2});
  CHECK(values(flip(x, {-1})) == Numbers{2, 1, 0, 5, 4, 3});
  CHECK(values(flip(x, {1, 0})) == Numbers{5, 4, 3, 2, 1, 0});
  CHECK(values(flip(transpose(x), {0})) == Numbers{2, 5, 1, 4, 0, 3});
  CHECK(values(flip(broadcast_to(slice(x, 0, 0, 1), {2, 3}), {1})) == Numbers{2, 1, 0, 2, 1, 0});
  CHECK(values(fliplr(x)) == values(flip(x, {1})));
  CHECK(values(flipud(x)) == values(flip(x, {0})));
  CHECK(flip(x, {0, 1}).is_contiguous());
  CHECK(values(flip(to(x, uint8), {0})) == Numbers{3, 4, 5, 0, 1, 2});
  CHECK(item(flip(numbers({}), {})) == 0);
  CHECK(values(x) == Numbers{0, 1, 2, 3, 4, 5});
}

TEST_CASE("roll moves elements around, by any number of places, and adds up shifts of one dimension") {
  const Tensor x = numbers({2, 3});
  CHECK(values(roll(x, 1, 1)) == Numbers{2, 0, 1, 5, 3, 4});
  CHECK(values(roll(x, {-1, 1}, {1, 0})) == Numbers{4, 5, 3, 1, 2, 0});
  CHECK(values(roll(x, {1, 1}, {1, -1})) == values(roll(x, 2, 1)));
  CHECK(values(roll(x, 4, 1)) == values(roll(x, 1, 1)));
  CHECK(values(roll(x, most, 1)) == values(roll(x, most % 3, 1)));
  CHECK(values(roll(x, {least, most}, {1, 1})) == values(roll(x, 2, 1)));  // -2⁶³ is 1, and 2⁶³ - 1 is 1, of 3
  CHECK(values(roll(x, 2)) == Numbers{4, 5, 0, 1, 2, 3});
  CHECK(roll(numbers({0, 2}), 1, 0).shape() == Shape{0, 2});
}

TEST_CASE("rot90 turns by quarters, against the clock for the first two dimensions") {
  const Tensor x = numbers({2, 3});
  CHECK(values(rot90(x)) == Numbers{2, 5, 1, 4, 0, 3});
  CHECK(values(rot90(x, 2)) == Numbers{5, 4, 3, 2, 1, 0});
  CHECK(values(rot90(x, -1)) == Numbers{3, 0, 4, 1, 5, 2});
  CHECK(values(rot90(x, 1, {1, 0})) == values(rot90(x, 3)));
  CHECK(values(rot90(x, least)) == values(x));
}

TEST_CASE("repeat puts copies one after the other, and repeat_interleave elements") {
  const Tensor x = numbers({2, 2});
  CHECK(values(repeat(x, {1, 2})) == Numbers{0, 1, 0, 1, 2, 3, 2, 3});
  CHECK(values(repeat(x, {2, 1, 1})) == Numbers{0, 1, 2, 3, 0, 1, 2, 3});
  CHECK(repeat(x, {0, 2}).shape() == Shape{0, 4});
  CHECK(repeat(x, {1, 1}).storage() != x.storage());
  CHECK(values(tile(x, {2})) == values(repeat(x, {1, 2})));
  CHECK(tile(x, {2, 1, 3}).shape() == Shape{2, 2, 6});
  CHECK(repeat(numbers({1, 2, 1, 2, 2, 1, 1, 2}), {2, 2, 2, 2, 2, 1, 1, 2}).shape() == Shape{2, 4, 2, 4, 4, 1, 1, 4});
  CHECK(values(repeat_interleave(x, 2)) == Numbers{0, 0, 1, 1, 2, 2, 3, 3});
  CHECK(values(repeat_interleave(x, 2, 0)) == Numbers{0, 1, 0, 1, 2, 3, 2, 3});
  CHECK(values(repeat_interleave(x, places({2, 1}, {2}), 1)) == Numbers{0, 0, 1, 2, 2, 3});
  CHECK(values(repeat_interleave(x, places({0, 3}, {2}), 0)) == Numbers{2, 3, 2, 3, 2, 3});
  CHECK(values(repeat_interleave(x, places({2}, {1}), -1)) == values(repeat_interleave(x, 2, 1)));
  CHECK(repeat_interleave(numbers({0, 2}), places({}, {0}), 0).shape() == Shape{0, 2});
}

TEST_CASE("the gradient of repeats in given numbers is their sum") {
  const Tensor x = requires_grad(numbers({3}));
  const Tensor y = repeat_interleave(x, places({2, 0, 3}, {3}));
  CHECK(gradient_of(x, y) == Numbers{1, 0, 9});
}

// ---- other shapes ------------------------------------------------------------------------------------------------

TEST_CASE("other shapes are views of the same numbers") {
  const Tensor x = numbers({1, 2, 1, 3});
  CHECK(squeeze(x).shape() == Shape{2, 3});
  CHECK(squeeze(x, {0, -2}).shape() == Shape{2, 3});
  CHECK(squeeze(numbers({1, 1})).shape() == Shape{});
  CHECK(flatten(x).shape() == Shape{6});
  CHECK(flatten(x, 1, -2).shape() == Shape{1, 2, 3});
  CHECK(flatten(numbers({})).shape() == Shape{1});
  CHECK(flatten(numbers({2, 0, 3}), 1).shape() == Shape{2, 0});
  CHECK(unflatten(numbers({2, 6}), 1, {2, -1}).shape() == Shape{2, 2, 3});
  CHECK(unflatten(numbers({0, 2}), 0, {3, 0}).shape() == Shape{3, 0, 2});
  CHECK(movedim(numbers({2, 3, 4}), 0, -1).shape() == Shape{3, 4, 2});
  CHECK(movedim(numbers({2, 3, 4, 5}), {3, 0}, {0, 1}).shape() == Shape{5, 2, 3, 4});
  CHECK(values(swapaxes(numbers({2, 3}), 0, 1)) == values(transpose(numbers({2, 3}))));
  CHECK(atleast_1d(numbers({})).shape() == Shape{1});
  CHECK(atleast_2d(numbers({3})).shape() == Shape{1, 3});
  CHECK(atleast_3d(numbers({})).shape() == Shape{1, 1, 1});
  CHECK(atleast_3d(numbers({3})).shape() == Shape{1, 3, 1});
  CHECK(atleast_3d(numbers({2, 3})).shape() == Shape{2, 3, 1});
  CHECK(expand_as(numbers({3, 1}), numbers({2, 3, 4})).shape() == Shape{2, 3, 4});
  CHECK(broadcast_tensors({numbers({3, 1}), numbers({4})})[1].shape() == Shape{3, 4});
  CHECK(broadcast_tensors({}).empty());
  for (const Tensor& view : {squeeze(x), flatten(x), movedim(x, 0, 1), diagonal(x, 0, 1, 3),
                             sliding_windows(x, 3, 2, 1), chunk(x, 2, 1)[1], unbind(x, 3)[2]})
    CHECK(view.storage() == x.storage());
}

TEST_CASE("diagonals lie above or below, of any two dimensions, and end beyond the corners") {
  const Tensor x = numbers({3, 4});
  CHECK(values(diagonal(x)) == Numbers{0, 5, 10});
  CHECK(values(diagonal(x, 2)) == Numbers{2, 7});
  CHECK(values(diagonal(x, -1)) == Numbers{4, 9});
  CHECK(values(diagonal(x, -1, 1, 0)) == Numbers{1, 6, 11});
  for (std::int64_t offset : {std::int64_t{4}, std::int64_t{-3}, most, least})
    CHECK(diagonal(x, offset).shape() == Shape{0});
  CHECK(values(diagonal(numbers({2, 2, 3}), 1, 0, 2)) == Numbers{1, 8, 4, 11});
  CHECK(values(diagonal(numbers({2, 2, 3}), 1, 0, 2)).size() == 4);
  CHECK(values(diag(numbers({2}), -1)) == Numbers{0, 0, 0, 0, 0, 0, 0, 1, 0});
  CHECK(values(diag(x, 1)) == Numbers{1, 6, 11});
  CHECK(values(diag_embed(numbers({2, 2}))) == Numbers{0, 0, 0, 1, 2, 0, 0, 3});
  CHECK(diag_embed(numbers({2, 2}), 1, 0, 2).shape() == Shape{3, 2, 3});
  CHECK(values(add(diagonal(x), diagonal(x, 1))) == Numbers{1, 11, 21});
}

TEST_CASE("sliding windows overlap, end where one does not fit, and their gradient counts them") {
  const Tensor x = requires_grad(numbers({5}));
  CHECK(values(sliding_windows(x, 0, 3, 1)) == Numbers{0, 1, 2, 1, 2, 3, 2, 3, 4});
  CHECK(values(sliding_windows(x, 0, 2, 2)) == Numbers{0, 1, 2, 3});
  CHECK(values(sliding_windows(x, 0, 2, most)) == Numbers{0, 1});
  CHECK(sliding_windows(x, 0, 0, 1).shape() == Shape{6, 0});
  CHECK(sliding_windows(x, 0, 0, 5).shape() == Shape{2, 0});
  CHECK(sliding_windows(x, 0, 0, 7).shape() == Shape{1, 0});
  CHECK(sliding_windows(numbers({2, 5}), 1, 2, 3).shape() == Shape{2, 2, 2});
  CHECK(gradient_of(x, sliding_windows(x, 0, 3, 1)) == Numbers{0, 1 + 3, 2 + 4 + 6, 5 + 7, 8});
  CHECK(gradient_of(x, sliding_windows(x, 0, 0, 1)) == Numbers(5, 0));
}

TEST_CASE("sums over the windows of half types are rounded once") {
  const Tensor x = requires_grad(zeros({600}, bfloat16));
  const Tensor y = sliding_windows(x, 0, 300, 1);
  const Tensor g = gradients({y}, {x}, {.gradients = {ones(y.shape(), bfloat16)}})[0];
  CHECK(item(select(g, 0, 300)) == 300);
}

// ---- parts -------------------------------------------------------------------------------------------------------

TEST_CASE("a dimension is split by size, by number and at places") {
  const Tensor x = numbers({5});
  auto sizes = [](const Tensors& parts) {
    Places result;
    for (const Tensor& part : parts) result.push_back(part.size(0));
    return result;
  };
  CHECK(sizes(split(x, 2)) == Places{2, 2, 1});
  CHECK(sizes(split(x, most)) == Places{5});
  CHECK(sizes(split(numbers({0}), 3)) == Places{0});
  CHECK(sizes(split(numbers({0}), 0)) == Places{0});
  CHECK(sizes(split(x, {5})) == Places{5});
  CHECK(sizes(chunk(x, 3)) == Places{2, 2, 1});
  CHECK(sizes(chunk(numbers({6}), 4)) == Places{2, 2, 2});
  CHECK(sizes(chunk(x, most)) == Places{1, 1, 1, 1, 1});
  CHECK(sizes(chunk(numbers({0}), 3)) == Places{0, 0, 0});
  CHECK(sizes(tensor_split(x, 3)) == Places{2, 2, 1});
  CHECK(sizes(tensor_split(x, 7)) == Places{1, 1, 1, 1, 1, 0, 0});
  CHECK(sizes(tensor_split(x, {1, 7, -1})) == Places{1, 4, 0, 1});
  CHECK(sizes(tensor_split(x, {2, 2})) == Places{2, 0, 3});
  CHECK(sizes(tensor_split(x, {least, most})) == Places{0, 5, 0});
  const Tensors rows = unbind(numbers({2, 3}));
  CHECK(values(rows[1]) == Numbers{3, 4, 5});
  CHECK(unbind(numbers({2, 3}), -1).size() == 3);
  CHECK(unbind(numbers({0, 3})).empty());
}

TEST_CASE("parts are put together by rows, columns and planes") {
  const Tensor a = numbers({2, 2}), row = numbers({2}), one = numbers({});
  CHECK(values(hstack({a, numbers({2, 1})})) == Numbers{0, 1, 0, 2, 3, 1});
  CHECK(values(hstack({row, one})) == Numbers{0, 1, 0});
  CHECK(values(vstack({a, row})) == Numbers{0, 1, 2, 3, 0, 1});
  CHECK(values(dstack({row, row + 2})) == Numbers{0, 2, 1, 3});
  CHECK(dstack({a, a}).shape() == Shape{2, 2, 2});
}

// ---- pads --------------------------------------------------------------------------------------------------------

TEST_CASE("pads go from the last dimension to the first, and every mode fills them as PyTorch does") {
  const Tensor x = numbers({2, 3});
  CHECK(values(pad(x, {1, 0}, PadMode::constant, 9)) == Numbers{9, 0, 1, 2, 9, 3, 4, 5});
  CHECK(values(pad(x, {0, 0, 0, 1}, PadMode::constant, 9)) == Numbers{0, 1, 2, 3, 4, 5, 9, 9, 9});
  CHECK(values(pad(x, {-1, 1})) == Numbers{1, 2, 0, 4, 5, 0});
  CHECK(pad(x, {-1, -2}).shape() == Shape{2, 0});
  CHECK(values(pad(numbers({4}), {3, 2}, PadMode::reflect)) == Numbers{3, 2, 1, 0, 1, 2, 3, 2, 1});
  CHECK(values(pad(numbers({3}), {2, 1}, PadMode::replicate)) == Numbers{0, 0, 0, 1, 2, 2});
  CHECK(values(pad(numbers({3}), {3, 2}, PadMode::circular)) == Numbers{0, 1, 2, 0, 1, 2, 0, 1});
  CHECK(values(pad(numbers({2, 2}), {1, 0, 0, 1}, PadMode::circular)) == Numbers{1, 0, 1, 3, 2, 3, 1, 0, 1});
  // What is taken away is still mirrored, but not passed around.
  CHECK(values(pad(numbers({5}), {-2, 4}, PadMode::reflect)) == Numbers{2, 3, 4, 3, 2, 1, 0});
  CHECK(values(pad(numbers({5}), {-1, 2}, PadMode::circular)) == Numbers{1, 2, 3, 4, 1, 2});
  CHECK(values(pad(numbers({1}), {-5, 7}, PadMode::replicate)) == Numbers{0, 0, 0});
  CHECK(pad(x, {}).storage() != x.storage());
  CHECK(pad(x, {0, 0}, PadMode::reflect).storage() != x.storage());
  CHECK(values(pad(to(x, uint8), {0, 1}, PadMode::constant, 255)) == Numbers{0, 1, 2, 255, 3, 4, 5, 255});
}

TEST_CASE("NaN that pads stand for, or that is taken away, reaches no gradient") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor x = requires_grad(numbers({3}));
  CHECK(gradient_of(x, pad(x, {1, 1}, PadMode::constant, nan)) == Numbers{1, 2, 3});
  CHECK(gradient_of(x, pad(x, {-1, 1})) == Numbers{0, 0, 1});
}

// ---- grids -------------------------------------------------------------------------------------------------------

TEST_CASE("grids run along the first dimension or the second, and list all choices") {
  const Tensor a = numbers({2}), b = numbers({3}) + 10;
  CHECK(values(meshgrid({a, b})[0]) == Numbers{0, 0, 0, 1, 1, 1});
  CHECK(values(meshgrid({a, b})[1]) == Numbers{10, 11, 12, 10, 11, 12});
  CHECK(values(meshgrid({a, b}, GridIndexing::xy)[0]) == Numbers{0, 1, 0, 1, 0, 1});
  CHECK(meshgrid({a, b, a}, GridIndexing::xy)[2].shape() == Shape{3, 2, 2});
  CHECK(meshgrid({a}, GridIndexing::xy)[0].shape() == Shape{2});
  CHECK(values(cartesian_prod({a, b})) == Numbers{0, 10, 0, 11, 0, 12, 1, 10, 1, 11, 1, 12});
  CHECK(cartesian_prod({a}).shape() == Shape{2});
  CHECK(values(combinations(b)) == Numbers{10, 11, 10, 12, 11, 12});
  CHECK(values(combinations(a, 2, true)) == Numbers{0, 0, 0, 1, 1, 1});
  CHECK(combinations(a, 3).shape() == Shape{0, 3});
  CHECK(combinations(numbers({0}), 2, true).shape() == Shape{0, 2});
  CHECK(combinations(numbers({20}), 10).shape() == Shape{184756, 10});
}

TEST_CASE("the places of a triangle are those that tril and triu keep") {
  CHECK(indices(tril_indices(2, 3, 1)) == Places{0, 0, 1, 1, 1, 0, 1, 0, 1, 2});
  CHECK(indices(triu_indices(3, 2)) == Places{0, 0, 1, 0, 1, 1});
  CHECK(tril_indices(2, 2, least).shape() == Shape{2, 0});
  CHECK(triu_indices(2, 2, least).shape() == Shape{2, 4});
  CHECK(tril_indices(most, 0).shape() == Shape{2, 0});
}

// ---- refusals ----------------------------------------------------------------------------------------------------

TEST_CASE("rearranging refuses what is not there") {
  const Tensor x = numbers({2, 3}), wide = zeros({1, 1, 1, 1, 1, 1, 1, 2});
  check_refused({
      {"flip: dimension -2",
       [=] {
         flip(x, {0, -2});
       }},
      {"flip", [=] { flip(x, {2}); }},
      {"fliplr", [=] { fliplr(numbers({3})); }},
      {"flipud", [=] { flipud(numbers({})); }},
      {"roll",
       [=] {
         roll(x, {1, 2}, {0});
       }},
      {"roll", [=] { roll(x, Shape{}, Shape{}); }},
      {"roll", [=] { roll(x, 1, 2); }},
      {"rot90", [=] { rot90(x, 1, {0}); }},
      {"rot90",
       [=] {
         rot90(x, 1, {1, 1});
       }},
      {"repeat: 1 repeats", [=] { repeat(x, {2}); }},
      {"repeat",
       [=] {
         repeat(x, {-1, 2});
       }},
      {"repeat",
       [=] {
         repeat(x, {most, 1});
       }},
      {"repeat",
       [=] {
         repeat(x, {most / 4, most / 4});
       }},
      {"tile", [=] { tile(x, {-1}); }},
      {"repeat_interleave", [=] { repeat_interleave(x, -1); }},
      {"repeat_interleave", [=] { repeat_interleave(x, most, 1); }},
      {"repeat_interleave", [=] { repeat_interleave(x, most / 4, 1); }},
      {"repeat_interleave",
       [=] {
         repeat_interleave(x, places({1, 2, 3}, {3}), 0);
       }},
      {"repeat_interleave",
       [=] {
         repeat_interleave(x, places({1, -1}, {2}), 0);
       }},
      {"repeat_interleave",
       [=] {
         repeat_interleave(x, places({most, most}, {2}), 0);
       }},
      {"repeat_interleave", [=] { repeat_interleave(x, numbers({2}), 0); }},
      {"repeat_interleave", [=] { repeat_interleave(to(x, meta), to(places({1}, {1}), meta), 0); }},
      {"squeeze",
       [=] {
         squeeze(x, {0, 1});
       }},
      {"squeeze",
       [=] {
         squeeze(numbers({1, 2}), {0, -2});
       }},
      {"flatten", [=] { flatten(x, 1, 0); }},
      {"flatten", [=] { flatten(x, 0, 2); }},
      {"flatten", [=] { flatten(numbers({}), 1); }},
      {"unflatten",
       [=] {
         unflatten(x, 1, {2, 2});
       }},
      {"unflatten",
       [=] {
         unflatten(x, 1, {-1, -1});
       }},
      {"unflatten", [=] { unflatten(x, 1, {}); }},
      {"unflatten",
       [=] {
         unflatten(x, 1, {most, most, -1});
       }},
      {"unflatten",
       [=] {
         unflatten(wide, -1, {2, 1});
       }},
      {"movedim",
       [=] {
         movedim(x, {0}, {0, 1});
       }},
      {"movedim",
       [=] {
         movedim(x, {0, 0}, {0, 1});
       }},
      {"movedim", [=] { movedim(x, 0, 2); }},
      {"swapaxes", [=] { swapaxes(x, 0, 2); }},
      {"expand_as",
       [=] {
         expand_as(x, numbers({2, 4}));
       }},
      {"broadcast_tensors",
       [=] {
         broadcast_tensors({x, numbers({2, 4})});
       }},
      {"diagonal", [=] { diagonal(numbers({3})); }},
      {"diagonal", [=] { diagonal(x, 0, 0, -2); }},
      {"diag_embed", [=] { diag_embed(numbers({})); }},
      {"diag_embed", [=] { diag_embed(x, least); }},
      {"diag_embed", [=] { diag_embed(x, most); }},
      {"diag_embed", [=] { diag_embed(x, most / 2); }},
      {"diag",
       [=] {
         diag(numbers({1, 1, 1}));
       }},
      {"sliding_windows", [=] { sliding_windows(x, 1, 4, 1); }},
      {"sliding_windows", [=] { sliding_windows(x, 1, -1, 1); }},
      {"sliding_windows", [=] { sliding_windows(x, 1, 2, 0); }},
      {"sliding_windows", [=] { sliding_windows(wide, 7, 1, 1); }},
      {"split", [=] { split(x, 0); }},
      {"split", [=] { split(x, -1, 1); }},
      {"split",
       [=] {
         split(zeros({most / 2, 0}), 1);
       }},
      {"chunk", [=] { chunk(x, 0); }},
      {"tensor_split", [=] { tensor_split(x, 0); }},
      {"tensor_split", [=] { tensor_split(x, most); }},
      {"unbind",
       [=] {
         unbind(zeros({most / 2, 0}));
       }},
      {"unbind", [=] { unbind(numbers({})); }},
      {"hstack", [=] { hstack({}); }},
      {"hstack",
       [=] {
         hstack({x, numbers({3, 1})});
       }},
      {"vstack",
       [=] {
         vstack({x, numbers({2})});
       }},
      {"dstack",
       [=] {
         dstack({x, zeros({2, 3})});
       }},
      {"pad", [=] { pad(x, {1}); }},
      {"pad",
       [=] {
         pad(x, {0, 0, 0, 0, 0, 1});
       }},
      {"pad",
       [=] {
         pad(x, {-2, -2});
       }},
      {"pad",
       [=] {
         pad(x, {-4, 4});
       }},
      {"pad",
       [=] {
         pad(x, {most, most});
       }},
      {"pad",
       [=] {
         pad(x, {least, 0});
       }},
      {"pad",
       [=] {
         pad(x, {most / 16, 0, most / 16, 0});
       }},
      {"pad",
       [=] {
         pad(x, {3, 0}, PadMode::reflect);
       }},
      {"pad",
       [=] {
         pad(x, {4, 0}, PadMode::circular);
       }},
      {"pad",
       [=] {
         pad(zeros({0}), {1, 0}, PadMode::replicate);
       }},
      {"pad",
       [=] {
         pad(to(x, int64), {1, 0}, PadMode::constant, 0.5);
       }},
      {"meshgrid", [=] { meshgrid({}); }},
      {"meshgrid", [=] { meshgrid({x}); }},
      {"meshgrid",
       [=] {
         meshgrid({numbers({2}), zeros({2})});
       }},
      {"cartesian_prod", [=] { cartesian_prod({x}); }},
      {"combinations", [=] { combinations(x); }},
      {"combinations", [=] { combinations(numbers({2}), -1); }},
      {"combinations", [=] { combinations(numbers({100}), 50); }},
      {"combinations", [=] { combinations(numbers({2}), most, true); }},
      {"tril_indices", [] { tril_indices(-1, 2); }},
      {"triu_indices", [] { triu_indices(most, 2); }},
  });
}
