#include "adapter_config.h"

namespace adora {
namespace {

constexpr std::pair<std::string_view, AdapterKind> names[] = {{"lora", AdapterKind::lora},
                                                              {"dora", AdapterKind::dora},
                                                              {"magnitude", AdapterKind::magnitude},
                                                              {"vera", AdapterKind::vera},
                                                              {"dvora", AdapterKind::dvora}};

}  // namespace

std::string_view name(AdapterKind kind) {
  for (const auto& [name, named] : names)
    if (named == kind) return name;
  return "";
}

std::optional<AdapterKind> adapter_kind(std::string_view name) {
  for (const auto& [known, kind] : names)
    if (known == name) return kind;
  return std::nullopt;
}

}  // namespace adora
