#pragma once
#include <functional>

#include "../../ops/recurrent.h"
#include "../module.h"

namespace adora {

struct RecurrentLayerOptions {
  std::int64_t num_layers = 1;
  bool bias = true;
  bool batch_first = false;  ///< x and the output are [B, T, …]; the states stay [layers·directions, B, H]
  /// With this probability numbers between two layers are dropped in training, by masks that dropout_generator draws.
  double dropout = 0;
  bool bidirectional = false;
  Generator* dropout_generator = nullptr;  ///< needed for dropout; outlives the layer
  DType dtype = float32;
  Device device = default_device();
};

/// The parameters of one layer in one direction (ops/recurrent.h); biases may be undefined.
struct RecurrentWeights {
  Tensor weight_ih, weight_hh, bias_ih, bias_hh;
};

/// What RNN, GRU and LSTM have in common: several layers, each on the output of the one before it, and of both
/// directions where it is bidirectional. Parameters have PyTorch's names, weight_ih_l0, weight_hh_l0, bias_ih_l0,
/// bias_hh_l0, …, weight_ih_l0_reverse, …, and are uniform in ±1/√H at first.
///
/// x is [T, B, in], or [T, in] of one row, and then no tensor has the B. The output is [T, B, directions·H]. States are
/// [layers·directions, B, H], undefined ones zeros. `lengths` (ops/recurrent.h) has the steps of each row of a padded
/// batch; the results are those that PyTorch gives of packed sequences, and the output keeps T steps.
class RecurrentLayers : public Module {
 public:
  std::int64_t input_size() const { return weights[0].weight_ih.size(1); }
  std::int64_t hidden_size() const { return weights[0].weight_hh.size(1); }

  std::vector<RecurrentWeights> weights;  ///< of layer 0, of its reverse direction if it has one, of layer 1, …

 protected:
  /// `layer` names the class in errors.
  RecurrentLayers(const char* layer, std::int64_t gates, std::int64_t input_size, std::int64_t hidden_size,
                  Generator& generator, const RecurrentLayerOptions& options);

  /// One layer in one direction, with h0 and c0 [B, H]: the output, h_n and c_n. Undefined states are passed on.
  using RunLayer = std::function<LstmOutput(const RecurrentWeights&, const Tensor& x, const Tensor& h0,
                                            const Tensor& c0, bool reverse, const std::vector<std::int64_t>& lengths)>;
  LstmOutput run(const Tensor& x, const Tensor& h0, const Tensor& c0, const std::vector<std::int64_t>& lengths,
                 const RunLayer& run_layer) const;

 private:
  const char* layer_;
  bool batch_first_, bidirectional_;
  double dropout_;
  Generator* dropout_generator_;
};

/// Of `rnn` (ops/recurrent.h).
class RNN : public RecurrentLayers {
 public:
  RNN(std::int64_t input_size, std::int64_t hidden_size, Generator& generator,
      const RecurrentLayerOptions& options = {}, Nonlinearity nonlinearity = Nonlinearity::tanh);
  RnnOutput operator()(const Tensor& x, const Tensor& h0 = {}, const std::vector<std::int64_t>& lengths = {}) const;

 private:
  Nonlinearity nonlinearity_;
};

/// Of `gru` (ops/recurrent.h).
class GRU : public RecurrentLayers {
 public:
  GRU(std::int64_t input_size, std::int64_t hidden_size, Generator& generator,
      const RecurrentLayerOptions& options = {});
  RnnOutput operator()(const Tensor& x, const Tensor& h0 = {}, const std::vector<std::int64_t>& lengths = {}) const;
};

/// A state of an LSTM: h and c, both undefined for zeros.
struct LstmState {
  Tensor h = {}, c = {};
};

/// Of `lstm` (ops/recurrent.h).
class LSTM : public RecurrentLayers {
 public:
  LSTM(std::int64_t input_size, std::int64_t hidden_size, Generator& generator,
       const RecurrentLayerOptions& options = {});
  LstmOutput operator()(const Tensor& x, const LstmState& state = {},
                        const std::vector<std::int64_t>& lengths = {}) const;
};

struct RecurrentCellOptions {
  bool bias = true;
  DType dtype = float32;
  Device device = default_device();
};

/// A single step of a single layer: x is [B, in] or [in], the state [B, H] or [H] or undefined for zeros. Parameters
/// are weight_ih, weight_hh, bias_ih and bias_hh, uniform in ±1/√H at first.
class RecurrentCellLayer : public Module {
 public:
  Tensor weight_ih, weight_hh, bias_ih, bias_hh;

 protected:
  RecurrentCellLayer(const char* layer, std::int64_t gates, std::int64_t input_size, std::int64_t hidden_size,
                     Generator& generator, const RecurrentCellOptions& options);
  /// Checks x and makes it [1, B, in]; the states become [B, H].
  Tensor one_step(const Tensor& x, Tensor& h, Tensor& c) const;
  /// h [B, H] as x wants it, without the B where x has none.
  static Tensor like(const Tensor& x, const Tensor& h);

 private:
  const char* layer_;
};

class RNNCell : public RecurrentCellLayer {
 public:
  RNNCell(std::int64_t input_size, std::int64_t hidden_size, Generator& generator,
          const RecurrentCellOptions& options = {}, Nonlinearity nonlinearity = Nonlinearity::tanh);
  Tensor operator()(const Tensor& x, const Tensor& h = {}) const;

 private:
  Nonlinearity nonlinearity_;
};

class GRUCell : public RecurrentCellLayer {
 public:
  GRUCell(std::int64_t input_size, std::int64_t hidden_size, Generator& generator,
          const RecurrentCellOptions& options = {});
  Tensor operator()(const Tensor& x, const Tensor& h = {}) const;
};

class LSTMCell : public RecurrentCellLayer {
 public:
  LSTMCell(std::int64_t input_size, std::int64_t hidden_size, Generator& generator,
           const RecurrentCellOptions& options = {});
  LstmState operator()(const Tensor& x, const LstmState& state = {}) const;
};

}  // namespace adora
