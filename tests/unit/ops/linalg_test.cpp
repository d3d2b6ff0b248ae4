#include <limits>
#include <thread>

#include "../../drawn.h"
#include "../../numeric.h"
#include "../../refused.h"
#include "ops/elementwise/abs.h"
#include "ops/elementwise/square.h"

using namespace adora;

// LAPACK's operations run on the CPU. Expected numbers without a derivation are PyTorch's, in float64.

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(), not_a_number = std::nan("");
using Numbers = std::vector<double>;

Tensor matrix(const Numbers& values, std::int64_t rows) {
  return tensor(values, {rows, static_cast<std::int64_t>(values.size()) / rows}, cpu);
}

const Numbers some{2, -1, 0, 1, 3, .5, -.5, 1, 4}, weights{-3, 2, 0, -2, 3, 1, -1, -3, 2};

Tensor identity(std::int64_t n, DType dtype = float64) { return tril(triu(ones({n, n}, dtype, cpu))); }

/// The largest number of x in size.
double largest(const Tensor& x) { return x.numel() == 0 ? 0 : item(max(abs(to(x.detach(), float64)))); }

void check_values(const Tensor& found, const Numbers& expected, double tolerance = 1e-10) {
  const Numbers values = to_vector<double>(found);
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    INFO("element " << i);
    if (std::isfinite(expected[i])) CHECK(values[i] == Approx(expected[i]).epsilon(tolerance).margin(tolerance));
    else CHECK((values[i] == expected[i] || (std::isnan(values[i]) && std::isnan(expected[i]))));
  }
}

/// The gradient at x of the sum of w·f(x).
template <class F> Tensor weighted_slope(const Tensor& x, const Tensor& w, F&& f) {
  Tensor leaf = requires_grad(clone(x.detach()));
  return gradients({sum(f(leaf) * w)}, {leaf})[0];
}

/// A matrix with the given singular values and random vectors.
Tensor with_singular_values(Generator& g, std::int64_t m, std::int64_t n, const Numbers& values) {
  const auto k = static_cast<std::int64_t>(values.size());
  return matmul(qr(normal({m, k}, 0, 1, g, float64, cpu)).Q * tensor(values, {k}, cpu),
                transpose(qr(normal({n, k}, 0, 1, g, float64, cpu)).Q));
}

}  // namespace

TEST_CASE("factors give the matrix back, for one or many of any size and shape", "[cpu]") {
  Generator g(5);
  for (const Shape& shape :
       {Shape{1, 1}, {5, 5}, {3, 7}, {7, 3}, {4, 2, 6, 6}, {40, 3, 3}, {90, 70}, {70, 90}, {130, 130}}) {
    for (DType dtype : {float64, float32}) {
      INFO(to_string(shape) << " " << name(dtype));
      const Tensor x = normal(shape, 0, 1, g, dtype, cpu);
      const std::int64_t m = x.size(-2), n = x.size(-1), k = std::min(m, n);
      const double unit = (dtype == float64 ? 0x1p-52 : 0x1p-23) * 40 * static_cast<double>(std::max(m, n));
      const QandR of_qr = qr(x);
      CHECK(largest(matmul(of_qr.Q, of_qr.R) - x) < unit);
      CHECK(largest(matmul(transpose(of_qr.Q), of_qr.Q) - identity(k, dtype)) < unit);
      CHECK(largest(tril(of_qr.R, -1)) == 0);
      const SingularValues of_svd = svd(x);
      CHECK(largest(matmul(of_svd.U * unsqueeze(of_svd.S, -2), of_svd.Vh) - x) < unit);
      CHECK(largest(matmul(transpose(of_svd.U), of_svd.U) - identity(k, dtype)) < unit);
      CHECK(largest(matmul(of_svd.Vh, transpose(of_svd.Vh)) - identity(k, dtype)) < unit);
      const Numbers values = to_vector<double>(of_svd.S);
      for (std::size_t i = 1; i < values.size(); ++i)
        CHECK((values[i] <= values[i - 1] || i % static_cast<std::size_t>(k) == 0));
      if (m != n) continue;
      const Tensor symmetric = x + transpose(x);
      const Eigenvalues of_eigh = eigh(symmetric);
      CHECK(largest(matmul(symmetric, of_eigh.eigenvectors) -
                    of_eigh.eigenvectors * unsqueeze(of_eigh.eigenvalues, -2)) < 4 * unit);
      const Tensor squares = matmul(x, transpose(x)) + identity(n, dtype);
      const Tensor positive =
          (squares + transpose(squares)) * 0.5;  // a product may differ from its transpose by roundings
      const Tensor l = cholesky(positive);
      CHECK(largest(matmul(l, transpose(l)) - positive) < unit * static_cast<double>(n));
      CHECK(largest(triu(l, 1)) == 0);
      CHECK(largest(cholesky(positive, true) - transpose(l)) == 0);
      // Well-conditioned, for what divides by them.
      const Tensor easy = x + identity(n, dtype) * (4 * std::sqrt(static_cast<double>(n)));
      const Tensor b = normal({n, 3}, 0, 1, g, dtype, cpu);
      CHECK(largest(matmul(easy, solve(easy, b)) - b) < unit);
      CHECK(largest(matmul(easy, inv(easy)) - identity(n, dtype)) < unit);
      CHECK(largest(matmul(positive, cholesky_solve(b, l)) - b) < unit * static_cast<double>(n) * 100);
      CHECK(largest(matmul(triu(easy), solve_triangular(easy, b)) - b) < unit);
    }
  }
}

TEST_CASE("inverses, determinants and factors are PyTorch's, and so are their gradients", "[cpu]") {
  const Tensor a = matrix(some, 3), w = matrix(weights, 3), one = ones({}, float64, cpu);
  const Tensor s = matmul(a, transpose(a));
  check_values(inv(a), {.422018348624, .146788990826, -.018348623853, -.155963302752, .293577981651, -.036697247706,
                        .091743119266, -.05504587156, .256880733945});
  check_values(weighted_slope(a, w, inv), {.427068428583, -.191734702466, .094436495245, .217153438263, -.538170187695,
                                           .115815167073, .197626462419, .266812557865, -.16126588671});
  check_values(det(a), {27.25});
  check_values(weighted_slope(a, one, det), {11.5, -4.25, 2.5, 4, 8, -1.5, -.5, -1, 7});
  check_values(cholesky(s),
               {2.2360679775, 0, 0, -.4472135955, 3.170173496829, 0, -.894427191, 1.293304610647, 3.844133606429});
  check_values(weighted_slope(s, w, [](const Tensor& x) { return cholesky(x); }),
               {-.872390240075, -.53703070308, -.235409265523, -.53703070308, .709485699742, -.579285618821,
                -.235409265523, -.579285618821, .260136639977});
  const QandR of_qr = qr(a);
  check_values(of_qr.Q, {-.872871560944, .359721539418, .329690236698, -.436435780472, -.87772055618, -.197814142019,
                         .218217890236, -.316554954688, .923132662754});
  check_values(of_qr.R, {-2.291287847478, -.218217890236, .654653670708, 0, -3.309438162646, -1.705080096842, 0, 0,
                         3.593623580007});
  check_values(weighted_slope(a, w, [](const Tensor& x) { return qr(x).Q; }),
               {-.531373684926, .118811192324, 0, 1.677252462218, -.071286715394, 0, 1.229010184732, .332671338507, 0});
  check_values(weighted_slope(a, w, [](const Tensor& x) { return qr(x).R; }),
               {3.912591954396, -1.364303923069, 1.019102012814, -1.379083393114, -3.087397977823, -1.273348840218,
                -.855526053512, -2.466860258012, 1.52971037082});
  check_values(svd(a).S, {4.448476402631, 2.837117050742, 2.159125873039});
  check_values(weighted_slope(a, tensor(Numbers{1, 2, 3}, {3}, cpu), [](const Tensor& x) { return svd(x).S; }),
               {2.729466182827, -.973076964244, .651298317648, .865406008329, 1.594927567741, -.406970156803,
                -.042143297721, -.351669810376, 1.262993330424});
  check_values(eigh(s).eigenvalues, {4.661824535624, 8.049233159612, 19.788942304763});
  check_values(weighted_slope(s, w, [](const Tensor& x) { return square(eigh(x).eigenvectors); }),
               {-.001725367879, .138261917176, -.066478975899, .138261917176, -.166736944438, -.130854048536,
                -.066478975899, -.130854048536, .168462312317});
  const Tensor tall = slice(a, 1, 0, 2);
  check_values(pinv(tall),
               {.391304347826, .165217391304, -.104347826087, -.108695652174, .265217391304, .095652173913});
  check_values(weighted_slope(tall, slice(w, 0, 0, 2), [](const Tensor& x) { return pinv(x); }),
               {.201134215501, -.220604914934, .294971644612, -.431984877127, -.29247637051, -.033345935728});
  check_values(lstsq(tall, select(a, 1, 2)), {-.334782608696, .515217391304});
  check_values(solve_triangular(a, w), {-1.8125, 1.5625, .125, -.625, 1.125, .25, -.25, -.75, .5});
  check_values(solve_triangular(a, w, {.upper = false, .left = false, .unitriangular = true}),
               {-5, 2, 0, -3.5, 2, 1, 5, -5, 2});
  check_values(cholesky_solve(w, cholesky(s)),
               {-.67628987459, .390371180877, .054204191566, -.227253598182, .437336924501, .055550879556,
                -.077097887383, -.242740510058, .107735039138});
}

TEST_CASE("solving takes vectors, batches of vectors, and one matrix for a batch", "[cpu]") {
  Generator g(6);
  const Tensor a = normal({2, 3, 3}, 0, 1, g, float64, cpu) + identity(3) * 5;
  const Tensor b = normal({2, 3}, 0, 1, g, float64, cpu), v = select(b, 0, 0);
  CHECK(solve(a, b).shape() == Shape{2, 3});
  CHECK(largest(squeeze(matmul(a, unsqueeze(solve(a, b), -1)), -1) - b) < 1e-13);
  CHECK(solve(a, v).shape() == Shape{2, 3});
  CHECK(solve(select(a, 0, 0), v).shape() == Shape{3});
  CHECK(solve(select(a, 0, 0), zeros({4, 3, 2}, float64, cpu)).shape() == Shape{4, 3, 2});
}

TEST_CASE("determinants of what a dtype cannot hold have logarithms, and those of no rows are 1", "[cpu]") {
  const Tensor x = identity(400) * 0.1;
  CHECK(item(det(x)) == 0);
  const SignAndLogarithm found = slogdet(x);
  CHECK(item(found.sign) == 1);
  CHECK(item(found.logabsdet) == Approx(400 * std::log(0.1)).epsilon(1e-12));
  CHECK(item(logdet(x)) == Approx(400 * std::log(0.1)).epsilon(1e-12));
  // It is too small to be held, not 0: the logarithm has a gradient.
  CHECK(largest(weighted_slope(x, ones({}, float64, cpu), logdet) - identity(400) * 10) < 1e-9);
  const Tensor none = zeros({2, 0, 0}, float64, cpu);
  check_values(det(none), {1, 1});
  check_values(logdet(none), {0, 0});
}

TEST_CASE("the logarithm of a negative determinant is NaN, of a singular one minus infinity", "[cpu]") {
  check_values(logdet(matrix({0, 1, 1, 0}, 2)), {not_a_number});
  const SignAndLogarithm turned = slogdet(matrix({0, 1, 1, 0}, 2)), singular = slogdet(matrix({1, 1, 1, 1}, 2));
  CHECK(item(turned.sign) == -1);
  CHECK(item(turned.logabsdet) == 0);
  CHECK(item(singular.sign) == 0);
  CHECK(item(singular.logabsdet) == -infinity);
  check_values(logdet(matrix({1, 1, 1, 1}, 2)), {-infinity});
}

TEST_CASE("a singular matrix's determinant has the cofactors as its gradient", "[cpu]") {
  const Tensor one = ones({}, float64, cpu);
  // 2 × 2: {{d, -c}, {-b, a}}; 3 × 3, with the second row twice the first: by hand.
  check_values(weighted_slope(matrix({1, 2, 2, 4}, 2), one, det), {4, -2, -2, 1});
  check_values(weighted_slope(matrix({1, 2, 3, 2, 4, 6, 0, 1, 5}, 3), one, det), {14, -10, 2, -7, 5, -1, 0, 0, 0});
  check_values(weighted_slope(zeros({3, 3}, float64, cpu), one, det), Numbers(9, 0));
  // Beside a regular one.
  const Tensor both = stack({matrix({1, 2, 2, 4}, 2), matrix({1, 2, 3, 4}, 2)});
  check_values(weighted_slope(both, ones({2}, float64, cpu), det), {4, -2, -2, 1, 4, -3, -2, 1});
}

TEST_CASE("singular and indefinite matrices are errors that say which", "[cpu]") {
  const Tensor singular = matrix({1, 2, 2, 4}, 2), regular = identity(2), both = stack({regular, singular});
  const Tensor b = ones({2, 1}, float64, cpu);
  auto slope = [&](auto f) {
    return [=] {
      Tensor x = requires_grad(clone(singular));
      backward(f(x));
    };
  };
  check_refused({
      {"solve: matrix is singular", [=] { solve(singular, b); }},
      {"solve: matrix number 1 of 2 is singular", [=] { solve(both, b); }},
      {"inv: matrix is singular", [=] { inv(singular); }},
      {"inv: matrix number 1 of 2 is singular", [=] { inv(both); }},
      {"inv: matrix is singular", [=] { matrix_power(singular, -2); }},
      {"solve_triangular: matrix is singular: number 2 of its diagonal",
       [=] {
         solve_triangular(matrix({1, 2, 3, 0}, 2), b);
       }},
      {"cholesky: matrix is not positive definite: its leading minor of order 2",
       [=] { cholesky(singular - regular * 0.5); }},
      {"cholesky: matrix number 1 of 2 is not positive definite",
       [=] {
         cholesky(stack({regular, matrix({1, 2, 2, 1}, 2)}));
       }},
      {"cholesky: matrix contains NaN", [=] { cholesky(regular * not_a_number); }},
      {"svd: matrix contains NaN", [=] { svd(singular * infinity); }},
      {"svd: matrix number 1 of 2 contains NaN",
       [=] {
         svd(stack({regular, regular * not_a_number}));
       }},
      {"eigh: matrix contains NaN", [=] { eigh(regular * not_a_number); }},
      {"pinv: matrix contains NaN", [=] { pinv(regular * not_a_number); }},
      {"logdet: the logarithm has no gradient at a singular matrix", slope(logdet)},
      {"slogdet: the logarithm has no gradient", slope([](const Tensor& x) { return slogdet(x).logabsdet; })},
      {"svd: the vectors have no gradient where two values coincide",
       [=] {
         Tensor x = requires_grad(clone(regular));
         backward(sum(square(svd(x).U)));
       }},
      {"svd: the vectors have no gradient where a singular value is 0",
       [=] {
         Tensor x = requires_grad(matrix({1, 0, 2, 0, 0, 0}, 3));
         const Tensor u = svd(x).U;
         backward(sum(square(u)));
       }},
      {"eigh: the vectors have no gradient where two values coincide",
       [=] {
         Tensor x = requires_grad(clone(regular));
         backward(sum(square(eigh(x).eigenvectors)));
       }},
  });
  // Through the values alone there is one, and unitriangular matrices have no diagonal to be 0.
  check_values(weighted_slope(regular, ones({2}, float64, cpu), [](const Tensor& x) { return svd(x).S; }),
               {1, 0, 0, 1});
  check_values(weighted_slope(regular, ones({2}, float64, cpu), [](const Tensor& x) { return eigh(x).eigenvalues; }),
               {1, 0, 0, 1});
  check_values(solve_triangular(matrix({0, 2, 3, 0}, 2), b, {.unitriangular = true}), {-1, 1});
}

TEST_CASE("NaN and infinity in a system's matrix give NaN, and end", "[cpu]") {
  for (std::int64_t n : {1, 2, 5, 70, 130}) {
    for (double bad : {not_a_number, infinity, -infinity}) {
      INFO(n << " rows with " << bad);
      Tensor x = clone(identity(n));
      set(x, n * n - 1, bad);
      for (const Tensor& y :
           {solve(x, ones({n, 2}, float64, cpu)), inv(x), det(x), logdet(x), slogdet(x).logabsdet, qr(x).Q, qr(x).R}) {
        const Numbers numbers = to_vector<double>(y);
        CHECK(std::all_of(numbers.begin(), numbers.end(), [](double number) { return std::isnan(number); }));
      }
    }
  }
}

TEST_CASE("only the triangle that is read counts", "[cpu]") {
  const Tensor s = matmul(matrix(some, 3), transpose(matrix(some, 3)));
  const Tensor hidden =
      where(eq(triu(ones({3, 3}, float64, cpu), 1), ones({}, float64, cpu)), full({}, not_a_number, float64, cpu), s);
  CHECK(to_vector<double>(cholesky(hidden)) == to_vector<double>(cholesky(s)));
  CHECK(to_vector<double>(cholesky(transpose(hidden), true)) == to_vector<double>(cholesky(s, true)));
  CHECK(to_vector<double>(eigh(hidden).eigenvalues) == to_vector<double>(eigh(s).eigenvalues));
  CHECK(largest(solve_triangular(hidden, s, {.upper = false}) - solve_triangular(tril(s), s, {.upper = false})) == 0);
}

TEST_CASE("pseudo-inverses and least squares of any rank", "[cpu]") {
  Generator g(8);
  for (auto [m, n] : {std::pair<std::int64_t, std::int64_t>{6, 4}, {4, 6}, {5, 5}}) {
    for (const Numbers& values : {Numbers{3, 2, 1, .5}, Numbers{3, 2}}) {
      const Tensor x = with_singular_values(g, m, n, values), y = pinv(x);
      // Penrose's four conditions.
      CHECK(largest(matmul(matmul(x, y), x) - x) < 1e-13);
      CHECK(largest(matmul(matmul(y, x), y) - y) < 1e-13);
      CHECK(largest(matmul(x, y) - transpose(matmul(x, y))) < 1e-13);
      CHECK(largest(matmul(y, x) - transpose(matmul(y, x))) < 1e-13);
      const Tensor b = normal({m, 2}, 0, 1, g, float64, cpu), solution = lstsq(x, b);
      CHECK(largest(matmul(transpose(x), matmul(x, solution) - b)) < 1e-13);  // the normal equations
    }
  }
  CHECK(to_vector<double>(pinv(matrix({2, 0, 0, 1}, 2), 0.6)) == Numbers{.5, 0, 0, 0});
}

TEST_CASE("results do not depend on the number of matrices in a batch or of threads", "[cpu]") {
  Generator g(9);
  const Tensor many = normal({64, 6, 6}, 0, 1, g, float64, cpu) + identity(6) * 8;
  const Tensor inverses = inv(many), values = svd(many).S;
  for (std::int64_t i : {0, 17, 63}) {
    const Tensor one = select(many, 0, i);
    CHECK(to_vector<double>(inv(one)) == to_vector<double>(select(inverses, 0, i)));
    CHECK(to_vector<double>(svd(one).S) == to_vector<double>(select(values, 0, i)));
  }
}

TEST_CASE("several threads may factor at once", "[cpu]") {
  Generator g(10);
  const Tensor x = normal({60, 60}, 0, 1, g, float64, cpu) + identity(60) * 40;
  const Numbers expected = to_vector<double>(inv(x));
  std::vector<int> right(4, 0);
  std::vector<std::thread> threads;
  for (int& ok : right) {
    threads.emplace_back([&ok, &x, &expected] {
      ok = 1;
      for (int i = 0; i < 20; ++i) ok = ok && to_vector<double>(inv(x)) == expected;
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int ok : right) CHECK(ok == 1);
}

TEST_CASE("linear algebra refuses nonsense under its own name") {
  const Tensor x = zeros({2, 2}, float64, cpu), wide = zeros({2, 3}, float64, cpu), v = zeros({3}, float64, cpu);
  const Tensor half = zeros({2, 2}, bfloat16, cpu), whole = zeros({2, 2}, int64, cpu),
               single = zeros({2, 2}, float32, cpu);
  using Function = void (*)(const Tensor&);
  const auto of_square = {std::pair<const char*, Function>{"solve", [](const Tensor& a) { solve(a, a); }},
                          {"inv", [](const Tensor& a) { inv(a); }},
                          {"det", [](const Tensor& a) { det(a); }},
                          {"logdet", [](const Tensor& a) { logdet(a); }},
                          {"slogdet", [](const Tensor& a) { slogdet(a); }},
                          {"cholesky", [](const Tensor& a) { cholesky(a); }},
                          {"eigh", [](const Tensor& a) { eigh(a); }},
                          {"solve_triangular", [](const Tensor& a) { solve_triangular(a, a); }},
                          {"cholesky_solve", [](const Tensor& a) { cholesky_solve(a, a); }}};
  for (const auto& [name, f] : of_square) {
    for (const Tensor& bad : {wide, v, half, whole, Tensor()}) check_refused({{name, [&, call = f] { call(bad); }}});
  }
  const auto of_any = {std::pair<const char*, Function>{"qr", [](const Tensor& a) { qr(a); }},
                       {"svd", [](const Tensor& a) { svd(a); }},
                       {"pinv", [](const Tensor& a) { pinv(a); }},
                       {"lstsq", [](const Tensor& a) { lstsq(a, a); }}};
  for (const auto& [name, f] : of_any) {
    for (const Tensor& bad : {v, half, whole, Tensor()}) check_refused({{name, [&, call = f] { call(bad); }}});
  }
  check_refused({
      {"solve: works on float32 and float64, not on bfloat16 [2, 2] on cpu; convert with to(x, float32)",
       [=] { solve(half, half); }},
      {"solve", [=] { solve(x, single); }},
      {"solve", [=] { solve(x, v); }},
      {"solve",
       [=] {
         solve(x, zeros({3, 2}, float64, cpu));
       }},
      {"solve",
       [=] {
         solve(zeros({3, 2, 2}, float64, cpu), zeros({4, 2, 1}, float64, cpu));
       }},
      {"solve_triangular",
       [=] {
         solve_triangular(x, zeros({3, 2}, float64, cpu));
       }},
      {"solve_triangular", [=] { solve_triangular(x, wide, {.left = false}); }},
      {"lstsq", [=] { lstsq(wide, v); }},
      {"lstsq", [=] { lstsq(wide, zeros({}, float64, cpu)); }},
      {"lstsq", [=] { lstsq(x, single); }},
  });
}
