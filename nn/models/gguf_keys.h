#pragma once
// Not in adora.h: the library's own.
#include <optional>
#include <string>
#include <utility>

#include "../io/json_fields.h"

namespace adora {

/// The keys of a GGUF file under its architecture's name: "llama.context_length" as keys["context_length"].
class GgufKeys {
 public:
  GgufKeys(JsonFields& keys, std::string architecture) : keys_(keys), name_(std::move(architecture)) {}

  std::string operator[](const char* key) const { return name_ + "." + key; }
  JsonFields& fields() const { return keys_; }
  std::int64_t size(const char* key, std::optional<std::int64_t> otherwise = {}) const;
  /// As the shortest decimal that is the same float32: 1e-5 and not 9.99999974737875e-6.
  double number(const char* key, double low, double high, std::optional<double> otherwise = {}) const;
  /// Refuses the key unless it is absent or has the only value that is computed with.
  void only(const char* key, const Json& wanted) const;

 private:
  JsonFields& keys_;
  std::string name_;
};

/// The shortest decimal that is the same float32.
double shortest_float(double number);

}  // namespace adora
