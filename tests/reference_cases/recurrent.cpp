#include "calls.h"

#include "nn/layers/recurrent.h"

namespace adora::reference {
namespace {

Tensors outputs_of(const RnnOutput& y) { return {y.h_n, y.output}; }
Tensors outputs_of(const LstmOutput& y) { return {y.c_n, y.h_n, y.output}; }

std::vector<std::int64_t> lengths_of(const Attributes& a) {
  const Shape given = a.list({"lengths"});
  return std::vector<std::int64_t>(given.begin(), given.end());
}

/// The ways of an RNN or a GRU.
template <class F, class Options> Call way(const char* what, F f, const Options& options) {
  return {what, [=](const Inputs& in) {
            return outputs_of(f(in("x"), in.optional({"h0"}), in("weight_ih"), in("weight_hh"),
                                in.optional({"bias_ih"}), in.optional({"bias_hh"}), options));
          }};
}
Call lstm_way(const char* what, decltype(&lstm) f, const RecurrentOptions& options) {
  return {what, [=](const Inputs& in) {
            return outputs_of(f(in("x"), in.optional({"h0"}), in.optional({"c0"}), in("weight_ih"), in("weight_hh"),
                                in.optional({"bias_ih"}), in.optional({"bias_hh"}), options));
          }};
}

Nonlinearity nonlinearity_of(const Attributes& a) {
  const std::string name = a.text("nonlinearity", "tanh");
  check(name == "tanh" || name == "relu", "rnn: the nonlinearity '{}' is not known", name);
  return name == "tanh" ? Nonlinearity::tanh : Nonlinearity::relu;
}

Ways rnn_ways(const Attributes& a) {
  const RnnOptions options{
      .nonlinearity = nonlinearity_of(a), .reverse = a.flag({"reverse"}, false), .lengths = lengths_of(a)};
  return {way("fused", rnn, options), way("composed", rnn_composed, options)};
}

RecurrentOptions options_of(const Attributes& a) {
  return {.reverse = a.flag({"reverse"}, false), .lengths = lengths_of(a)};
}
Ways gru_ways(const Attributes& a) {
  return {way("fused", gru, options_of(a)), way("composed", gru_composed, options_of(a))};
}
Ways lstm_ways(const Attributes& a) {
  return {lstm_way("fused", lstm, options_of(a)), lstm_way("composed", lstm_composed, options_of(a))};
}

/// A whole layer with the case's tensors for its parameters, under PyTorch's names for them.
template <class Layer> void with_parameters(Layer& layer, const Inputs& in, bool bidirectional) {
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    const std::string end =
        "_l" + std::to_string(bidirectional ? i / 2 : i) + (bidirectional && i % 2 ? "_reverse" : "");
    auto named = [&](const char* what) { return in.optional({(what + end).c_str()}); };
    layer.weights[i] = {named("weight_ih"), named("weight_hh"), named("bias_ih"), named("bias_hh")};
  }
}

template <class Layer>
std::unique_ptr<Layer> made_layer(const Inputs& in, const Attributes& a, Generator& generator,
                                  const RecurrentLayerOptions& options) {
  const std::int64_t width = in("x").size(-1), size = in("weight_hh_l0").size(1);
  if constexpr (std::is_same_v<Layer, RNN>)
    return std::make_unique<RNN>(width, size, generator, options, nonlinearity_of(a));
  else return std::make_unique<Layer>(width, size, generator, options);
}

template <class Layer> Maker layer() {
  return several([](const Inputs& in, const Attributes& a) {
    const RecurrentLayerOptions options{.num_layers = a.whole({"num_layers"}, 1),
                                        .bias = a.flag({"bias"}, true),
                                        .batch_first = a.flag({"batch_first"}, false),
                                        .bidirectional = a.flag({"bidirectional"}, false)};
    Generator generator(1);
    const auto made = made_layer<Layer>(in, a, generator, options);
    with_parameters(*made, in, options.bidirectional);
    if constexpr (std::is_same_v<Layer, LSTM>)
      return outputs_of((*made)(in("x"), {in.optional({"h0"}), in.optional({"c0"})}, lengths_of(a)));
    else return outputs_of((*made)(in("x"), in.optional({"h0"}), lengths_of(a)));
  });
}

const RegisterCalls calls{{"rnn", rnn_ways},     {"gru", gru_ways},     {"lstm", lstm_ways},
                          {"RNN", layer<RNN>()}, {"GRU", layer<GRU>()}, {"LSTM", layer<LSTM>()}};

}  // namespace
}  // namespace adora::reference
