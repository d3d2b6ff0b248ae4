#pragma once
#include <vector>

#include "../core/tensor.h"

/// Recurrent layers over whole sequences: one layer, one direction. x [T, B, in] holds T steps, at least one, of B
/// rows, h0 (and c0) [B, H] the state before them, or undefined for zeros; weight_ih [G·H, in] and weight_hh [G·H, H]
/// have G gates, one after the other in PyTorch's order, and so have bias_ih and bias_hh [G·H], or undefined for zeros.
/// All of one floating dtype. The formulas are those of backends/recurrent_formula.h.
///
/// Fused: one product for the input's side of all steps, one a step for the state's, and in the backward pass one for
/// each weight. The composed forms compute the same from other ops, step by step, and gradients of gradients are
/// theirs.
namespace adora {

struct RecurrentOptions {
  bool reverse = false;  ///< from the last step to the first
  /// How many steps each row has, from 1 to T; empty: all have T. Beyond them outputs are 0 and the state stays as it
  /// is: the last state is that of a row's own last step, and in reverse a row begins there.
  std::vector<std::int64_t> lengths = {};
};

enum class Nonlinearity { tanh, relu };

struct RnnOptions {
  Nonlinearity nonlinearity = Nonlinearity::tanh;
  bool reverse = false;
  std::vector<std::int64_t> lengths = {};
};

/// The states after all steps, each at its step's place, [T, B, H], and the last [B, H].
struct RnnOutput {
  Tensor output, h_n;
};
struct LstmOutput {
  Tensor output, h_n, c_n;
};

/// One gate.
RnnOutput rnn(const Tensor& x, const Tensor& h0, const Tensor& weight_ih, const Tensor& weight_hh,
              const Tensor& bias_ih = {}, const Tensor& bias_hh = {}, const RnnOptions& options = {});
RnnOutput rnn_composed(const Tensor& x, const Tensor& h0, const Tensor& weight_ih, const Tensor& weight_hh,
                       const Tensor& bias_ih = {}, const Tensor& bias_hh = {}, const RnnOptions& options = {});

/// Three gates: reset, update, new.
RnnOutput gru(const Tensor& x, const Tensor& h0, const Tensor& weight_ih, const Tensor& weight_hh,
              const Tensor& bias_ih = {}, const Tensor& bias_hh = {}, const RecurrentOptions& options = {});
RnnOutput gru_composed(const Tensor& x, const Tensor& h0, const Tensor& weight_ih, const Tensor& weight_hh,
                       const Tensor& bias_ih = {}, const Tensor& bias_hh = {}, const RecurrentOptions& options = {});

/// Four gates: input, forget, cell, output.
LstmOutput lstm(const Tensor& x, const Tensor& h0, const Tensor& c0, const Tensor& weight_ih, const Tensor& weight_hh,
                const Tensor& bias_ih = {}, const Tensor& bias_hh = {}, const RecurrentOptions& options = {});
LstmOutput lstm_composed(const Tensor& x, const Tensor& h0, const Tensor& c0, const Tensor& weight_ih,
                         const Tensor& weight_hh, const Tensor& bias_ih = {}, const Tensor& bias_hh = {},
                         const RecurrentOptions& options = {});

}  // namespace adora
