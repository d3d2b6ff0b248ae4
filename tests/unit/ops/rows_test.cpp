#include <omp.h>

#include <cmath>
#include <limits>

#include "../../catch.h"
#include "but_elementwise.h"
#include "ops/elementwise/exp.h"
#include "ops/elementwise/log.h"
#include "ops/elementwise/maximum.h"

using namespace adora;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

/// The same numbers with strides that no two of them share memory by: transposed in memory.
Tensor strided(const Tensor& x) { return transpose(contiguous(transpose(x)).detach()); }

double worst_difference(const Tensor& a, const Tensor& b) {
  auto x = to_vector<double>(a), y = to_vector<double>(b);
  double worst = x.size() == y.size() ? 0 : inf;
  for (std::size_t i = 0; i < x.size() && i < y.size(); ++i) worst = std::max(worst, std::abs(x[i] - y[i]));
  return worst;
}

}  // namespace

TEST_CASE("softmax is the plain formula, along any dimension and for any length") {
  Generator generator(1);
  for (std::int64_t n : {1, 5, 16, 33, 130}) {
    Tensor x = uniform({3, n}, -4, 4, generator, float64);
    auto values = to_vector<double>(x);
    for (const Tensor& laid : {x, strided(x)}) {
      auto soft = to_vector<double>(softmax(laid, 1)), logs = to_vector<double>(log_softmax(laid, 1));
      auto columns = to_vector<double>(transpose(softmax(transpose(laid), 0)));
      for (std::size_t r = 0; r < 3; ++r) {
        double total = 0;
        for (std::int64_t i = 0; i < n; ++i) total += std::exp(values[r * n + i]);
        for (std::int64_t i = 0; i < n; ++i) {
          REQUIRE(soft[r * n + i] == Approx(std::exp(values[r * n + i]) / total).epsilon(1e-13));
          // A GPU's compiler joins products and sums as it likes in each kernel.
          if (default_device() == cpu) REQUIRE(columns[r * n + i] == soft[r * n + i]);
          else REQUIRE(columns[r * n + i] == Approx(soft[r * n + i]).epsilon(1e-14));
          REQUIRE(logs[r * n + i] == Approx(values[r * n + i] - std::log(total)).epsilon(1e-12).margin(1e-14));
        }
      }
    }
  }
}

TEST_CASE("softmax bears large numbers and masked ones, and log_softmax stays exact where softmax is 0") {
  Tensor x = tensor<double>(std::vector<double>{1000, 0, -inf, 2}, {2, 2});
  CHECK(to_vector<double>(softmax(x)) == std::vector<double>{1, 0, 0, 1});
  CHECK(to_vector<double>(log_softmax(x)) == std::vector<double>{0, -1000, -inf, 0});
  CHECK(std::isnan(to_vector<double>(softmax(tensor<double>({-inf, -inf})))[0]));
}

TEST_CASE("the fused gradients of softmax are those of the formula written with ops") {
  Generator generator(2);
  for (const Shape& shape : {Shape{4, 37}, Shape{2, 3, 5}}) {
    Tensor values = uniform(shape, -3, 3, generator, float64), g = uniform(shape, -1, 1, generator, float64);
    for (std::int64_t dim : {0, 1}) {
      Tensor fused = requires_grad(values.detach()), plain = requires_grad(values.detach());
      backward(softmax(fused, dim) + log_softmax(fused, dim), g);
      Tensor e = exp(plain), p = e / sum(e, {dim}, true);
      backward(p + log(p), g);
      CHECK(worst_difference(grad(fused), grad(plain)) < 1e-13);
    }
  }
}

TEST_CASE("add_rms_norm gives the very numbers of an addition and a norm, and the gradients of both together") {
  Generator generator(3);
  for (auto [dtype, tolerance] : {std::pair{float64, 1e-12}, {float32, 1e-5}, {float16, 1e-2}, {bfloat16, 6e-2}}) {
    for (std::int64_t n : {1, 7, 64, 130}) {
      auto drawn = [&generator, dtype = dtype](const Shape& shape) {
        return to(uniform(shape, -2, 3, generator, float64), dtype);
      };
      const Tensor x = drawn({6, n}), update = drawn({6, n}), w = drawn({n}), g = drawn({6, n}), more = drawn({6, n});
      for (bool turned : {false, true}) {
        const Tensor u = turned ? strided(update) : update;
        auto gradients_of = [&](bool fused) {
          const Tensor a = requires_grad(x.detach()), b = requires_grad(u.detach()), v = requires_grad(w.detach());
          SumAndNorm y = fused ? add_rms_norm(a, b, v, 1e-3) : SumAndNorm{};
          if (!fused) y.sum = a + b, y.norm = rms_norm(y.sum, v, 1e-3);
          backward(Tensors{y.sum, y.norm}, Tensors{more, g});
          return Tensors{y.sum.detach(), y.norm.detach(), grad(a), grad(b), grad(v)};
        };
        const Tensors fused = gradients_of(true), apart = gradients_of(false);
        // The order in which a GPU adds squares depends on how the rows lie.
        const std::size_t exact = turned && default_device() != cpu ? 1 : 2;
        for (std::size_t i = 0; i < exact; ++i) CHECK(to_vector<double>(fused[i]) == to_vector<double>(apart[i]));
        for (std::size_t i = exact; i < 5; ++i) {
          CAPTURE(name(dtype), n, turned, i);
          double largest = 1;
          for (double value : to_vector<double>(apart[i])) largest = std::max(largest, std::abs(value));
          CHECK(worst_difference(fused[i], apart[i]) <= tolerance * largest);
        }
      }
    }
  }
  CHECK_THROWS_WITH(add_rms_norm(ones({2, 3}), ones({3}), ones({3})), ContainsSubstring("add_rms_norm: the update is"));
}

TEST_CASE("rms_norm and layer_norm are their formulas, in every layout and type") {
  Generator generator(3);
  for (std::int64_t n : {1, 7, 16, 130}) {
    Tensor x = uniform({6, n}, -2, 3, generator, float64);
    Tensor w = uniform({n}, 0.5, 2, generator, float64), b = uniform({n}, -1, 1, generator, float64);
    auto xs = to_vector<double>(x), ws = to_vector<double>(w), bs = to_vector<double>(b);
    std::vector<double> rms(xs.size()), layer(xs.size());
    for (std::int64_t r = 0; r < 6; ++r) {
      double squares = 0, total = 0, variance = 0;
      for (std::int64_t i = 0; i < n; ++i) squares += xs[r * n + i] * xs[r * n + i], total += xs[r * n + i];
      for (std::int64_t i = 0; i < n; ++i) variance += std::pow(xs[r * n + i] - total / n, 2);
      for (std::int64_t i = 0; i < n; ++i) {
        rms[r * n + i] = xs[r * n + i] / std::sqrt(squares / n + 1e-5) * ws[i];
        layer[r * n + i] = (xs[r * n + i] - total / n) / std::sqrt(variance / n + 1e-5) * ws[i] + bs[i];
      }
    }
    Tensor rms_expected = tensor<double>(rms, {6, n}), layer_expected = tensor<double>(layer, {6, n});
    for (const Tensor& laid : {x, strided(x), slice(cat({x, x}), 0, 0, 6)}) {
      CHECK(worst_difference(rms_norm(laid, w, 1e-5), rms_expected) < 1e-12);
      CHECK(worst_difference(layer_norm(laid, w, b, 1e-5), layer_expected) < 1e-12);
    }
    for (auto [dtype, tolerance] : {std::pair{float32, 2e-5}, std::pair{float16, 1e-2}, std::pair{bfloat16, 8e-2}}) {
      CHECK(worst_difference(rms_norm(to(x, dtype), to(w, dtype), 1e-5), rms_expected) < tolerance);
      CHECK(worst_difference(layer_norm(to(x, dtype), to(w, dtype), to(b, dtype), 1e-5), layer_expected) <
            (n == 1 ? 1 : 2 * tolerance));
    }
  }
}

TEST_CASE("the fused gradients of the norms are those of the composed forms, with many rows and threads") {
  int threads = omp_get_max_threads();
  omp_set_num_threads(3);
  Generator generator(4);
  Tensor x = uniform({40, 5, 300}, -1, 2, generator, float64), g = uniform({40, 5, 300}, -1, 1, generator, float64);
  Tensor w = uniform({300}, 0.5, 2, generator, float64), b = uniform({300}, -1, 1, generator, float64);
  auto gradients_of = [&](bool fused, bool layer) {
    Tensor xs = requires_grad(x.detach()), ws = requires_grad(w.detach()), bs = requires_grad(b.detach());
    Tensor y = layer ? (fused ? layer_norm(xs, ws, bs) : layer_norm_composed(xs, ws, bs))
                     : (fused ? rms_norm(xs, ws) : rms_norm_composed(xs, ws));
    backward(y, g);
    return layer ? Tensors{grad(xs), grad(ws), grad(bs)} : Tensors{grad(xs), grad(ws)};
  };
  for (bool layer : {false, true}) {
    Tensors fused = gradients_of(true, layer), composed = gradients_of(false, layer);
    for (std::size_t i = 0; i < fused.size(); ++i) CHECK(worst_difference(fused[i], composed[i]) < 1e-11);
  }
  omp_set_num_threads(threads);
}

TEST_CASE("for a frozen input nothing is kept, allocated or computed") {
  Tensor x = requires_grad(ones({500, 1000})), frozen = ones({500, 1000}), w = ones({1000});
  std::size_t one = x.storage()->bytes() * 9 / 8;  // the allocator rounds up by an eighth at most
  struct Case {
    const char* what;
    Tensor (*run)(const Tensor& x, const Tensor& frozen, const Tensor& w);
    std::size_t backward;  ///< tensors of x's size that a backward pass may hold at once, the start included
  };
  const Case cases[] = {
      {"mul", [](const Tensor& x, const Tensor& f, const Tensor&) { return x * f; }, 2},
      {"maximum", [](const Tensor& x, const Tensor& f, const Tensor&) { return maximum(x, f); }, 2},
      {"rms_norm", [](const Tensor& x, const Tensor&, const Tensor& w) { return rms_norm(x, w); }, 2},
      {"layer_norm", [](const Tensor& x, const Tensor&, const Tensor& w) { return layer_norm(x, w, w); }, 2},
      {"cat",
       [](const Tensor& x, const Tensor& f, const Tensor&) {
         return slice(cat({f, x}), 0, 500, 1000);
       },
       5},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    clear_grad(x);
    allocator(default_device()).drop_cache();  // a larger block that is free would be taken whole
    std::size_t before = memory_stats().current;
    Tensor y = c.run(x, frozen, w);
    std::size_t outputs = c.what == std::string("cat") ? 2 : 1;
    CHECK(memory_stats().current - before <= outputs * one + 20000);
    Tensor g = ones({500, 1000});
    reset_peak_memory();
    before = memory_stats().current - g.storage()->bytes();
    backward(y, g);
    CHECK(memory_stats().peak - before <= c.backward * one + 20000);
    CHECK(grad(x).defined());
    CHECK(!grad(frozen).defined());
    CHECK(!grad(w).defined());
  }
  CHECK(is_leaf(rms_norm(frozen, w)));
  Tensor trained = requires_grad(ones({1000}));
  backward(sum(rms_norm(frozen, trained)));
  CHECK(grad(trained).defined());
  CHECK(!grad(frozen).defined());
}

TEST_CASE("a weight that doesn't fit the rows is an error with both shapes") {
  CHECK_THROWS_WITH(rms_norm(ones({2, 3}), ones({4})),
                    ContainsSubstring("rms_norm") && ContainsSubstring("[4]") && ContainsSubstring("[2, 3]"));
  CHECK_THROWS_WITH(layer_norm(ones({2, 3}), ones({3}), ones({2})),
                    ContainsSubstring("layer_norm: the bias is float32 [2]") && ContainsSubstring("[2, 3]"));
  CHECK_THROWS_AS(rms_norm(ones({2, 3}), ones({3}, float64)), Error);
  CHECK_THROWS_AS(softmax(arange(3)), Error);
  CHECK_THROWS_AS(softmax(ones({})), Error);
}
