#include "gguf_architecture.h"

#include <map>

#include "../../core/listed.h"

namespace adora {
namespace {

std::map<std::string, GgufArchitecture>& architectures() {
  static std::map<std::string, GgufArchitecture> all;
  return all;
}

}  // namespace

RegisterGgufArchitecture::RegisterGgufArchitecture(GgufArchitecture architecture) {
  const std::string name = architecture.name;
  architectures()[name] = std::move(architecture);
}

const GgufArchitecture& gguf_architecture(const std::string& name, const std::string& where) {
  const auto found = architectures().find(name);
  if (found != architectures().end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, architecture] : architectures()) names.push_back(known);
  fail("{}: general.architecture must be one that is known: {}, not \"{}\"", where, listed(names), shortened(name));
}

const GgufArchitecture& gguf_architecture_of(const std::string& model_type, const std::string& where) {
  std::vector<std::string> types;
  for (const auto& [name, architecture] : architectures()) {
    if (architecture.model_type == model_type) return architecture;
    types.push_back(architecture.model_type);
  }
  fail("{}: a model of the family {} can't be written as GGUF here; those of {} can", where, shortened(model_type),
       listed(types));
}

}  // namespace adora
