#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace adora {

/// How an adapter is made, with the names and meanings of PEFT's adapter_config.json.
struct AdapterConfig {
  /// How the layers it is on change: one of the names in adapter_kinds() (adapter.h). Each kind's file
  /// registers it and says what it computes: lora.cpp, dora.cpp, …
  std::string kind = "dora";
  std::int64_t rank = 32;
  double alpha = 64;  ///< the scale is alpha / rank
  double dropout = 0;
  bool use_rslora = false;  ///< scale alpha / √rank
  /// Modules by their whole name or its end ("q_proj", "layers.0.mlp.up_proj").
  std::vector<std::string> target_modules = {};
  /// Where not empty, in place of the list: a regular expression for whole names.
  std::string target_regex = {};
  std::vector<std::string> exclude_modules = {};
  /// Modules whose magnitude alone is trained, beside the targets.
  std::vector<std::string> magnitude_modules = {};
  /// Where not empty: only modules in these layers.
  std::vector<std::int64_t> layers_to_transform = {};
  /// Another rank or alpha for the modules whose name ends with the key (a regular expression).
  std::map<std::string, std::int64_t> rank_pattern = {};
  std::map<std::string, double> alpha_pattern = {};
  std::int64_t projection_prng_key = 0;  ///< the seed of VeRA's shared A and B
  double d_initial = 0.1;                ///< what VeRA's d starts from
  std::string base_model_name_or_path = {};
  /// What PEFT takes the model for. Empty: for any module of PyTorch, where it would ask a "CAUSAL_LM" for more than a
  /// module has.
  std::string task_type = "CAUSAL_LM";
};

}  // namespace adora
