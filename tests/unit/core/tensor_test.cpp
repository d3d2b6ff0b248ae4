#include "../../numeric.h"

using namespace adora;

TEST_CASE("a check that holds makes no text of what it is about") {
  static int made;
  made = 0;
  const Description one{nullptr, [](const void*) {
                          ++made;
                          return std::string("this");
                        }};
  check(true, "not {}", one);
  CHECK(made == 0);
  CHECK_THROWS_WITH(check(false, "not {}", one), "not this");
  CHECK(made == 1);
}

TEST_CASE("copying a tensor copies no numbers, and an undefined one says so when used") {
  Tensor a = tensor<float>({1, 2, 3});
  Tensor b = a;
  set(b, 0, 9);
  CHECK(to_vector<double>(a) == std::vector<double>{9, 2, 3});
  CHECK(a.is(b));
  CHECK(!a.is(a.detach()));
  Tensor none;
  CHECK(!none.defined());
  CHECK_THROWS_WITH(none.shape(), ContainsSubstring("undefined tensor"));
  CHECK(describe(none) == "an undefined tensor");
}

TEST_CASE("a tensor says what it is") {
  Tensor x = empty({2, 3}, bfloat16);
  CHECK(describe(x) == "bfloat16 [2, 3] on " + to_string(default_device()));
  CHECK(x.size(-1) == 3);
  CHECK_THROWS_AS(x.size(2), Error);
  CHECK(describe(empty({}, int64, meta)) == "int64 [] on meta");
}

TEST_CASE("reading elements as another type than they are is an error with both types") {
  CHECK_THROWS_WITH(empty({2}).data<double>(), ContainsSubstring("float32") && ContainsSubstring("float64"));
}

TEST_CASE("the elements of a view come row by row, whatever the strides") {
  Tensor x = tensor<float>(std::vector<float>{0, 1, 2, 3, 4, 5}, {2, 3});
  CHECK(to_vector<double>(transpose(x)) == std::vector<double>{0, 3, 1, 4, 2, 5});
  CHECK(to_vector<std::int64_t>(slice(x, 1, 1, 3)) == std::vector<std::int64_t>{1, 2, 4, 5});
  CHECK(to_vector<double>(broadcast_to(slice(x, 0, 1, 2), {2, 3})) == std::vector<double>{3, 4, 5, 3, 4, 5});
  CHECK(to_vector<double>(empty({0, 3})).empty());
}

TEST_CASE("the only element of a tensor is a number, and of others an error") {
  CHECK(item(full({1, 1}, 2.5)) == 2.5);
  CHECK_THROWS_WITH(item(ones({2})), ContainsSubstring("2 elements"));
  CHECK_THROWS_WITH(to_vector<double>(empty({2}, float32, meta)), ContainsSubstring("meta"));
}

TEST_CASE("numbers that don't fill the shape are refused") {
  CHECK_THROWS_WITH(tensor<float>(std::vector<float>{1, 2, 3}, {2, 2}),
                    ContainsSubstring("3 values") && ContainsSubstring("[2, 2]"));
}

TEST_CASE("an error's text has its arguments in it and is kept back where nothing is wrong") {
  CHECK_NOTHROW(check(true, "blend: {}", 3));
  CHECK_THROWS_WITH(check(false, "blend: {} of {}", 3, "cream"), "blend: 3 of cream");
  CHECK_THROWS_AS(fail("no"), std::runtime_error);
}

TEST_CASE("tensors on two devices don't meet in one kernel") {
  CHECK_THROWS_WITH(ones({2}) + empty({2}, float32, meta),
                    ContainsSubstring(to_string(default_device())) && ContainsSubstring("meta"));
}

TEST_CASE("a copy puts every element in its place, however both lie and whatever their size") {
  for (DType dtype : {uint8, bfloat16, float32, float64}) {
    Tensor numbers = empty({3, 37, 50}, float32, cpu);
    for (std::int64_t i = 0; i < numbers.numel(); ++i) numbers.data<float>()[i] = static_cast<float>(i * i % 211);
    Tensor x = to(to(numbers, dtype), default_device());
    auto values = to_vector<double>(x);
    for (const Shape& order : {Shape{0, 2, 1}, Shape{2, 1, 0}, Shape{1, 0, 2}, Shape{2, 0, 1}}) {
      Tensor view = permute(x, order);
      CHECK(to_vector<double>(clone(view)) == to_vector<double>(view));
      Tensor target = permute(empty(permute(x, {1, 2, 0}).shape(), dtype), {2, 0, 1});
      copy_(target, x);
      CHECK(to_vector<double>(target) == values);
    }
    Tensor cut = slice(transpose(x, 1, 2), 1, 1, 45, 3);
    CHECK(to_vector<double>(clone(cut)) == to_vector<double>(cut));
  }
}

TEST_CASE("dtypes are converted to the nearest number, whatever the strides") {
  Tensor x = tensor<double>(std::vector<double>{1.5, -2.25, 1e-3, 300}, {2, 2});
  for (DType dtype : {float32, bfloat16, float16}) {
    auto values = to_vector<double>(to(transpose(x), dtype));
    CHECK(values[0] == 1.5);
    CHECK(values[1] == Approx(1e-3).epsilon(4e-3));
    CHECK(values[2] == -2.25);
    CHECK(values[3] == 300);
  }
  CHECK(to_vector<std::int64_t>(to(tensor<float>({2.75f, -2.75f}), int64)) == std::vector<std::int64_t>{2, -2});
  CHECK(to_vector<std::int64_t>(to(tensor<float>({2.75f, 0, -1}), boolean)) == std::vector<std::int64_t>{1, 0, 1});
  CHECK(to(x, float64).is(x));
}

TEST_CASE("the gradient of a conversion has the dtype of what was converted") {
  Tensor x = requires_grad(tensor<float>({1, 2}));
  backward(sum(to(x, float64) * 3.0));
  CHECK(grad(x).dtype() == float32);
  CHECK(to_vector<double>(grad(x)) == std::vector<double>{3, 3});
}

TEST_CASE("writing in place refuses another shape and a tensor that wants a gradient") {
  Tensor x = ones({2, 2});
  copy_(transpose(x), tensor<float>(std::vector<float>{1, 2, 3, 4}, {2, 2}));
  CHECK(to_vector<double>(x) == std::vector<double>{1, 3, 2, 4});
  CHECK_THROWS_AS(copy_(x, ones({4})), Error);
  fill_(select(x, 0, 0), 7);
  CHECK(to_vector<double>(x) == std::vector<double>{7, 7, 2, 4});
  requires_grad(x);
  CHECK_THROWS_WITH(fill_(x, 0), ContainsSubstring("not recorded"));
  // The source of a copy in place would get no gradient from uses of the copy.
  Tensor target = zeros({2, 2});
  CHECK_THROWS_WITH(copy_(target, x), ContainsSubstring("copy_") && ContainsSubstring("has no gradient"));
  CHECK_NOTHROW(copy_(target, x.detach()));
  NoGrad off;
  CHECK_NOTHROW(fill_(x, 0));
  CHECK_NOTHROW(copy_(target, x));
}

TEST_CASE("a copy between places that overlap reads everything before it writes") {
  Tensor square = tensor<float>({0, 1, 2, 3, 4, 5, 6, 7, 8}, {3, 3});
  copy_(square, transpose(square));
  CHECK(to_vector<float>(square) == std::vector<float>{0, 3, 6, 1, 4, 7, 2, 5, 8});
  Tensor row = tensor<float>({0, 1, 2, 3});
  copy_(slice(row, 0, 1, 4), slice(row, 0, 0, 3));
  CHECK(to_vector<float>(row) == std::vector<float>{0, 0, 1, 2});
  CHECK_THROWS_WITH(copy_(broadcast_to(row, {2, 4}), zeros({2, 4})), ContainsSubstring("broadcast"));
}
