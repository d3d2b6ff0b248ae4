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

/// The active adapters' changes of one tensor.
template <class F> Tensor LayerAdapters::sum(const Tensor& before, F&& merged) const {
  const DType wide = before.dtype() == float64 ? float64 : float32;
  Tensor sum;  // of several, in the dtype arithmetic is done in
  for (const Entry& entry : entries_) {
    if (!entry.active) continue;
    const Tensor one = merged(*entry.adapter);
    sum = sum.defined() ? adora::to(sum, wide) + (adora::to(one, wide) - adora::to(before, wide)) : one;
  }
  return sum;
}

void LayerAdapters::Merged::put(Tensor& place, const Tensor& now) {
  original = place;
  place = merged = adora::to(now, place.dtype());
  version = merged.storage()->version();
}

void LayerAdapters::Merged::check_unchanged(const Tensor& place) const {
  // The model may have been converted or moved in between.
  check(!original.defined() || !place.is(merged) || merged.storage()->version() == version,
        "unmerge_adapters: a weight of {} was changed while adapters were merged into it, which would be lost; load or "
        "change weights before merging, or fold_adapters",
        describe(merged));
}

void LayerAdapters::Merged::take_back(Tensor& place) {
  if (original.defined()) place = adora::to(adora::to(original, place.dtype()), place.device());
  *this = {};
}

void LayerAdapters::merge(AdaptableLayer& layer) {
  if (is_merged()) return;
  NoGrad no_grad;
  check(layer.weight.defined(), "merge: the weight {} is quantized; nothing can be added to it",
        describe(layer.frozen()));
  const Tensor weight = sum(layer.weight, [&](const LayerAdapter& one) { return one.merged(layer.weight); });
  if (!weight.defined()) return;
  weight_.put(layer.weight, weight);
  if (Tensor* bias = layer.bias_place(); bias && bias->defined())
    bias_.put(*bias, sum(*bias, [&](const LayerAdapter& one) { return one.merged_bias(*bias); }));
}

void LayerAdapters::unmerge(AdaptableLayer& layer) {
  if (!is_merged()) return;
  NoGrad no_grad;
  Tensor none;
  Tensor* bias = layer.bias_place();
  if (!bias) bias = &none;
  weight_.check_unchanged(layer.weight), bias_.check_unchanged(*bias);
  weight_.take_back(layer.weight), bias_.take_back(*bias);
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
