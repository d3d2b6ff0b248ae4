#include "adaptable_layer.h"

#include "../../autograd/grad_mode.h"
#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"

namespace adora {

Tensor LayerAdapters::forward(const AdaptableLayer& layer, const Tensor& x) const {
  if (is_merged()) return layer.base(x);
  Tensor y;
  int active = 0;
  for (const Entry& entry : entries_) {
    if (!entry.active) continue;
    Tensor adapted = noted_call(*entry.adapter, [&] { return entry.adapter->forward(layer, x); });
    y = y.defined() ? y + adapted : adapted;
    ++active;
  }
  if (active == 0) return layer.base(x);
  // Each adapted result holds the plain one.
  return active == 1 ? y : y - layer.base(x) * static_cast<double>(active - 1);
}

void LayerAdapters::add(const std::string& name, std::unique_ptr<LayerAdapter> adapter) {
  child(name, *adapter);
  entries_.push_back({name, std::move(adapter)});
}

void LayerAdapters::remove(const std::string& name) {
  for (const Entry& entry : entries_)
    if (entry.name == name) forget_child(*entry.adapter);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.name == name; });
}

void LayerAdapters::merge(AdaptableLayer& layer) {
  if (is_merged()) return;
  NoGrad no_grad;
  check(layer.weight.defined(), "merge: the weight {} is quantized; nothing can be added to it",
        describe(layer.frozen()));
  const Tensor weight = layer.weight;
  Tensor sum;  // of several, in the dtype arithmetic is done in
  const DType wide = weight.dtype() == float64 ? float64 : float32;
  for (const Entry& entry : entries_) {
    if (!entry.active) continue;
    Tensor merged = entry.adapter->merged(weight);
    sum = sum.defined() ? adora::to(sum, wide) + (adora::to(merged, wide) - adora::to(weight, wide)) : merged;
  }
  if (!sum.defined()) return;
  original_ = weight;
  layer.weight = merged_ = adora::to(sum, weight.dtype());
  merged_version_ = merged_.storage()->version();
}

void LayerAdapters::unmerge(AdaptableLayer& layer) {
  if (!is_merged()) return;
  NoGrad no_grad;
  // The model may have been converted or moved in between.
  check(!layer.weight.is(merged_) || merged_.storage()->version() == merged_version_,
        "unmerge_adapters: a weight of {} was changed while adapters were merged into it, which would be lost; load or "
        "change weights before merging, or fold_adapters",
        describe(merged_));
  layer.weight = adora::to(adora::to(original_, layer.weight.dtype()), layer.weight.device());
  original_ = merged_ = {};
}

LayerAdapters& AdaptableLayer::make_adapters() {
  if (!adapters_) {
    adapters_ = std::make_unique<LayerAdapters>();
    child("adapter", *adapters_);
  }
  return *adapters_;
}

void AdaptableLayer::remove_adapters() {
  if (adapters_) forget_child(*adapters_);
  adapters_.reset();
}

}  // namespace adora
