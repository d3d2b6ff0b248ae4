#include "named_adapters.h"

#include <algorithm>

#include "../../core/error.h"
#include "../../nn/adapters/peft_folder.h"
#include "../../nn/io/file.h"

namespace adora::finetune {

std::vector<NamedAdapter> named_adapters(const std::vector<std::string>& values) {
  std::vector<NamedAdapter> adapters;
  for (const std::string& value : values) {
    const std::size_t sign = value.find('=');
    // A folder may have the sign in its name.
    if (sign == value.npos || is_folder(value)) {
      check(values.size() == 1, "--adapter {}: of several each needs a name, NAME={}", shortened(value),
            shortened(value));
      return {{"", value}};
    }
    const std::string name = value.substr(0, sign);
    check(!name.empty() && name.find('.') == name.npos && sign + 1 < value.size(),
          "--adapter {}: expected DIR or NAME=DIR, with a name without a dot", shortened(value));
    check(std::none_of(adapters.begin(), adapters.end(), [&](const auto& one) { return one.name == name; }),
          "--adapter {}: another one has this name", shortened(value));
    adapters.push_back({name, value.substr(sign + 1)});
  }
  return adapters;
}

void load_adapters(Module& model, const std::vector<NamedAdapter>& adapters) {
  for (const NamedAdapter& one : adapters) load_adapter(model, one.folder, one.name.empty() ? "default" : one.name);
}

}  // namespace adora::finetune
