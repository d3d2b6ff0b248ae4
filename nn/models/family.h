#pragma once
#include <memory>
#include <string>
#include <vector>

#include "../io/json_fields.h"
#include "causal_lm.h"

namespace adora {

/// A family of language models: what a config.json of its model_type means. Its file registers it:
///
///     const RegisterModelFamily registered{{.model_type = "llama", .architecture = "LlamaForCausalLM", .make = make}};
struct ModelFamily {
  std::string model_type;
  std::string architecture;  ///< the class of transformers that has the output layer
  /// A model with fresh weights. Reads every field that it understands (config_keys.h); an error naming the field where
  /// one has a value that it can't compute with. Fields that nobody has read are refused after it.
  std::unique_ptr<CausalLm> (*make)(JsonFields& config, const ModelOptions& options);
  /// The config.json of models that were published, by name.
  std::vector<std::pair<std::string, Json>> published = {};
};

struct RegisterModelFamily {
  explicit RegisterModelFamily(ModelFamily family);
};

/// Sorted by model_type.
std::vector<std::string> model_types();

/// A model with fresh weights of what a config.json says, whose model_type (or, where there is none, architectures)
/// names the family; on the shape-only device without any memory. Throws `Error` beginning with `where` and naming the
/// field, and takes no memory then.
std::unique_ptr<CausalLm> make_model(const Json& config, const std::string& where, const ModelOptions& options = {});

/// The same with weights by their names in state_dict(), converted to the dtype and moved to the device.
std::unique_ptr<CausalLm> make_model(const Json& config, const std::string& where, const StateDict& weights,
                                     WeightOptions options);

/// The config.json of a model that was published: "llama-7b". Throws `Error` listing the names there are.
Json published_config(const std::string& name);
std::vector<std::string> published_configs();

}  // namespace adora
