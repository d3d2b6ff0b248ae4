#include "adapter_layer.h"

#include <cmath>

#include "../../autograd/grad_mode.h"
#include "../../autograd/variable.h"
#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../../ops/low_rank.h"
#include "../../ops/matmul.h"
#include "../../ops/view.h"

namespace adora {
namespace {

/// Adapters of half weights are float32: their updates would be lost in rounding otherwise.
DType adapter_dtype(DType weight) { return weight == float64 ? float64 : float32; }

}  // namespace

AdapterLayer::AdapterLayer(const Linear& base, AdapterKind kind, std::int64_t rank, double scale,
                           std::shared_ptr<AdapterShared> shared, Generator& generator, const VeraMatrices& vera)
    : kind_(kind), rank_(rank), scale_(scale), shared_(std::move(shared)) {
  NoGrad no_grad;
  std::int64_t in = base.in_features(), out = base.out_features();
  DType dtype = adapter_dtype(base.dtype());
  Device device = base.device();
  if (kind == AdapterKind::lora || kind == AdapterKind::dora) {
    double bound = in > 0 ? 1 / std::sqrt(static_cast<double>(in)) : 0;
    lora_A = uniform({rank, in}, -bound, bound, generator, dtype, device);
    lora_B = zeros({out, rank}, dtype, device);
  }
  if (is_vera(kind)) {
    vera_d = full({rank}, shared_->config.d_initial, dtype, device);
    vera_b = zeros({out}, dtype, device);
    vera_A = vera.A, vera_B = vera.B;
  }
  if (has_magnitude(kind)) magnitude = adora::to(dora_weight_norm(base.frozen(), {}, {}, 1), dtype);
  parameter("lora_A", lora_A);
  parameter("lora_B", lora_B);
  parameter("magnitude", magnitude);
  parameter("vera_d", vera_d);
  parameter("vera_b", vera_b);
  buffer("vera_A", vera_A);
  buffer("vera_B", vera_B);
}

std::pair<Tensor, Tensor> AdapterLayer::factors(std::int64_t in, std::int64_t out) const {
  if (!vera_d.defined()) return {lora_A, lora_B};
  return {slice(vera_A, 1, 0, in), vera_factor(slice(vera_B, 0, 0, out), vera_d, vera_b)};
}

Tensor AdapterLayer::forward(const Tensor& x, const FrozenMatrix& weight, const Tensor& bias) const {
  double dropout = training() ? shared_->config.dropout : 0;
  Generator* generator = &shared_->dropout_generator;
  auto [A, B] = factors(weight.size(1), weight.size(0));
  if (kind_ == AdapterKind::lora || kind_ == AdapterKind::vera) {
    return lora_linear(x, weight, bias, A, B, {.scale = scale_, .dropout = dropout, .generator = generator});
  }
  // Without a low-rank branch there is nothing to drop.
  if (kind_ == AdapterKind::magnitude) dropout = 0;
  return dora_linear(x, weight, bias, A, B, magnitude,
                     {.scale = scale_,
                      .dropout = dropout,
                      .generator = generator,
                      .reference_dropout = shared_->options.reference_dropout,
                      .detach_norm = shared_->options.detach_norm,
                      .route = shared_->options.route,
                      .cache = &cache_});
}

Tensor AdapterLayer::merged(const Tensor& weight) const {
  auto [A, B] = factors(weight.size(1), weight.size(0));
  if (magnitude.defined()) return dora_merge(weight, A, B, magnitude, scale_);
  return adora::to(adora::to(weight, A.dtype()) + matmul(B, A) * scale_, weight.dtype());
}

WeightChange AdapterLayer::change(const FrozenMatrix& weight) const {
  NoGrad no_grad;
  auto [A, B] = factors(weight.size(1), weight.size(0));
  return weight_change(weight, A, B, scale_, magnitude);
}

Tensor AdaptedLinear::forward(const Linear& base, const Tensor& x) const {
  if (is_merged()) return base.base(x);
  Tensor y;
  int active = 0;
  for (const Entry& entry : entries_) {
    if (!entry.active) continue;
    Tensor adapted = entry.layer->forward(x, base.frozen(), base.bias);
    y = y.defined() ? y + adapted : adapted;
    ++active;
  }
  if (active == 0) return base.base(x);
  // Each adapted product holds the plain one.
  return active == 1 ? y : y - base.base(x) * static_cast<double>(active - 1);
}

void AdaptedLinear::add(const std::string& name, std::unique_ptr<AdapterLayer> layer) {
  child(name, *layer);
  entries_.push_back({name, std::move(layer)});
}

void AdaptedLinear::remove(const std::string& name) {
  if (AdapterLayer* layer = find(name)) forget_child(*layer);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.name == name; });
}

AdapterLayer* AdaptedLinear::find(const std::string& name) {
  for (Entry& entry : entries_) {
    if (entry.name == name) return entry.layer.get();
  }
  return nullptr;
}

void AdaptedLinear::merge(Linear& base) {
  if (is_merged()) return;
  NoGrad no_grad;
  check(!base.is_quantized(), "merge: the weight {} is quantized; nothing can be added to it", describe(base.frozen()));
  const Tensor weight = base.weight;
  Tensor sum;  // of several, in the type arithmetic is done in
  DType wide = adapter_dtype(weight.dtype());
  for (const Entry& entry : entries_) {
    if (!entry.active) continue;
    Tensor merged = entry.layer->merged(weight);
    sum = sum.defined() ? adora::to(sum, wide) + (adora::to(merged, wide) - adora::to(weight, wide)) : merged;
  }
  if (!sum.defined()) return;
  original_ = weight;
  base.weight = merged_ = adora::to(sum, weight.dtype());
  merged_version_ = merged_.storage()->version();
}

void AdaptedLinear::unmerge(Linear& base) {
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
