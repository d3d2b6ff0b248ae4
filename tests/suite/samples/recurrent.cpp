#include "ops/recurrent.h"

#include <algorithm>

#include "ops/arithmetic.h"
#include "sample.h"

namespace adora::suite {
namespace {

struct Sizes {
  std::int64_t steps, rows, in, size;
};

/// x, h0, c0, weight_ih, weight_hh, bias_ih and bias_hh for a cell of so many gates; without c0 but for four.
Tensors inputs_of(Generator& g, std::int64_t gates, const Sizes& of, bool state, bool biases) {
  const Tensor none;
  auto draw = [&](bool wanted, const Shape& shape) { return wanted ? sample_tensor(g, shape, -1, 1) : none; };
  Tensors all{draw(true, {of.steps, of.rows, of.in}), draw(state, {of.rows, of.size})};
  if (gates == 4) all.push_back(draw(state, {of.rows, of.size}));
  all.push_back(draw(true, {gates * of.size, of.in})), all.push_back(draw(true, {gates * of.size, of.size}));
  all.push_back(draw(biases, {gates * of.size})), all.push_back(draw(biases, {gates * of.size}));
  return all;
}

/// `run` of the inputs, whether in reverse, and lengths. Its results are joined into one.
using Run = std::function<Tensor(const Tensors&, bool, const std::vector<std::int64_t>&)>;

std::vector<Sample> samples_of(Generator& g, std::int64_t gates, const Run& run) {
  auto of = [&](const char* what, const Sizes& sizes, bool reverse, std::vector<std::int64_t> lengths,
                bool state = true, bool biases = true) {
    Sample sample{what, inputs_of(g, gates, sizes, state, biases),
                  [=](const Tensors& in) { return run(in, reverse, lengths); }};
    // The slope 1 - h² of a tanh near 1 is the difference of numbers near 1, at every step of every row.
    sample.terms = static_cast<double>(std::max<std::int64_t>(sizes.steps * sizes.rows, 1));
    return sample;
  };
  return {
      of("some steps", {3, 2, 2, 3}, false, {}),
      of("in reverse", {3, 2, 2, 2}, true, {}),
      of("lengths", {3, 3, 1, 2}, false, {2, 3, 1}),
      of("lengths in reverse", {3, 2, 2, 2}, true, {1, 3}),
      of("one step", {1, 2, 3, 1}, false, {}),
      of("without a state and biases", {2, 2, 2, 2}, false, {}, false, false),
      of("no rows", {2, 0, 2, 2}, false, {}),
      of("drawn sizes", {sample_size(g), sample_size(g, 1, 3), sample_size(g, 1, 3), sample_size(g, 1, 3)}, false, {})};
}

/// Every number of the results counts, each with another weight.
Tensor joined(const Tensor& output, const Tensor& h, const Tensor& c = {}) {
  const Tensor y = output + h * 0.5;
  return c.defined() ? y + c * 0.25 : y;
}

auto rnn_samples(decltype(&rnn) f) {
  return [=](Generator& g) {
    // Not relu, which has no derivative where its input is 0.
    return samples_of(g, 1, [=](const Tensors& in, bool reverse, const std::vector<std::int64_t>& lengths) {
      const RnnOutput y = f(in[0], in[1], in[2], in[3], in[4], in[5], {.reverse = reverse, .lengths = lengths});
      return joined(y.output, y.h_n);
    });
  };
}

auto gru_samples(decltype(&gru) f) {
  return [=](Generator& g) {
    return samples_of(g, 3, [=](const Tensors& in, bool reverse, const std::vector<std::int64_t>& lengths) {
      const RnnOutput y = f(in[0], in[1], in[2], in[3], in[4], in[5], {.reverse = reverse, .lengths = lengths});
      return joined(y.output, y.h_n);
    });
  };
}

auto lstm_samples(decltype(&lstm) f) {
  return [=](Generator& g) {
    std::vector<Sample> samples =
        samples_of(g, 4, [=](const Tensors& in, bool reverse, const std::vector<std::int64_t>& lengths) {
          const LstmOutput y =
              f(in[0], in[1], in[2], in[3], in[4], in[5], in[6], {.reverse = reverse, .lengths = lengths});
          return joined(y.output, y.h_n, y.c_n);
        });
    for (const auto& [what, h, c] : {std::tuple("the output alone", false, false),
                                     {"the last h alone", true, false},
                                     {"the last c alone", false, true}}) {
      samples.push_back({what, inputs_of(g, 4, {2, 2, 2, 2}, true, true), [=, h = h, c = c](const Tensors& in) {
                           const LstmOutput y = f(in[0], in[1], in[2], in[3], in[4], in[5], in[6], {});
                           return h ? y.h_n : c ? y.c_n : y.output;
                         }});
    }
    return samples;
  };
}

const Samples rnn_op_samples{"rnn", rnn_samples(rnn)};
const Samples rnn_composed_samples{"rnn_composed", rnn_samples(rnn_composed)};
const Samples gru_op_samples{"gru", gru_samples(gru)};
const Samples gru_composed_samples{"gru_composed", gru_samples(gru_composed)};
const Samples lstm_op_samples{"lstm", lstm_samples(lstm)};
const Samples lstm_composed_samples{"lstm_composed", lstm_samples(lstm_composed)};

}  // namespace
}  // namespace adora::suite
