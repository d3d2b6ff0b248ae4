#include "calls.h"

#include "ops/recurrent.h"

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

Ways rnn_ways(const Attributes& a) {
  const std::string nonlinearity = a.text("nonlinearity", "tanh");
  check(nonlinearity == "tanh" || nonlinearity == "relu", "rnn: the nonlinearity '{}' is not known", nonlinearity);
  const RnnOptions options{.nonlinearity = nonlinearity == "tanh" ? Nonlinearity::tanh : Nonlinearity::relu,
                           .reverse = a.flag({"reverse"}, false),
                           .lengths = lengths_of(a)};
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

const RegisterCalls calls{{"rnn", rnn_ways}, {"gru", gru_ways}, {"lstm", lstm_ways}};

}  // namespace
}  // namespace adora::reference
