#pragma once
#include <memory>
#include <string>
#include <vector>

#include "../../nn/adapters/adapter_config.h"
#include "../../nn/models/causal_lm.h"
#include "settings.h"

namespace adora::finetune {

/// Where --adapter is given, takes method, rank, alpha, targets and (where none was given) dropout from its
/// configuration. An error where the command line says otherwise.
void follow_adapter(Settings& settings);

/// Targets as --target-modules names them: a list, or "all-linear" alone.
void set_targets(AdapterConfig& config, const std::vector<std::string>& modules);

/// The adapter of a method (not `full`) that the settings ask for; with --adapter, that of its configuration.
AdapterConfig adapter_config(const Settings& settings, const std::string& method, const std::string& model_name);

/// Puts the method's adapter (`full`: none) on a model without memory. An error naming the option where the adapter
/// doesn't go with the model.
void adapt_shapes(const Settings& settings, const std::string& method, CausalLm& shapes, const std::string& model_name);

}  // namespace adora::finetune
