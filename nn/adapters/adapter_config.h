#pragma once
#include <cstdint>
#include <string>
#include <utility>
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
  /// Where not empty, in place of the list: "all-linear", or a regular expression of Python's for whole names.
  std::string target_regex = {};
  /// Modules that get none, named in the same way.
  std::vector<std::string> exclude_modules = {};
  std::string exclude_regex = {};
  /// Modules whose magnitude alone is trained, beside the targets.
  std::vector<std::string> magnitude_modules = {};
  /// Where not empty: only modules in these layers, but for targets that are named in full. A layer's number is that
  /// behind one of `layers_pattern` (regular expressions), or, where there are none, the first in the name that stands
  /// behind two parts or more: 3 in "model.layers.3.mlp.up_proj".
  std::vector<std::int64_t> layers_to_transform = {};
  std::vector<std::string> layers_pattern = {};
  /// Modules that get copies of their own which are trained and saved as a whole, each whose name ends in one of these:
  /// "lm_head", "embed_tokens", "norm". None of them, nor what is in them, is a target.
  std::vector<std::string> modules_to_save = {};
  /// Which biases of the model are trained as well: "none", "all", or "lora_only", those of the targets.
  std::string bias = "none";
  /// A bias that is trained behind B of LoRA, scaled as the product is.
  bool lora_bias = false;
  /// What LoRA's and DoRA's A and B start from: a word of PEFT's init_lora_weights (initial_factors.h).
  std::string init = "true";
  /// Another rank or alpha for the modules whose name ends with the key (a regular expression). Of several keys that
  /// fit the first counts.
  std::vector<std::pair<std::string, std::int64_t>> rank_pattern = {};
  std::vector<std::pair<std::string, double>> alpha_pattern = {};
  std::int64_t projection_prng_key = 0;  ///< the seed of VeRA's shared A and B
  double d_initial = 0.1;                ///< what VeRA's d starts from
  std::string base_model_name_or_path = {};
  /// What PEFT takes the model for. Empty: for any module of PyTorch, where it would ask a "CAUSAL_LM" for more than a
  /// module has.
  std::string task_type = "CAUSAL_LM";
};

}  // namespace adora
