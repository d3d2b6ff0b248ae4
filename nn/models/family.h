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
  /// A model with fresh weights. Reads every field that it understands; an error naming the field where one that would
  /// change the result has a value that it can't compute with.
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
/// field.
std::unique_ptr<CausalLm> make_model(const Json& config, const std::string& where, const ModelOptions& options = {});

/// The same with weights by their names in state_dict(), converted to the dtype and moved to the device.
std::unique_ptr<CausalLm> make_model(const Json& config, const std::string& where, const StateDict& weights,
                                     WeightOptions options);

/// The config.json of a model that was published: "llama-7b". Throws `Error` listing the names there are.
Json published_config(const std::string& name);
std::vector<std::string> published_configs();

/// A size: an integer of 1 or more, whose product with another is still one; without `otherwise` it must be there.
std::int64_t read_size(JsonFields& config, const std::string& name, std::optional<std::int64_t> otherwise = {});
/// A token's number, or a list of them, all below vocab_size; `otherwise` where the field is absent or an empty list.
std::vector<std::int64_t> read_token_ids(JsonFields& config, const std::string& name, std::int64_t vocab_size,
                                         std::vector<std::int64_t> otherwise);
/// The same as a config.json has them: one alone, or a list.
Json token_ids_json(const std::vector<std::int64_t>& ids);
/// Refuses a field unless it is absent or has the only value that the family computes with.
void read_only(JsonFields& config, const std::string& name, const Json& wanted);

}  // namespace adora
