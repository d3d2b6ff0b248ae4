#pragma once
#include <memory>
#include <string>
#include <vector>

#include "../../ops/dora.h"
#include "../layers/linear.h"
#include "adapter_config.h"
#include "weight_change.h"

namespace adora {

/// How adapters are made and computed, beyond what a PEFT config says.
struct AdapterOptions {
  std::uint64_t seed = 0;          ///< of fresh matrices and of dropout
  bool reference_dropout = false;  ///< see DoraOptions
  bool detach_norm = true;         ///< see DoraOptions
  DoraRoute route = DoraRoute::automatic;
};

/// What all layers of one adapter share.
struct AdapterShared {
  AdapterConfig config;
  AdapterOptions options;
  Generator dropout_generator;
  std::int64_t number = 0;  ///< of the model's adapters, counted as they were added
};

/// VeRA's frozen random matrices, one pair for all layers and large enough for each: [rank, in] and [out, rank].
struct VeraMatrices {
  Tensor A, B;
};

/// One adapter on one Linear. It holds the trained tensors its kind has; the others are undefined.
class AdapterLayer : public Module {
 public:
  /// Computes what the plain Linear does until it is trained: B (or b) is 0, the magnitude that of the weight.
  /// `kind` may differ from the config's, where the magnitude alone is trained beside others.
  AdapterLayer(const Linear& base, AdapterKind kind, std::int64_t rank, double scale,
               std::shared_ptr<AdapterShared> shared, Generator& generator, const VeraMatrices& vera = {});

  /// The adapted product, in place of x·weightᵀ + bias.
  Tensor forward(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias) const;
  /// The one weight that stands for `weight` and this. With a magnitude it has no gradient, and refuses tensors that
  /// want one; see dora_merge.
  Tensor merged(const Tensor& weight) const;
  /// How far that lies from `weight`.
  WeightChange change(const FrozenMatrix& weight) const;

  AdapterKind kind() const { return kind_; }
  std::int64_t rank() const { return rank_; }
  double scale() const { return scale_; }
  const std::shared_ptr<AdapterShared>& shared() const { return shared_; }

  Tensor lora_A;          ///< [rank, in]
  Tensor lora_B;          ///< [out, rank]
  Tensor magnitude;       ///< [out]
  Tensor vera_d;          ///< [rank]
  Tensor vera_b;          ///< [out]
  Tensor vera_A, vera_B;  ///< frozen, and shared with the adapter's other layers

 private:
  /// The low-rank matrices of this layer, VeRA's scaled by its vectors.
  std::pair<Tensor, Tensor> factors(std::int64_t in, std::int64_t out) const;

  AdapterKind kind_;
  std::int64_t rank_;
  double scale_;
  std::shared_ptr<AdapterShared> shared_;
  mutable DoraCache cache_;
};

/// All adapters on one Linear, under their names. With several active at once their changes to the output add up.
class AdaptedLinear final : public LinearAdapter {
 public:
  struct Entry {
    std::string name;
    std::unique_ptr<AdapterLayer> layer;
    bool active = true;
  };

  Tensor forward(const Linear& base, const Tensor& x) const override;

  void add(const std::string& name, std::unique_ptr<AdapterLayer> layer);
  /// Does nothing where there is none of that name.
  void remove(const std::string& name);
  AdapterLayer* find(const std::string& name);
  std::vector<Entry>& entries() { return entries_; }

  /// Puts the active adapters into the weight, each computed from the weight as it was before any. The weight must not
  /// be quantized.
  void merge(Linear& base);
  /// Puts the very weight back that was there before. An error where the merged one was changed in place: the change
  /// would be lost.
  void unmerge(Linear& base);
  bool is_merged() const { return original_.defined(); }

 private:
  std::vector<Entry> entries_;
  Tensor original_;               ///< while merged: the weight without adapters
  Tensor merged_;                 ///< while merged: the weight with them
  std::uint64_t merged_version_;  ///< and how often its memory had been changed
};

}  // namespace adora
