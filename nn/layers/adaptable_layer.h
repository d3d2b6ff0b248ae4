#pragma once
#include <memory>
#include <string>
#include <vector>

#include "../../core/frozen_matrix.h"
#include "../noted_call.h"

namespace adora {

class AdaptableLayer;

/// Changes what a layer computes while its weight stays as it is; nn/adapters/ has the kinds.
class LayerAdapter : public Module {
 public:
  /// In place of layer.base(x).
  virtual Tensor forward(const AdaptableLayer& layer, const Tensor& x) const = 0;
  /// The one weight that stands for the layer's, `weight`, and this.
  virtual Tensor merged(const Tensor& weight) const = 0;
  /// And for the layer's bias.
  virtual Tensor merged_bias(const Tensor& bias) const { return bias; }
};

/// The adapters on one layer, under their names. With several active at once their changes to the output add up.
class LayerAdapters final : public Module {
 public:
  struct Entry {
    std::string name;
    std::unique_ptr<LayerAdapter> adapter;
    bool active = true;
  };

  Tensor forward(const AdaptableLayer& layer, const Tensor& x) const;

  void add(const std::string& name, std::unique_ptr<LayerAdapter> adapter);
  /// Does nothing where there is none of that name.
  void remove(const std::string& name);
  std::vector<Entry>& entries() { return entries_; }

  /// Puts the active adapters into weight and bias, each computed from these as they were before any. The weight must
  /// not be quantized.
  void merge(AdaptableLayer& layer);
  /// Puts the very tensors back that were there before. An error where a merged one was changed in place: the change
  /// would be lost.
  void unmerge(AdaptableLayer& layer);
  bool is_merged() const { return weight_.original.defined(); }

 private:
  /// While merged: a tensor without adapters and with them, and how often the memory of that one had been changed.
  struct Merged {
    Tensor original, merged;
    std::uint64_t version = 0;
    void put(Tensor& place, const Tensor& now);
    void check_unchanged(const Tensor& place) const;
    void take_back(Tensor& place);
  };
  template <class F> Tensor sum(const Tensor& before, F&& merged) const;

  std::vector<Entry> entries_;
  Merged weight_, bias_;
};

/// A layer that can carry adapters: its result is linear in its weight, but for what is added to it, so that a change
/// of the weight is a change of the result. A layer derives from it, names `weight` as its parameter and has base(x);
/// what adapters compute on it is said in nn/adapters/ (low_rank_form.h).
class AdaptableLayer : public Module {
 public:
  /// With the adapters there are.
  Tensor operator()(const Tensor& x) const {
    return noted_call(*this, [&] { return adapters_ ? adapters_->forward(*this, x) : base(x); });
  }
  /// Without them.
  virtual Tensor base(const Tensor& x) const = 0;

  /// Where the vector stands that is added to each result, be it undefined; null where the layer can have none.
  virtual Tensor* bias_place() { return nullptr; }

  /// The weight, quantized or not, as ops with a frozen one take it.
  virtual FrozenMatrix frozen() const { return weight; }
  /// Where the weight lies, and the dtype of its numbers: of a quantized one that which they had before.
  Device device() const { return frozen().device(); }
  DType dtype() const { return frozen().dtype(); }

  /// The adapters on it, a part of this module named "adapter"; null where there are none.
  LayerAdapters* adapters() const { return adapters_.get(); }
  /// The same, made where there are none.
  LayerAdapters& make_adapters();
  void remove_adapters();

  Tensor weight;  ///< undefined where it is quantized

 protected:
  AdaptableLayer() = default;
  AdaptableLayer(AdaptableLayer&&) noexcept = default;
  AdaptableLayer& operator=(AdaptableLayer&&) noexcept = default;

 private:
  std::unique_ptr<LayerAdapters> adapters_;
};

}  // namespace adora
