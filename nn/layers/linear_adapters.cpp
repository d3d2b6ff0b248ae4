#include "linear_adapters.h"

#include "../../autograd/grad_mode.h"
#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "linear.h"

namespace adora {

Tensor LinearAdapters::forward(const Linear& base, const Tensor& x) const {
  if (is_merged()) return base.base(x);
  Tensor y;
  int active = 0;
  for (const Entry& entry : entries_) {
    if (!entry.active) continue;
    Tensor adapted = entry.adapter->forward(x, base.frozen(), base.bias);
    y = y.defined() ? y + adapted : adapted;
    ++active;
  }
  if (active == 0) return base.base(x);
  // Each adapted product holds the plain one.
  return active == 1 ? y : y - base.base(x) * static_cast<double>(active - 1);
}

void LinearAdapters::add(const std::string& name, std::unique_ptr<LinearAdapter> adapter) {
  child(name, *adapter);
  entries_.push_back({name, std::move(adapter)});
}

void LinearAdapters::remove(const std::string& name) {
  for (const Entry& entry : entries_)
    if (entry.name == name) forget_child(*entry.adapter);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.name == name; });
}

void LinearAdapters::merge(Linear& base) {
  if (is_merged()) return;
  NoGrad no_grad;
  check(!base.is_quantized(), "merge: the weight {} is quantized; nothing can be added to it", describe(base.frozen()));
  const Tensor weight = base.weight;
  Tensor sum;  // of several, in the dtype arithmetic is done in
  const DType wide = weight.dtype() == float64 ? float64 : float32;
  for (const Entry& entry : entries_) {
    if (!entry.active) continue;
    Tensor merged = entry.adapter->merged(weight);
    sum = sum.defined() ? adora::to(sum, wide) + (adora::to(merged, wide) - adora::to(weight, wide)) : merged;
  }
  if (!sum.defined()) return;
  original_ = weight;
  base.weight = merged_ = adora::to(sum, weight.dtype());
  merged_version_ = merged_.storage()->version();
}

void LinearAdapters::unmerge(Linear& base) {
  if (!is_merged()) return;
  NoGrad no_grad;
  // The model may have been converted or moved in between.
  check(!base.weight.is(merged_) || merged_.storage()->version() == merged_version_,
        "unmerge_adapters: a weight of {} was changed while adapters were merged into it, which would be lost; load or "
        "change weights before merging, or fold_adapters",
        describe(merged_));
  base.weight = adora::to(adora::to(original_, base.weight.dtype()), base.weight.device());
  original_ = merged_ = {};
}

}  // namespace adora
