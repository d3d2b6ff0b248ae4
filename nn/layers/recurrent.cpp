#include "recurrent.h"

#include <cmath>

#include "../../ops/creation.h"
#include "../../ops/dropout.h"
#include "../../ops/join.h"
#include "../../ops/view.h"
#include "../noted_call.h"

namespace adora {
namespace {

void check_sizes(const char* layer, std::int64_t gates, std::int64_t input_size, std::int64_t hidden_size) {
  check(input_size > 0 && hidden_size > 0,
        "{}: the sizes of the input and of the state must be 1 or more, not {} and {}", layer, input_size, hidden_size);
  // So that the number of a weight's rows is one, and twice the state, which both directions give, too.
  check(hidden_size <= (std::int64_t{1} << 40) / gates, "{}: a state of {} numbers is too large", layer, hidden_size);
}

/// PyTorch's for every weight and bias of a recurrent layer.
Tensor drawn(const Shape& shape, std::int64_t hidden_size, Generator& generator, DType dtype, Device device) {
  const double bound = 1 / std::sqrt(static_cast<double>(hidden_size));
  return uniform(shape, -bound, bound, generator, dtype, device);
}

}  // namespace

// ---- layers --------------------------------------------------------------------------------------------------------

RecurrentLayers::RecurrentLayers(const char* layer, std::int64_t gates, std::int64_t input_size,
                                 std::int64_t hidden_size, Generator& generator, const RecurrentLayerOptions& options)
    : layer_(layer),
      batch_first_(options.batch_first),
      bidirectional_(options.bidirectional),
      dropout_(options.dropout),
      dropout_generator_(options.dropout_generator) {
  check_sizes(layer, gates, input_size, hidden_size);
  check(options.num_layers > 0, "{}: there must be one layer or more, not {}", layer, options.num_layers);
  check(dropout_ >= 0 && dropout_ <= 1, "{}: the probability of dropout must lie in 0 … 1, not {}", layer, dropout_);
  check(dropout_ == 0 || dropout_generator_, "{}: dropout needs a generator; set dropout_generator", layer);
  const int directions = bidirectional_ ? 2 : 1;
  for (std::int64_t l = 0; l < options.num_layers; ++l) {
    const std::int64_t in = l == 0 ? input_size : directions * hidden_size;
    for (int direction = 0; direction < directions; ++direction) {
      auto draw = [&](const Shape& shape) {
        return drawn(shape, hidden_size, generator, options.dtype, options.device);
      };
      RecurrentWeights w{draw({gates * hidden_size, in}), draw({gates * hidden_size, hidden_size}), {}, {}};
      if (options.bias) w.bias_ih = draw({gates * hidden_size}), w.bias_hh = draw({gates * hidden_size});
      weights.push_back(std::move(w));
    }
  }
  // Named only now, since members are known by address.
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::size_t l = i / static_cast<std::size_t>(directions),
                      direction = i % static_cast<std::size_t>(directions);
    const std::string end = "_l" + std::to_string(l) + (direction ? "_reverse" : "");
    parameter("weight_ih" + end, weights[i].weight_ih), parameter("weight_hh" + end, weights[i].weight_hh);
    parameter("bias_ih" + end, weights[i].bias_ih), parameter("bias_hh" + end, weights[i].bias_hh);
  }
}

LstmOutput RecurrentLayers::run(const Tensor& given, const Tensor& h0, const Tensor& c0,
                                const std::vector<std::int64_t>& lengths, const RunLayer& run_layer) const {
  check_inputs(layer_, {&given}, {&h0, &c0});
  check((given.ndim() == 2 || given.ndim() == 3) && given.size(-1) == input_size(),
        "{}: x is {}; it must be {}, or [steps, {}] of one row", layer_, describe(given),
        (batch_first_ ? "[batch, steps, " : "[steps, batch, ") + std::to_string(input_size()) + "]", input_size());
  const bool alone = given.ndim() == 2;
  Tensor x = alone ? unsqueeze(given, 1) : batch_first_ ? transpose(given, 0, 1) : given;
  const auto count = static_cast<std::int64_t>(weights.size());
  auto state = [&](const char* what, const Tensor& s) {
    const Shape batched{count, x.size(1), hidden_size()}, single{count, hidden_size()};
    check(!s.defined() || s.shape() == (alone ? single : batched), "{}: {} is {}; for x {} it must be {}", layer_, what,
          describe(s), describe(given), alone ? single : batched);
    return s.defined() && alone ? unsqueeze(s, 1) : s;
  };
  const Tensor h = state("h0", h0), c = state("c0", c0);
  auto of = [](const Tensor& s, std::int64_t i) { return s.defined() ? select(s, 0, i) : s; };
  Tensors last_h, last_c;
  const std::int64_t directions = bidirectional_ ? 2 : 1;
  for (std::int64_t i = 0; i < count; i += directions) {
    if (i > 0 && dropout_ > 0 && training()) x = dropout(x, dropout_, *dropout_generator_);
    Tensors outputs;
    for (std::int64_t k = i; k < i + directions; ++k) {
      const LstmOutput y = run_layer(weights[static_cast<std::size_t>(k)], x, of(h, k), of(c, k), k > i, lengths);
      outputs.push_back(y.output), last_h.push_back(y.h_n);
      if (y.c_n.defined()) last_c.push_back(y.c_n);
    }
    x = directions == 2 ? cat(outputs, -1) : outputs[0];
  }
  auto joined = [&](const Tensors& states) {
    if (states.empty()) return Tensor();
    const Tensor all = stack(states, 0);
    return alone ? squeeze(all, 1) : all;
  };
  return {alone ? squeeze(x, 1) : batch_first_ ? transpose(x, 0, 1) : x, joined(last_h), joined(last_c)};
}

RNN::RNN(std::int64_t input_size, std::int64_t hidden_size, Generator& generator, const RecurrentLayerOptions& options,
         Nonlinearity nonlinearity)
    : RecurrentLayers("RNN", 1, input_size, hidden_size, generator, options), nonlinearity_(nonlinearity) {}

RnnOutput RNN::operator()(const Tensor& x, const Tensor& h0, const std::vector<std::int64_t>& lengths) const {
  return noted_call(
      *this,
      [&] {
        const LstmOutput y = run(x, h0, {}, lengths,
                                 [this](const RecurrentWeights& w, const Tensor& x, const Tensor& h0, const Tensor&,
                                        bool reverse, const std::vector<std::int64_t>& lengths) {
                                   const RnnOutput one =
                                       rnn(x, h0, w.weight_ih, w.weight_hh, w.bias_ih, w.bias_hh,
                                           {.nonlinearity = nonlinearity_, .reverse = reverse, .lengths = lengths});
                                   return LstmOutput{one.output, one.h_n, {}};
                                 });
        return RnnOutput{y.output, y.h_n};
      },
      [](const RnnOutput& y) { return y.output; });
}

GRU::GRU(std::int64_t input_size, std::int64_t hidden_size, Generator& generator, const RecurrentLayerOptions& options)
    : RecurrentLayers("GRU", 3, input_size, hidden_size, generator, options) {}

RnnOutput GRU::operator()(const Tensor& x, const Tensor& h0, const std::vector<std::int64_t>& lengths) const {
  return noted_call(
      *this,
      [&] {
        const LstmOutput y = run(x, h0, {}, lengths,
                                 [](const RecurrentWeights& w, const Tensor& x, const Tensor& h0, const Tensor&,
                                    bool reverse, const std::vector<std::int64_t>& lengths) {
                                   const RnnOutput one = gru(x, h0, w.weight_ih, w.weight_hh, w.bias_ih, w.bias_hh,
                                                             {.reverse = reverse, .lengths = lengths});
                                   return LstmOutput{one.output, one.h_n, {}};
                                 });
        return RnnOutput{y.output, y.h_n};
      },
      [](const RnnOutput& y) { return y.output; });
}

LSTM::LSTM(std::int64_t input_size, std::int64_t hidden_size, Generator& generator,
           const RecurrentLayerOptions& options)
    : RecurrentLayers("LSTM", 4, input_size, hidden_size, generator, options) {}

LstmOutput LSTM::operator()(const Tensor& x, const LstmState& state, const std::vector<std::int64_t>& lengths) const {
  return noted_call(
      *this,
      [&] {
        return run(x, state.h, state.c, lengths,
                   [](const RecurrentWeights& w, const Tensor& x, const Tensor& h0, const Tensor& c0, bool reverse,
                      const std::vector<std::int64_t>& lengths) {
                     return lstm(x, h0, c0, w.weight_ih, w.weight_hh, w.bias_ih, w.bias_hh,
                                 {.reverse = reverse, .lengths = lengths});
                   });
      },
      [](const LstmOutput& y) { return y.output; });
}

// ---- cells ---------------------------------------------------------------------------------------------------------

RecurrentCellLayer::RecurrentCellLayer(const char* layer, std::int64_t gates, std::int64_t input_size,
                                       std::int64_t hidden_size, Generator& generator,
                                       const RecurrentCellOptions& options)
    : layer_(layer) {
  check_sizes(layer, gates, input_size, hidden_size);
  auto draw = [&](const Shape& shape) { return drawn(shape, hidden_size, generator, options.dtype, options.device); };
  weight_ih = draw({gates * hidden_size, input_size}), weight_hh = draw({gates * hidden_size, hidden_size});
  if (options.bias) bias_ih = draw({gates * hidden_size}), bias_hh = draw({gates * hidden_size});
  parameter("weight_ih", weight_ih), parameter("weight_hh", weight_hh);
  parameter("bias_ih", bias_ih), parameter("bias_hh", bias_hh);
}

Tensor RecurrentCellLayer::one_step(const Tensor& x, Tensor& h, Tensor& c) const {
  check_inputs(layer_, {&x}, {&h, &c});
  check((x.ndim() == 1 || x.ndim() == 2) && x.size(-1) == weight_ih.size(1),
        "{}: x is {}; it must be [batch, {}] or [{}]", layer_, describe(x), weight_ih.size(1), weight_ih.size(1));
  const bool alone = x.ndim() == 1;
  for (Tensor* state : {&h, &c}) {
    if (!state->defined()) continue;
    const std::int64_t size = weight_hh.size(1);
    const Shape shape = alone ? Shape{size} : Shape{x.size(0), size};
    check(state->shape() == shape, "{}: the state is {}; for x {} it must be {}", layer_, describe(*state), describe(x),
          shape);
    if (alone) *state = unsqueeze(*state, 0);
  }
  return unsqueeze(alone ? unsqueeze(x, 0) : x, 0);
}

Tensor RecurrentCellLayer::like(const Tensor& x, const Tensor& h) { return x.ndim() == 1 ? squeeze(h, 0) : h; }

RNNCell::RNNCell(std::int64_t input_size, std::int64_t hidden_size, Generator& generator,
                 const RecurrentCellOptions& options, Nonlinearity nonlinearity)
    : RecurrentCellLayer("RNNCell", 1, input_size, hidden_size, generator, options), nonlinearity_(nonlinearity) {}

Tensor RNNCell::operator()(const Tensor& x, const Tensor& h) const {
  return noted_call(*this, [&] {
    Tensor state = h, none;
    const Tensor step = one_step(x, state, none);
    return like(x, rnn(step, state, weight_ih, weight_hh, bias_ih, bias_hh, {.nonlinearity = nonlinearity_}).h_n);
  });
}

GRUCell::GRUCell(std::int64_t input_size, std::int64_t hidden_size, Generator& generator,
                 const RecurrentCellOptions& options)
    : RecurrentCellLayer("GRUCell", 3, input_size, hidden_size, generator, options) {}

Tensor GRUCell::operator()(const Tensor& x, const Tensor& h) const {
  return noted_call(*this, [&] {
    Tensor state = h, none;
    const Tensor step = one_step(x, state, none);
    return like(x, gru(step, state, weight_ih, weight_hh, bias_ih, bias_hh).h_n);
  });
}

LSTMCell::LSTMCell(std::int64_t input_size, std::int64_t hidden_size, Generator& generator,
                   const RecurrentCellOptions& options)
    : RecurrentCellLayer("LSTMCell", 4, input_size, hidden_size, generator, options) {}

LstmState LSTMCell::operator()(const Tensor& x, const LstmState& state) const {
  return noted_call(
      *this,
      [&] {
        Tensor h = state.h, c = state.c;
        const Tensor step = one_step(x, h, c);
        const LstmOutput y = lstm(step, h, c, weight_ih, weight_hh, bias_ih, bias_hh);
        return LstmState{like(x, y.h_n), like(x, y.c_n)};
      },
      [](const LstmState& y) { return y.h; });
}

}  // namespace adora
