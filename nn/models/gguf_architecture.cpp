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

std::optional<std::string> layer_in(const std::string& name, const std::string& pattern) {
  const std::size_t star = pattern.find('*');
  if (star == pattern.npos) return name == pattern ? std::optional<std::string>("") : std::nullopt;
  const std::string_view before(pattern.data(), star), after(pattern.data() + star + 1);
  if (name.size() <= before.size() + after.size() || !name.starts_with(before) || !name.ends_with(after)) return {};
  std::string number = name.substr(star, name.size() - before.size() - after.size());
  const bool plain = number.find_first_not_of("0123456789") == number.npos && (number == "0" || number[0] != '0');
  return plain ? std::optional(std::move(number)) : std::nullopt;
}

std::string of_layer(std::string pattern, const std::string& layer) {
  if (const std::size_t star = pattern.find('*'); star != pattern.npos) pattern.replace(star, 1, layer);
  return pattern;
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
