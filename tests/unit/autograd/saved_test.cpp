#include "../../catch.h"
#include "but_elementwise.h"
#include "ops/elementwise/exp.h"

using namespace adora;

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool address_sanitizer = true;
#elif defined(__has_feature)
constexpr bool address_sanitizer = __has_feature(address_sanitizer);
#else
constexpr bool address_sanitizer = false;
#endif

/// Bytes that tensors hold. No freed block is left that one of another size could get.
std::size_t bytes_now() {
  allocator(default_device()).drop_cache();
  return memory_stats().current;
}

/// eˣ whose gradient is its own output.
Tensor exp_by_output(const Tensor& x) {
  Tensor y = exp(x.detach());
  return record("exp_by_output", y, input(x, [y = save(y)](const Tensor& g) { return g * *y; }));
}

}  // namespace

TEST_CASE("a tensor that backward needs and that was changed in place is an error that names the op") {
  Tensor x = requires_grad(tensor<double>({1, 2})), w = tensor<double>({3, 4});
  SECTION("an input") {
    Tensor y = x * w;
    fill_(w, 0);
    CHECK_THROWS_WITH(backward(y, ones({2}, float64)),
                      ContainsSubstring("mul") && ContainsSubstring("changed in place"));
  }
  SECTION("through a view of it") {
    Tensor y = x * w;
    fill_(slice(w, 0, 0, 1), 0);
    CHECK_THROWS_WITH(backward(y, ones({2}, float64)), ContainsSubstring("changed in place"));
  }
  SECTION("an output") {
    Tensor y = exp_by_output(x);
    fill_(y.detach(), 0);
    CHECK_THROWS_WITH(backward(y, ones({2}, float64)), ContainsSubstring("exp_by_output"));
  }
  SECTION("a parameter that an optimizer moved") {
    Tensor y = x * x;
    {
      NoGrad no_grad;
      copy_(x, tensor<double>({5, 5}));
    }
    CHECK_THROWS_WITH(backward(y, ones({2}, float64)), ContainsSubstring("changed in place"));
  }
  SECTION("one that backward does not need may change") {
    Tensor y = w + x;
    fill_(w, 0);
    CHECK_NOTHROW(backward(y, ones({2}, float64)));
  }
}

TEST_CASE("a tensor that wants a gradient is not changed in place while operations are recorded") {
  Tensor x = requires_grad(tensor<double>({1, 2}));
  CHECK_THROWS_WITH(fill_(x, 0), ContainsSubstring("NoGrad"));
}

TEST_CASE("second derivatives flow through a saved output") {
  Tensor x = requires_grad(tensor<double>({0.5, 1}));
  Tensor y = exp_by_output(x);
  for (int order = 1; order <= 3; ++order) {
    y = grad({y}, {x}, {.create_graph = true, .gradients = {ones({2}, float64)}})[0];
    CHECK(to_vector<double>(y)[0] == Approx(std::exp(0.5)));
    CHECK(to_vector<double>(y)[1] == Approx(std::exp(1.0)));
  }
}

TEST_CASE("a saved output does not keep itself alive") {
  const std::size_t before = bytes_now();
  {
    Tensor x = requires_grad(full({1000}, 1, float64));
    Tensor y = exp_by_output(exp_by_output(x));
    grad({y}, {x}, {.create_graph = true, .gradients = {ones({1000}, float64)}});
    CHECK(memory_stats().current > before);
  }
  CHECK(memory_stats().current == before);
}

TEST_CASE("a temporary tensor that was saved is not taken for an output with the same address") {
  // The temporary dies before the output is made, which is then likely to lie where it lay.
  Tensor x = requires_grad(tensor<double>({2}));
  bool met = false;
  for (int attempt = 0; attempt < 100 && !met; ++attempt) {
    Saved saved;
    const void* id = nullptr;
    {
      Tensor temporary = full({1}, 7, float64);
      saved = save(temporary);
      id = temporary.id();
    }
    Tensor y = full({1}, 14, float64);
    met = y.id() == id;
    y = record("product", y, input(x, [saved](const Tensor& g) { return g * *saved; }));
    Tensor g = grad({y}, {x}, {.create_graph = true})[0];
    CHECK(item(g) == 7);
    CHECK_FALSE(wants_grad(g));
  }
  if (!address_sanitizer) CHECK(met);  // it hands no memory out again so soon
}

TEST_CASE("an undefined tensor can be saved") {
  CHECK_FALSE(save(Tensor()).defined());
  CHECK_FALSE((*save(Tensor())).defined());
}
