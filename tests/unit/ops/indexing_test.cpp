#include "../../numeric.h"
#include "../../refused.h"

using namespace adora;

namespace {

using Numbers = std::vector<double>;

struct Chosen {
  const char* what;
  Tensor found;
  Shape shape;
  Numbers numbers;
};

Tensor counted(const Shape& shape) { return reshape(arange(numel(shape), float64), shape); }

}  // namespace

TEST_CASE("indices name the elements that they name in PyTorch") {
  const Tensor x = reshape(arange(24), {2, 3, 4});
  const Tensor i2 = tensor({0, 1, 1}), i3 = tensor({2, 0, -1}), col = tensor({{0}, {1}}),
               big = tensor({{3, 0}, {1, 2}});
  const Tensor big32 = tensor({{1, 0}, {1, 1}}, int32), one = tensor(1), nothing = zeros({0}, int64);
  const Tensor rows = tensor({true, false}), no_rows = tensor({false, false}), rows3 = tensor({true, false, true});
  const Tensor cells = tensor({{true, false, true}, {false, false, true}});
  const Chosen cases[] = {
      {"x[0]", x[0], {3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
      {"x[-1]", x[-1], {3, 4}, {12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
      {"x[{1, 2, 3}]", x[{1, 2, 3}], {}, {23}},
      {"x[{0, -1}]", x[{0, -1}], {4}, {8, 9, 10, 11}},
      {"x[{slice(0, 1), 2}]", x[{slice(0, 1), 2}], {1, 4}, {8, 9, 10, 11}},
      {"x[{slice(none, none, 2), slice(1, none), slice(-3, -1)}]",
       x[{slice(none, none, 2), slice(1, none), slice(-3, -1)}],
       {1, 2, 2},
       {5, 6, 9, 10}},
      {"x.at(all, all, slice(5, 9))", x.at(all, all, slice(5, 9)), {2, 3, 0}, {}},
      {"x.at(slice(-9, 1))", x.at(slice(-9, 1)), {1, 3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
      {"x.at(ellipsis, 0)", x.at(ellipsis, 0), {2, 3}, {0, 4, 8, 12, 16, 20}},
      {"x.at(0, ellipsis, 1)", x.at(0, ellipsis, 1), {3}, {1, 5, 9}},
      {"x.at(1, ellipsis, 2, 3)", x.at(1, ellipsis, 2, 3), {}, {23}},
      {"x.at(newaxis, 1, all, newaxis)",
       x.at(newaxis, 1, all, newaxis),
       {1, 3, 1, 4},
       {12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
      {"x.at(ellipsis, newaxis)", x.at(ellipsis, newaxis), {2, 3, 4, 1}, {0,  1,  2,  3,  4,  5,  6,  7,
                                                                          8,  9,  10, 11, 12, 13, 14, 15,
                                                                          16, 17, 18, 19, 20, 21, 22, 23}},
      {"x.at(ellipsis)", x.at(ellipsis), {2, 3, 4}, {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                                     12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
      {"x.at()", x.at(), {2, 3, 4}, {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                     12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
      {"x.at(slice(1), all, slice(3))", x.at(slice(1), all, slice(3)), {1, 3, 3}, {0, 1, 2, 4, 5, 6, 8, 9, 10}},
      {"x.at(i2)", x.at(i2), {3, 3, 4}, {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17,
                                         18, 19, 20, 21, 22, 23, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
      {"x.at(big32)", x.at(big32), {2, 2, 3, 4}, {12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 0,  1,  2,  3,
                                                  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
                                                  20, 21, 22, 23, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
      {"x.at(all, i3)", x.at(all, i3), {2, 3, 4}, {8,  9,  10, 11, 0,  1,  2,  3,  8,  9,  10, 11,
                                                   20, 21, 22, 23, 12, 13, 14, 15, 20, 21, 22, 23}},
      {"x.at(ellipsis, i3)",
       x.at(ellipsis, i3),
       {2, 3, 3},
       {2, 0, 3, 6, 4, 7, 10, 8, 11, 14, 12, 15, 18, 16, 19, 22, 20, 23}},
      {"x.at(ellipsis, big)", x.at(ellipsis, big), {2, 3, 2, 2}, {3,  0,  1,  2,  7,  4,  5,  6,  11, 8,  9,  10,
                                                                  15, 12, 13, 14, 19, 16, 17, 18, 23, 20, 21, 22}},
      {"x.at(i2, i3)", x.at(i2, i3), {3, 4}, {8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23}},
      {"x.at(col, i3)", x.at(col, i3), {2, 3, 4}, {8,  9,  10, 11, 0,  1,  2,  3,  8,  9,  10, 11,
                                                   20, 21, 22, 23, 12, 13, 14, 15, 20, 21, 22, 23}},
      {"x.at(all, i3, i3)", x.at(all, i3, i3), {2, 3}, {10, 0, 11, 22, 12, 23}},
      {"x.at(i2, all, i3)", x.at(i2, all, i3), {3, 3}, {2, 6, 10, 12, 16, 20, 15, 19, 23}},
      {"x.at(i2, slice(1, 3), i3)", x.at(i2, slice(1, 3), i3), {3, 2}, {6, 10, 16, 20, 19, 23}},
      {"x.at(i2, 1, i3)", x.at(i2, 1, i3), {3}, {6, 16, 19}},
      {"x.at(0, all, i3)", x.at(0, all, i3), {3, 3}, {2, 0, 3, 6, 4, 7, 10, 8, 11}},
      {"x.at(i2, newaxis, i3)", x.at(i2, newaxis, i3), {3, 1, 4}, {8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23}},
      {"x.at(newaxis, i2, i3)", x.at(newaxis, i2, i3), {1, 3, 4}, {8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23}},
      {"x.at(all, newaxis, i3)", x.at(all, newaxis, i3), {2, 1, 3, 4}, {8,  9,  10, 11, 0,  1,  2,  3,
                                                                        8,  9,  10, 11, 20, 21, 22, 23,
                                                                        12, 13, 14, 15, 20, 21, 22, 23}},
      {"x.at(i2, i3, i3)", x.at(i2, i3, i3), {3}, {10, 12, 23}},
      {"x.at(col, all, big)", x.at(col, all, big), {2, 2, 3}, {3, 7, 11, 0, 4, 8, 13, 17, 21, 14, 18, 22}},
      {"x.at(all, col, big)", x.at(all, col, big), {2, 2, 2}, {3, 0, 5, 6, 15, 12, 17, 18}},
      {"x.at(rows)", x.at(rows), {1, 3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
      {"x.at(cells)", x.at(cells), {3, 4}, {0, 1, 2, 3, 8, 9, 10, 11, 20, 21, 22, 23}},
      {"x.at(cells, 1)", x.at(cells, 1), {3}, {1, 9, 21}},
      {"x.at(cells, slice(1, 3))", x.at(cells, slice(1, 3)), {3, 2}, {1, 2, 9, 10, 21, 22}},
      {"x.at(cells, i3)", x.at(cells, i3), {3}, {2, 8, 23}},
      {"x.at(x > 20)", x.at(x > 20), {3}, {21, 22, 23}},
      {"x.at(rows, i3)", x.at(rows, i3), {3, 4}, {8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11}},
      {"x.at(no_rows)", x.at(no_rows), {0, 3, 4}, {}},
      {"x.at(one)", x.at(one), {3, 4}, {12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
      {"x.at(all, one)", x.at(all, one), {2, 4}, {4, 5, 6, 7, 16, 17, 18, 19}},
      {"x.at(nothing)", x.at(nothing), {0, 3, 4}, {}},
      {"x.at(all, nothing)", x.at(all, nothing), {2, 0, 4}, {}},
      {"x.at(tensor(true))", x.at(tensor(true)), {1, 2, 3, 4}, {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                                                12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}},
      {"x.at(tensor(false), 1)", x.at(tensor(false), 1), {0, 3, 4}, {}},
      {"x.at(0, rows3)", x.at(0, rows3), {2, 4}, {0, 1, 2, 3, 8, 9, 10, 11}},
      {"x.at(one, i3, all)", x.at(one, i3, all), {3, 4}, {20, 21, 22, 23, 12, 13, 14, 15, 20, 21, 22, 23}},
      {"x.at(slice(1, 1), i3)", x.at(slice(1, 1), i3), {0, 3, 4}, {}},
  };
  for (const Chosen& chosen : cases) {
    INFO(chosen.what);
    CHECK(chosen.found.dtype() == int64);
    CHECK(chosen.found.shape() == chosen.shape);
    CHECK(to_vector<double>(chosen.found) == chosen.numbers);
  }
}

TEST_CASE("numbers, slices, newaxis and ellipsis give views, tensors copies") {
  const Tensor x = counted({3, 4});
  for (const Tensor& view : Tensors{x[1], x[{slice(1, none), 2}], x.at(newaxis, ellipsis), x.at(tensor(1)), x.at(all)})
    CHECK(view.storage() == x.storage());
  for (const Tensor& copy : Tensors{x.at(tensor({1})), x.at(x > 3)}) CHECK(copy.storage() != x.storage());
  // Of a view as of any tensor.
  CHECK(to_vector<double>(transpose(x, 0, 1).at(tensor({3, 0}), 1)) == Numbers{7, 4});
  CHECK(to_vector<double>(transpose(x, 0, 1).at(tensor({3, 0}), tensor({2, 1}))) == Numbers{11, 4});
}

TEST_CASE("what is assigned to indices is written where they stand, and seen by every view") {
  const Tensor x = zeros({2, 3}, float64), view = x[1];
  x[1] = tensor({1, 2, 3}, float64);
  CHECK(to_vector<double>(view) == Numbers{1, 2, 3});
  x[{0, -1}] = 7;
  x.at(all, 0) += 10;
  CHECK(to_vector<double>(x) == Numbers{10, 0, 7, 11, 2, 3});
  x.at(x > 5) = 0;
  CHECK(to_vector<double>(x) == Numbers{0, 0, 0, 0, 2, 3});
  x.at(tensor({1, 1}), tensor({2, 0})) *= 2;
  x.at(tensor({0, 0}), tensor({1, 1})) += 1;  // once
  CHECK(to_vector<double>(x) == Numbers{0, 1, 0, 0, 2, 6});
  x[0] = x[1];
  CHECK(to_vector<double>(x) == Numbers{0, 2, 6, 0, 2, 6});
  x.at(tensor({0, 0}), 1) = tensor({8, 9}, float64);  // the last
  CHECK(to_vector<double>(x) == Numbers{0, 9, 6, 0, 2, 6});
  // Into a view with gaps, from memory that is its own.
  const Tensor y = counted({4, 4});
  const Tensor gaps = y.at(slice(1, none, 2), slice(none, none, 2));
  gaps.at(tensor({1, 0})) = gaps;
  CHECK(to_vector<double>(gaps) == Numbers{12, 14, 4, 6});
  CHECK(to_vector<double>(y[1]) == Numbers{12, 5, 14, 7});
  x[0] /= 3, x[0] -= tensor({0, 0, 1}, float64);
  CHECK(to_vector<double>(x[0]) == Numbers{0, 3, 1});
}

TEST_CASE("an indexed tensor with a name is a handle as any") {
  const Tensor x = zeros({2, 2});
  auto row = x[0];
  row = ones({2});
  CHECK(to_vector<double>(x) == Numbers{0, 0, 0, 0});
  CHECK(to_vector<double>(row) == Numbers{1, 1});
  row = x[1];
  row += 3;
  CHECK(to_vector<double>(x) == Numbers{0, 0, 3, 3});
}

TEST_CASE("an assignment through which a gradient would have to flow is refused, and index_put is the way") {
  const Tensor w = requires_grad(ones({2, 2}, float64)), x = zeros({2, 2}, float64);
  check_refused({
      {"index_put", [=] { w[0] = 1; }},
      {"index_put", [=] { x[0] = w[0]; }},
      {"index_put", [=] { x.at(tensor({0})) = w[0]; }},
      {"+=: float64 [2]", [=] { w[0] += 1; }},
  });
  const Tensor y = index_put(x, {0}, w[1] * 2);
  backward(sum(y * y));
  CHECK(to_vector<double>(grad(w)) == Numbers{0, 0, 8, 8});
  // A tensor that a graph keeps and that is written to is noticed.
  const Tensor kept = ones({2, 2}, float64), z = sum(kept * w);
  kept[0] = 5;
  CHECK_THROWS_WITH(backward(z), ContainsSubstring("changed in place"));
  {
    NoGrad no_grad;
    w[0] = 3;
  }
  CHECK(to_vector<double>(w) == Numbers{3, 3, 1, 1});
}

TEST_CASE("gradients flow to all that was named, and add up where it was named twice") {
  const Tensor x = requires_grad(counted({2, 3}));
  const Tensor rows = tensor({1, 1, 0}), columns = tensor({2, 2, 0});
  CHECK(to_vector<double>(gradients({sum(x.at(rows, columns) * tensor({1, 10, 100}, float64))}, {x})[0]) ==
        Numbers{100, 0, 0, 0, 0, 11});
  CHECK(to_vector<double>(gradients({sum(x.at(x > 3))}, {x})[0]) == Numbers{0, 0, 0, 0, 1, 1});
  // Of values that another was written over nothing is left.
  const Tensor values = requires_grad(tensor({1, 2, 3}, float64));
  const Tensor y = index_put(x, {rows, columns}, values);
  CHECK(to_vector<double>(y) == Numbers{3, 1, 2, 3, 4, 2});
  const Tensors g = gradients({sum(y)}, {x, values});
  CHECK(to_vector<double>(g[0]) == Numbers{0, 1, 1, 1, 1, 0});
  CHECK(to_vector<double>(g[1]) == Numbers{0, 1, 1});
  const Tensor added = index_put(x, {rows, columns}, values, true);
  CHECK(to_vector<double>(added) == Numbers{3, 1, 2, 3, 4, 8});
  CHECK(to_vector<double>(gradients({sum(added)}, {values})[0]) == Numbers{1, 1, 1});
}

TEST_CASE("numbers of every dtype are written and read at indices") {
  for (DType dtype : all_dtypes) {
    const Tensor x = zeros({3, 2}, dtype), ones_of_it = ones({}, dtype);
    x.at(tensor({2, 0}), 1) = 1;
    x[1] = ones_of_it;
    CHECK(to_vector<double>(x) == Numbers{0, 1, 1, 1, 0, 1});
    CHECK(to_vector<double>(x.at(x == 1)) == Numbers{1, 1, 1, 1});
    CHECK(to_vector<double>(index_put(x, {0, 0}, ones_of_it)) == Numbers{1, 1, 1, 1, 0, 1});
  }
}

TEST_CASE("indices that fit nothing are refused") {
  const Tensor x = zeros({2, 3}), w = zeros({3}, int64), none_at_all;
  check_refused({
      {"index: there is no element 2 in a dimension of size 2", [=] { x[2]; }},
      {"index: there is no element -3", [=] { x[-3]; }},
      {"index: there is no element 3 in a dimension of size 3",
       [=] {
         x[{0, 3}];
       }},
      {"too many",
       [=] {
         x[{0, 0, 0}];
       }},
      {"too many", [=] { x.at(all, all, x > 0); }},
      {"one ellipsis", [=] { x.at(ellipsis, ellipsis); }},
      {"step", [=] { x.at(slice(none, none, 0)); }},
      {"step", [=] { x.at(slice(none, none, -1)); }},
      {"index 3 is out of range",
       [=] {
         x.at(all, tensor({0, 3}));
       }},
      {"index -4 is out of range", [=] { x.at(all, tensor({-4})); }},
      {"no element 5", [=] { x.at(tensor(5)); }},
      {"float32", [=] { x.at(ones({2})); }},
      {"uint8", [=] { x.at(ones({2}, uint8)); }},
      {"undefined", [=] { x.at(none_at_all); }},
      {"the mask bool [3]", [=] { x.at(w == 0); }},
      {"broadcast",
       [=] {
         x.at(tensor({0, 1}), tensor({0, 1, 2}));
       }},
      {"more dimensions than a tensor can have",
       [=] {
         x.at(zeros({1, 1, 1, 1, 1, 1, 1, 1}, int64));
       }},
      {"undefined", [=] { none_at_all[0]; }},
      {"index_put_: shapes [2] and [3]", [=] { x[0] = zeros({2}); }},
      {"index_put_", [=] { x[0] = zeros({3}, float64); }},
      {"index_put_", [=] { x.at(x > 0) = zeros({3}); }},
      {"0.5", [=] { w[0] = 0.5; }},
      {"broadcast, and several", [=] { expand(ones({1}), {3})[slice(2)] = 1; }},
      {"index_put: ", [=] { index_put(x, {5}, x); }},
      {"index_put: ", [=] { index_put(x, {0}, zeros({2})); }},
      {"index_put: ", [=] { index_put(x, {0}, zeros({3}, int64)); }},
  });
}
