#pragma once
#include <memory>
#include <string>
#include <vector>

#include "../../core/frozen_matrix.h"
#include "../module.h"

namespace adora {

class Linear;

/// Changes the product of a Linear while its weight [out, in] stays as it is; nn/adapters/ has the kinds.
class LinearAdapter : public Module {
 public:
  /// In place of x·weightᵀ + bias: x [..., in], result [..., out].
  virtual Tensor forward(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias) const = 0;
  /// The one weight that stands for `weight` and this.
  virtual Tensor merged(const Tensor& weight) const = 0;
};

/// The adapters on one Linear, under their names. With several active at once their changes to the output add up.
class LinearAdapters final : public Module {
 public:
  struct Entry {
    std::string name;
    std::unique_ptr<LinearAdapter> adapter;
    bool active = true;
  };

  Tensor forward(const Linear& base, const Tensor& x) const;

  void add(const std::string& name, std::unique_ptr<LinearAdapter> adapter);
  /// Does nothing where there is none of that name.
  void remove(const std::string& name);
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
  Tensor original_;                   ///< while merged: the weight without adapters
  Tensor merged_;                     ///< while merged: the weight with them
  std::uint64_t merged_version_ = 0;  ///< and how often its memory had been changed
};

}  // namespace adora
