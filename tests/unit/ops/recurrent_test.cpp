#include <cmath>
#include <functional>

#include "../../numeric.h"
#include "../../refused.h"

using namespace adora;

namespace {

std::vector<double> numbers(const Tensor& x) { return to_vector<double>(x); }
double logistic(double x) { return 1 / (1 + std::exp(-x)); }

/// Tensors of a layer of `gates` gates.
struct Drawn {
  Tensor x, h0, c0, weight_ih, weight_hh, bias_ih, bias_hh;
  Drawn(std::int64_t gates, std::int64_t steps, std::int64_t rows, std::int64_t in, std::int64_t size, DType dtype) {
    Generator g(7);
    auto draw = [&](const Shape& shape) { return to(uniform(shape, -1, 1, g, float64), dtype); };
    x = draw({steps, rows, in}), h0 = draw({rows, size}), c0 = draw({rows, size});
    weight_ih = draw({gates * size, in}), weight_hh = draw({gates * size, size});
    bias_ih = draw({gates * size}), bias_hh = draw({gates * size});
  }
};

/// The states after each step [T, B, H] and the last ones, by plain loops over everything.
struct Loops {
  std::vector<double> output, h, c;

  /// cell(x, u, h, c): the sums of both sides with their biases, and the state, which it replaces.
  using Cell = std::function<void(const std::vector<double>& x, const std::vector<double>& u, double& h, double& c)>;
  Loops(const Drawn& d, const Cell& cell) : h(numbers(d.h0)), c(numbers(d.c0)) {
    const auto steps = static_cast<std::size_t>(d.x.size(0)), rows = static_cast<std::size_t>(d.x.size(1)),
               in = static_cast<std::size_t>(d.x.size(2)), size = static_cast<std::size_t>(d.h0.size(1)),
               gates = static_cast<std::size_t>(d.bias_ih.size(0)) / size;
    const auto x = numbers(d.x), wi = numbers(d.weight_ih), wh = numbers(d.weight_hh), bi = numbers(d.bias_ih),
               bh = numbers(d.bias_hh);
    for (std::size_t t = 0; t < steps; ++t) {
      const auto before = h;
      for (std::size_t b = 0; b < rows; ++b) {
        for (std::size_t j = 0; j < size; ++j) {
          std::vector<double> from_x, from_h;
          for (std::size_t k = 0; k < gates; ++k) {
            const std::size_t row = k * size + j;
            double sx = bi[row], sh = bh[row];
            for (std::size_t i = 0; i < in; ++i) sx += wi[row * in + i] * x[(t * rows + b) * in + i];
            for (std::size_t i = 0; i < size; ++i) sh += wh[row * size + i] * before[b * size + i];
            from_x.push_back(sx), from_h.push_back(sh);
          }
          cell(from_x, from_h, h[b * size + j], c[b * size + j]);
        }
      }
      output.insert(output.end(), h.begin(), h.end());
    }
  }
};

using Numbers = std::vector<double>;
void tanh_cell(const Numbers& x, const Numbers& u, double& h, double&) { h = std::tanh(x[0] + u[0]); }
void relu_cell(const Numbers& x, const Numbers& u, double& h, double&) { h = std::max(x[0] + u[0], 0.0); }
void gru_cell(const Numbers& x, const Numbers& u, double& h, double&) {
  const double r = logistic(x[0] + u[0]), z = logistic(x[1] + u[1]), n = std::tanh(x[2] + r * u[2]);
  h = (1 - z) * n + z * h;
}
void lstm_cell(const Numbers& x, const Numbers& u, double& h, double& c) {
  c = logistic(x[1] + u[1]) * c + logistic(x[0] + u[0]) * std::tanh(x[2] + u[2]);
  h = logistic(x[3] + u[3]) * std::tanh(c);
}

/// A call of one of the three as an LSTM's, without c where it has none.
using Layer = std::function<LstmOutput(const Tensors&, bool reverse, const std::vector<std::int64_t>& lengths)>;
LstmOutput run_rnn(const Tensors& t, bool reverse, const std::vector<std::int64_t>& lengths) {
  const RnnOutput y = rnn(t[0], t[1], t[3], t[4], t[5], t[6], {.reverse = reverse, .lengths = lengths});
  return {y.output, y.h_n, {}};
}
LstmOutput run_gru(const Tensors& t, bool reverse, const std::vector<std::int64_t>& lengths) {
  const RnnOutput y = gru(t[0], t[1], t[3], t[4], t[5], t[6], {.reverse = reverse, .lengths = lengths});
  return {y.output, y.h_n, {}};
}
LstmOutput run_lstm(const Tensors& t, bool reverse, const std::vector<std::int64_t>& lengths) {
  return lstm(t[0], t[1], t[2], t[3], t[4], t[5], t[6], {.reverse = reverse, .lengths = lengths});
}
struct Named {
  const char* what;
  std::int64_t gates;
  Layer run;
};
const Named layers[] = {{"rnn", 1, run_rnn}, {"gru", 3, run_gru}, {"lstm", 4, run_lstm}};

Tensors of(const Drawn& d) { return {d.x, d.h0, d.c0, d.weight_ih, d.weight_hh, d.bias_ih, d.bias_hh}; }

}  // namespace

TEST_CASE("rnn and gru and lstm are the plain loops, in float64 and float32 and with several threads' worth of rows") {
  for (const DType dtype : {float64, float32}) {
    const double tolerance = dtype == float64 ? 1e-13 : 1e-5;
    for (const auto& [steps, rows, in, size] : {std::tuple(3, 2, 4, 5), {4, 33, 3, 17}, {1, 1, 1, 1}}) {
      const Drawn one(1, steps, rows, in, size, dtype), three(3, steps, rows, in, size, dtype),
          four(4, steps, rows, in, size, dtype);
      const Loops tanh(one, tanh_cell), relu(one, relu_cell), reset(three, gru_cell), memory(four, lstm_cell);
      auto same = [&](const Tensor& output, const Tensor& h, const Loops& expected) {
        CHECK(close(numbers(output), expected.output, tolerance));
        CHECK(close(numbers(h), expected.h, tolerance));
      };
      const RnnOutput a = rnn(one.x, one.h0, one.weight_ih, one.weight_hh, one.bias_ih, one.bias_hh);
      same(a.output, a.h_n, tanh);
      const RnnOutput b = rnn(one.x, one.h0, one.weight_ih, one.weight_hh, one.bias_ih, one.bias_hh,
                              {.nonlinearity = Nonlinearity::relu});
      same(b.output, b.h_n, relu);
      const RnnOutput c = gru(three.x, three.h0, three.weight_ih, three.weight_hh, three.bias_ih, three.bias_hh);
      same(c.output, c.h_n, reset);
      const LstmOutput d = lstm(four.x, four.h0, four.c0, four.weight_ih, four.weight_hh, four.bias_ih, four.bias_hh);
      same(d.output, d.h_n, memory);
      CHECK(close(numbers(d.c_n), memory.c, tolerance));
    }
  }
}

TEST_CASE("a row of a padded batch gives what it gives alone without its padding, in both directions, gradients too") {
  for (const Named& layer : layers) {
    for (const bool reverse : {false, true}) {
      const std::vector<std::int64_t> lengths{3, 5, 1};
      const Tensors all = of(Drawn(layer.gates, 5, 3, 2, 4, float64));
      Generator g(8);
      const Tensor by_output = normal({5, 3, 4}, 0, 1, g, float64), by_h = normal({3, 4}, 0, 1, g, float64);
      auto leaves = [&] {
        Tensors copies;
        for (const Tensor& t : all) copies.push_back(requires_grad(clone(t)));
        return copies;
      };
      const Tensors together = leaves(), apart = leaves();
      const LstmOutput y = layer.run(together, reverse, lengths);
      backward(sum(y.output * by_output) + sum(y.h_n * by_h));
      Tensor loss = zeros({}, float64);
      for (std::int64_t b = 0; b < 3; ++b) {
        const std::int64_t length = lengths[static_cast<std::size_t>(b)];
        Tensors own = apart;
        own[0] = slice(slice(apart[0], 1, b, b + 1), 0, 0, length);
        for (std::size_t i : {1, 2}) own[i] = slice(apart[i], 0, b, b + 1);
        const LstmOutput z = layer.run(own, reverse, {});
        const Tensor row = select(y.output.detach(), 1, b);
        INFO(layer.what << " row " << b << (reverse ? " in reverse" : ""));
        CHECK(close(numbers(slice(row, 0, 0, length)), numbers(z.output), 1e-14));
        for (double number : numbers(slice(row, 0, length, 5))) CHECK(number == 0);
        CHECK(close(numbers(slice(y.h_n, 0, b, b + 1)), numbers(z.h_n), 1e-14));
        if (z.c_n.defined()) CHECK(close(numbers(slice(y.c_n, 0, b, b + 1)), numbers(z.c_n), 1e-14));
        loss = loss + sum(z.output * slice(slice(by_output, 1, b, b + 1), 0, 0, length)) +
               sum(z.h_n * slice(by_h, 0, b, b + 1));
      }
      backward(loss);
      for (std::size_t i = 0; i < all.size(); ++i) {
        CHECK(grad(together[i]).defined() == grad(apart[i]).defined());
        if (grad(together[i]).defined()) CHECK(close(numbers(grad(together[i])), numbers(grad(apart[i])), 1e-12));
      }
    }
  }
}

TEST_CASE("what stands in a padded row beyond its length counts for nothing, even NaN in its result") {
  for (const Named& layer : layers) {
    Tensors all = of(Drawn(layer.gates, 3, 2, 2, 3, float64));
    const LstmOutput before = layer.run(all, false, {3, 2});
    all[0] = clone(all[0]);
    for (std::int64_t i = 0; i < 2; ++i) set(all[0], (2 * 2 + 1) * 2 + i, std::nan(""));
    const LstmOutput after = layer.run(all, false, {3, 2});
    CHECK(numbers(after.output) == numbers(before.output));
    CHECK(numbers(after.h_n) == numbers(before.h_n));
  }
}

TEST_CASE("a layer in reverse is the layer over the steps in reverse") {
  for (const Named& layer : layers) {
    Tensors all = of(Drawn(layer.gates, 4, 2, 3, 2, float64)), turned = all;
    auto flipped = [](const Tensor& x) {
      Tensors steps;
      for (std::int64_t t = x.size(0); t-- > 0;) steps.push_back(select(x, 0, t));
      return stack(steps, 0);
    };
    turned[0] = flipped(all[0]);
    const LstmOutput y = layer.run(all, true, {}), z = layer.run(turned, false, {});
    CHECK(close(numbers(y.output), numbers(flipped(z.output)), 1e-15));
    CHECK(close(numbers(y.h_n), numbers(z.h_n), 1e-15));
    CHECK(close(numbers(select(y.output, 0, 0)), numbers(y.h_n), 1e-15));
  }
}

TEST_CASE("one recurrent graph gives the same gradients each time it is gone through") {
  for (const Named& layer : layers) {
    Tensors all = of(Drawn(layer.gates, 3, 2, 2, 3, float64));
    for (Tensor& t : all) requires_grad(t);
    const LstmOutput y = layer.run(all, false, {});
    const Tensor loss = sum(y.output * y.output) + sum(y.h_n);
    const Tensors once = gradients({loss}, {all[0], all[4]}, {.retain_graph = true});
    const Tensors twice = gradients({loss}, {all[0], all[4]}, {.retain_graph = true});
    for (std::size_t i = 0; i < once.size(); ++i) CHECK(numbers(once[i]) == numbers(twice[i]));
  }
}

TEST_CASE("relu in an rnn has slope 0 at 0, and NaN stays NaN") {
  const Tensor x = requires_grad(tensor<double>(std::vector<double>{0, 1, std::nan("")}, {1, 3, 1}));
  const Tensor one = ones({1, 1}, float64);
  const RnnOutput y = rnn(x, {}, one, one, {}, {}, {.nonlinearity = Nonlinearity::relu});
  CHECK(numbers(slice(y.h_n, 0, 0, 2)) == std::vector<double>{0, 1});
  CHECK(std::isnan(numbers(y.h_n)[2]));
  backward(sum(slice(y.output, 1, 0, 2)));
  CHECK(numbers(grad(x)) == std::vector<double>{0, 1, 0});
}

TEST_CASE("recurrent ops refuse what does not fit, and say so under their names") {
  const Drawn d(4, 3, 2, 4, 5, float32);
  const Tensor none, w3 = ones({15, 4}), u3 = ones({15, 5});
  auto run = [=](const Tensor& x, const Tensor& h, const Tensor& c, const Tensor& wi, const Tensor& wh,
                 const Tensor& bi = {}, const Tensor& bh = {}, const std::vector<std::int64_t>& lengths = {}) {
    return [=] { lstm(x, h, c, wi, wh, bi, bh, {.lengths = lengths}); };
  };
  const Tensor &x = d.x, &h = d.h0, &c = d.c0, &wi = d.weight_ih, &wh = d.weight_hh, &bi = d.bias_ih;
  check_refused({
      {"lstm: ", run(none, h, c, wi, wh)},
      {"lstm: ", run(x, h, c, none, wh)},
      {"lstm: ", run(x, h, c, wi, none)},
      {"lstm: x must be", run(ones({3, 4}), h, c, wi, wh)},
      {"lstm: x must be", run(ones({0, 2, 4}), h, c, wi, wh)},
      {"lstm: x must be", run(ones({3, 2, 4}, int64), h, c, wi, wh)},
      {"lstm: weight_hh", run(x, h, c, wi, ones({5, 5}))},
      {"lstm: weight_hh", run(x, h, c, wi, to(wh, float64))},
      {"lstm: weight_ih", run(x, h, c, ones({20, 3}), wh)},
      {"lstm: h0", run(x, ones({2, 4}), c, wi, wh)},
      {"lstm: h0", run(x, ones({3, 5}), c, wi, wh)},
      {"lstm: c0", run(x, h, ones({1, 2, 5}), wi, wh)},
      {"lstm: bias_ih", run(x, h, c, wi, wh, ones({5}))},
      {"lstm: bias_hh", run(x, h, c, wi, wh, bi, ones({20, 1}))},
      {"lstm: there are 1 lengths", run(x, h, c, wi, wh, bi, bi, {3})},
      {"lstm: a length of 0", run(x, h, c, wi, wh, bi, bi, {3, 0})},
      {"lstm: a length of 4", run(x, h, c, wi, wh, bi, bi, {4, 3})},
      {"gru: weight_hh", [=] { gru(x, h, wi, wh); }},
      {"gru: weight_ih", [=] { gru(x, h, wi, u3); }},
      {"gru_composed: h0",
       [=] {
         gru_composed(x, ones({2, 2}), w3, u3);
       }},
      {"rnn: weight_hh is float32 [15, 5] on", [=] { rnn(x, h, w3, u3); }},
      {"rnn_composed: weight_ih",
       [=] {
         rnn_composed(x, h, ones({5, 3}), ones({5, 5}));
       }},
      {"lstm_composed: a length of 9",
       [=] {
         lstm_composed(x, h, c, wi, wh, bi, bi, {.lengths = {9, 1}});
       }},
  });
}
