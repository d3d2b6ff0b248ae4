#include "../../../numeric.h"
#include "../../../refused.h"
#include "ops/elementwise/abs.h"

using namespace adora;

namespace {
std::vector<double> numbers(const Tensor& x) { return to_vector<double>(x); }
std::vector<std::string> names(const Module& module) {
  std::vector<std::string> result;
  for (const NamedTensor& p : module.named_parameters()) result.push_back(p.name);
  return result;
}
}  // namespace

TEST_CASE("recurrent layers have PyTorch's parameters, in its order, uniform in ±1/√H") {
  Generator g(1);
  const LSTM lstm(3, 16, g, {.num_layers = 2, .bidirectional = true});
  CHECK(names(lstm) == std::vector<std::string>{"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0",
                                                "weight_ih_l0_reverse", "weight_hh_l0_reverse", "bias_ih_l0_reverse",
                                                "bias_hh_l0_reverse", "weight_ih_l1", "weight_hh_l1", "bias_ih_l1",
                                                "bias_hh_l1", "weight_ih_l1_reverse", "weight_hh_l1_reverse",
                                                "bias_ih_l1_reverse", "bias_hh_l1_reverse"});
  const StateDict state = lstm.state_dict();
  CHECK(state.at("weight_ih_l0").shape() == Shape{64, 3});
  CHECK(state.at("weight_ih_l1_reverse").shape() == Shape{64, 32});
  CHECK(state.at("weight_hh_l1").shape() == Shape{64, 16});
  CHECK(state.at("bias_hh_l0").shape() == Shape{64});
  for (const auto& [name, tensor] : state) {
    const double most = item(max(abs(tensor)));
    INFO(name);
    CHECK((most <= 0.25 && most > 0.2));
  }
  CHECK(names(GRU(2, 3, g, {.bias = false})) == std::vector<std::string>{"weight_ih_l0", "weight_hh_l0"});
  CHECK(names(LSTMCell(2, 3, g)) == std::vector<std::string>{"weight_ih", "weight_hh", "bias_ih", "bias_hh"});
  CHECK(names(RNNCell(2, 3, g, {.bias = false})) == std::vector<std::string>{"weight_ih", "weight_hh"});
  CHECK((lstm.input_size() == 3 && lstm.hidden_size() == 16));
}

TEST_CASE("layers with the batch first, and of a single row, give what the others give") {
  Generator g(2);
  LSTM first(3, 4, g, {.batch_first = true, .bidirectional = true, .dtype = float64});
  LSTM second(3, 4, g, {.bidirectional = true, .dtype = float64});
  second.load_state_dict(first.state_dict());
  const Tensor x = normal({2, 5, 3}, 0, 1, g, float64);
  const LstmState state{normal({2, 2, 4}, 0, 1, g, float64), normal({2, 2, 4}, 0, 1, g, float64)};
  const LstmOutput y = first(x, state), z = second(transpose(x, 0, 1), state);
  CHECK(y.output.shape() == Shape{2, 5, 8});
  CHECK(numbers(y.output) == numbers(transpose(z.output, 0, 1)));
  CHECK(numbers(y.c_n) == numbers(z.c_n));
  const LstmOutput alone = first(select(x, 0, 1), {select(state.h, 1, 1), select(state.c, 1, 1)});
  CHECK(alone.output.shape() == Shape{5, 8});
  CHECK(alone.h_n.shape() == Shape{2, 4});
  CHECK(close(numbers(alone.output), numbers(select(y.output, 0, 1)), 1e-14));
  CHECK(close(numbers(alone.h_n), numbers(select(y.h_n, 1, 1)), 1e-14));
}

TEST_CASE("dropout acts between recurrent layers, in training alone") {
  Generator g(3), masks(4), again(4);
  GRU gru(3, 50, g, {.num_layers = 2, .dropout = 0.5, .dropout_generator = &masks});
  const Tensor x = normal({2, 4, 3}, 0, 1, g);
  const auto dropped = numbers(gru(x).output);
  const RecurrentWeights &one = gru.weights[0], &two = gru.weights[1];
  auto run = [](const RecurrentWeights& w, const Tensor& x) {
    return adora::gru(x, {}, w.weight_ih, w.weight_hh, w.bias_ih, w.bias_hh).output;
  };
  CHECK(close(dropped, numbers(run(two, dropout(run(one, x), 0.5, again))), 1e-6));
  gru.eval();
  const auto whole = numbers(gru(x).output);
  CHECK(close(whole, numbers(run(two, run(one, x))), 1e-6));
  CHECK(!close(dropped, whole, 1e-3));
  CHECK(masks.offset() == again.offset());
}

TEST_CASE("a recurrent cell is one step of its layer") {
  Generator g(5);
  const RecurrentCellOptions wide{.dtype = float64};
  const Tensor x = normal({2, 3}, 0, 1, g, float64), h = normal({2, 4}, 0, 1, g, float64),
               c = normal({2, 4}, 0, 1, g, float64), steps = unsqueeze(x, 0);
  const RNNCell rnn_cell(3, 4, g, wide, Nonlinearity::relu);
  const GRUCell gru_cell(3, 4, g, wide);
  const LSTMCell lstm_cell(3, 4, g, wide);
  auto parameters = [](const RecurrentCellLayer& l) { return Tensors{l.weight_ih, l.weight_hh, l.bias_ih, l.bias_hh}; };
  const Tensors r = parameters(rnn_cell), u = parameters(gru_cell), l = parameters(lstm_cell);
  CHECK(numbers(rnn_cell(x, h)) ==
        numbers(rnn(steps, h, r[0], r[1], r[2], r[3], {.nonlinearity = Nonlinearity::relu}).h_n));
  CHECK(numbers(gru_cell(x)) == numbers(gru(steps, {}, u[0], u[1], u[2], u[3]).h_n));
  const LstmState y = lstm_cell(x, {h, c});
  const LstmOutput z = lstm(steps, h, c, l[0], l[1], l[2], l[3]);
  CHECK(numbers(y.h) == numbers(z.h_n));
  CHECK(numbers(y.c) == numbers(z.c_n));
  const Tensor alone = gru_cell(select(x, 0, 0), select(h, 0, 0));
  CHECK(alone.shape() == Shape{4});
  CHECK(close(numbers(alone), numbers(select(gru_cell(x, h), 0, 0)), 1e-14));
}

TEST_CASE("a GRU learns to say which number came first") {
  Generator g(6);
  GRU gru(2, 16, g);
  Linear head(16, 1, g);
  std::vector<NamedTensor> parameters = gru.named_parameters();
  for (const NamedTensor& p : head.named_parameters()) parameters.push_back({"head." + p.name, p.tensor});
  AdamW optimizer(parameters, {.lr = 0.01});
  double first = 0, last = 0;
  for (int step = 0; step < 150; ++step) {
    const Tensor x = normal({6, 32, 2}, 0, 1, g);
    const Tensor wanted = slice(select(x, 0, 0), 1, 0, 1);
    const Tensor off = head(gru(x).h_n) - unsqueeze(wanted, 0), loss = mean(off * off);
    gru.zero_grad(), head.zero_grad();
    backward(loss);
    optimizer.step();
    (step == 0 ? first : last) = item(loss);
  }
  CHECK(last < 0.3 * first);
}

TEST_CASE("recurrent layers refuse sizes and tensors that are none") {
  Generator g(7);
  const Tensor none;
  const GRU gru(3, 4, g, {.num_layers = 2});
  const LSTMCell cell(3, 4, g);
  check_refused({
      {"GRU: the sizes", [&] { GRU(0, 4, g); }},
      {"LSTM: the sizes", [&] { LSTM(3, 0, g); }},
      {"RNN: the sizes", [&] { RNN(3, -1, g); }},
      {"GRU: a state", [&] { GRU(3, std::int64_t{1} << 61, g); }},
      {"GRU: there must be one layer", [&] { GRU(3, 4, g, {.num_layers = 0}); }},
      {"GRU: the probability", [&] { GRU(3, 4, g, {.dropout = 1.5}); }},
      {"GRU: dropout needs a generator", [&] { GRU(3, 4, g, {.dropout = 0.5}); }},
      {"floating", [&] { GRU(3, 4, g, {.dtype = int64}); }},
      {"GRU: ", [&] { gru(none); }},
      {"GRU: x is",
       [&] {
         gru(ones({2, 3, 4}));
       }},
      {"GRU: x is", [&] { gru(ones({3})); }},
      {"gru: x must be",
       [&] {
         gru(ones({0, 2, 3}));
       }},
      {"GRU: h0 is",
       [&] {
         gru(ones({5, 2, 3}), ones({2, 4}));
       }},
      {"GRU: h0 is",
       [&] {
         gru(ones({5, 2, 3}), ones({1, 2, 4}));
       }},
      {"gru: there are 3 lengths",
       [&] {
         gru(ones({5, 2, 3}), {}, {1, 2, 3});
       }},
      {"LSTM: c0 is",
       [&] {
         LSTM(3, 4, g)(ones({5, 2, 3}), {.c = ones({2, 4})});
       }},
      {"LSTMCell: the sizes", [&] { LSTMCell(3, 0, g); }},
      {"LSTMCell: x is",
       [&] {
         cell(ones({2, 4}));
       }},
      {"LSTMCell: x is",
       [&] {
         cell(ones({2, 2, 3}));
       }},
      {"LSTMCell: the state",
       [&] {
         cell(ones({2, 3}), {.h = ones({1, 4})});
       }},
      {"LSTMCell: the state",
       [&] {
         cell(ones({3}), {.h = ones({4}), .c = ones({1, 4})});
       }},
  });
}
