#include "fingerprint.h"

#include <algorithm>
#include <set>

#include "../../autograd/grad_mode.h"
#include "../../core/hash.h"
#include "../../ops/creation.h"

namespace adora {

namespace {

constexpr std::int64_t most_numbers = 1 << 16;

std::string text_of(const Hash& hash) { return fmt::format("{:016x}", hash.value()); }

void add_text(Hash& hash, const std::string& text) { hash.add(text.c_str(), text.size() + 1); }

void add_weight(Hash& hash, const Tensor& on_its_device) {
  const Tensor weight = to(on_its_device, cpu);
  add_text(hash, std::string(name(weight.dtype())) + to_string(weight.shape()));
  const std::size_t bytes = size_of(weight.dtype());
  const auto* at = static_cast<const unsigned char*>(weight.raw());
  const std::int64_t count = weight.numel(), step = std::max<std::int64_t>(1, count / most_numbers);
  for (std::int64_t i = 0; i < count; i += step) hash.add(at + static_cast<std::size_t>(i) * bytes, bytes);
}

}  // namespace

std::string fingerprint(const std::vector<Document>& documents) {
  Hash hash;
  for (const Document& document : documents) {
    const std::uint64_t sizes[] = {document.tokens.size(), document.targets.size()};
    hash.add(sizes, 2);
    for (const auto& [first, last] : document.targets) {
      const std::uint64_t span[] = {first, last};
      hash.add(span, 2);
    }
    hash.add(document.tokens.data(), document.tokens.size());
  }
  return text_of(hash);
}

std::string fingerprint(const CausalLm& model) {
  NoGrad no_grad;
  Hash hash;
  // Sizes show in the weights' shapes, constants do not.
  add_text(hash, Json(model.config_json()).dump());
  std::set<std::string> trained;
  for (const NamedTensor& one : model.trainable_parameters()) trained.insert(one.name);
  for (const auto& [name, weight] : model.state_dict()) {
    add_text(hash, name);
    if (!trained.contains(name)) add_weight(hash, weight);
  }
  return text_of(hash);
}

}  // namespace adora
