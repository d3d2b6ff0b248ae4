#pragma once
#include <memory>
#include <string>

#include "tokenizer.h"

namespace adora {

/// A form in which a model's folder has a tokenizer, known by the file's name. The file of its class registers it.
struct RegisterTokenizerFormat {
  using Load = std::unique_ptr<Tokenizer> (*)(const std::string& path);
  RegisterTokenizerFormat(const std::string& file, Load load);
};

}  // namespace adora
