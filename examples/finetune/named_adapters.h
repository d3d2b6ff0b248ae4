#pragma once
#include <string>
#include <vector>

#include "../../nn/module.h"

namespace adora::finetune {

/// An adapter's folder as --adapter names it: DIR, or NAME=DIR of one of several.
struct NamedAdapter {
  std::string name;  ///< empty: it has none, and is the only one
  std::string folder;
};

/// The values of --adapter. Throws `Error` naming the option where one of several has no name, or two have one name.
std::vector<NamedAdapter> named_adapters(const std::vector<std::string>& values);

/// Puts them on a model under their names, all at once; the last one acts.
void load_adapters(Module& model, const std::vector<NamedAdapter>& adapters);

}  // namespace adora::finetune
