#include "methods.h"

#include "../../nn/adapters/adapter.h"

namespace adora::finetune {

const std::vector<std::string>& all_methods() {
  static const std::vector<std::string> methods = [] {
    std::vector<std::string> names = adapter_kinds();
    names.insert(names.begin(), "full");
    for (const char* quantized : {"qlora", "qdora"}) names.push_back(quantized);
    return names;
  }();
  return methods;
}

std::string without_quantizing(const std::string& method) {
  return method == "qlora" || method == "qdora" ? method.substr(1) : method;
}

namespace {

/// Null of full fine-tuning.
const AdapterKind* kind_of(const std::string& method) { return find_adapter_kind(without_quantizing(method)); }

}  // namespace

bool has_rank(const std::string& method) { return kind_of(method) && kind_of(method)->has_rank(); }
bool has_alpha(const std::string& method) { return kind_of(method) && kind_of(method)->has_alpha(); }
bool has_bias(const std::string& method) { return kind_of(method) && kind_of(method)->has_bias(); }
bool has_magnitude(const std::string& method) { return kind_of(method) && kind_of(method)->has_magnitude(); }

}  // namespace adora::finetune
