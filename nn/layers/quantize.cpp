#include "quantize.h"

#include <unordered_set>

#include "embedding.h"

namespace adora {

void quantize_linears(Module& model, QuantizedFormat format) {
  std::unordered_set<const void*> embeddings;
  const auto modules = model.named_modules();
  for (const auto& [name, module] : modules) {
    if (const auto* embedding = dynamic_cast<Embedding*>(module)) embeddings.insert(embedding->weight.id());
  }
  bool any = false;
  for (const auto& [name, module] : modules) {
    auto* linear = dynamic_cast<Linear*>(module);
    if (!linear || name == "lm_head" || name.ends_with(".lm_head") || embeddings.contains(linear->weight.id()))
      continue;
    try {
      linear->quantize(format);
    } catch (const Error& error) {
      fail("{}: {}", name, error.what());
    }
    any = true;
  }
  check(any, "quantize_linears: the model has no Linear beside its output layer");
}

std::int64_t count_parameters(Module& model) {
  std::int64_t count = 0;
  for (const NamedTensor& one : model.named_parameters()) count += one.tensor.numel();
  for (const auto& [name, module] : model.named_modules()) {
    const auto* linear = dynamic_cast<Linear*>(module);
    if (linear && linear->is_quantized()) count += linear->in_features() * linear->out_features();
  }
  return count;
}

}  // namespace adora
