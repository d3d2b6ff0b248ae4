#pragma once
#include "kernel.h"

/// A recurrent layer of one direction over T steps of B rows, with G gates of H numbers, in float32 or float64. All
/// tensors are contiguous. A step of a row takes x [G, H], the input's side with the biases, and u [G, H] =
/// h·weight_hhᵀ from the state h before it; the formulas are those of recurrent_formula.h.
namespace adora::backends {

enum class RecurrentCell { rnn_tanh, rnn_relu, gru, lstm };
inline std::int64_t gates_of(RecurrentCell cell) {
  return cell == RecurrentCell::lstm ? 4 : cell == RecurrentCell::gru ? 3 : 1;
}

/// What every call needs to know. The steps go from T - 1 to 0 where it is `reverse`. From its length on a row's state
/// stays as it is, and so in reverse it begins at its own last step.
struct RecurrentTask {
  RecurrentCell cell;
  bool reverse;
};

/// gates [T, B, G·H]: x, in place of which what the backward pass needs of the gates is left. lengths int64 [B], or
/// undefined where all rows have T steps. bias_hn [H]: the GRU's bias within u's last gate, or undefined for zeros. h0
/// and c0 [B, H] (c0 the LSTM's alone), states and cells [T, B, H] (the LSTM's): h and c after each step. hidden
/// [T, B, H]: of the GRU u's last gate with its bias; undefined where no backward pass follows. output [T, B, H]: h, or
/// 0 beyond the lengths; undefined without lengths.
inline constinit Kernel<const RecurrentTask& /*task*/, const Tensor& /*lengths*/, const Tensor& /*gates*/,
                        const Tensor& /*weight_hh*/, const Tensor& /*bias_hn*/, const Tensor& /*h0*/,
                        const Tensor& /*c0*/, const Tensor& /*states*/, const Tensor& /*cells*/,
                        const Tensor& /*hidden*/, const Tensor& /*output*/>
    recurrent{"recurrent"};

/// From the gradients of the output [T, B, H] and of the last h and c [B, H], of which any may be undefined: those of x
/// and u [T, B, G·H] (both in dx, and du undefined, where they are the same, as of all but the GRU), and of h0 and c0
/// [B, H].
inline constinit Kernel<const RecurrentTask& /*task*/, const Tensor& /*lengths*/, const Tensor& /*gates*/,
                        const Tensor& /*weight_hh*/, const Tensor& /*h0*/, const Tensor& /*c0*/,
                        const Tensor& /*states*/, const Tensor& /*cells*/, const Tensor& /*hidden*/,
                        const Tensor& /*goutput*/, const Tensor& /*gh*/, const Tensor& /*gc*/, const Tensor& /*dx*/,
                        const Tensor& /*du*/, const Tensor& /*dh0*/, const Tensor& /*dc0*/>
    recurrent_backward{"recurrent_backward"};

}  // namespace adora::backends
