#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "../../core/quantized_matrix.h"
#include "../common/machine.h"

namespace adora::finetune {

/// The settings of a fine-tuning: the command line's options with their defaults.
struct Settings {
  std::string model = "tiny";
  std::string data;       ///< empty: the built-in tasks
  std::string eval;       ///< empty: the built-in tasks' test questions where `data` is empty, otherwise nothing
  std::string eval_data;  ///< documents whose loss is measured; empty: none
  std::optional<std::int64_t> eval_every;  ///< steps; an epoch's unless given
  std::int64_t patience = 0;               ///< 0: without end
  bool keep_best = false;
  std::string prompt_template, chat_template;
  std::vector<std::string> ignore_keys;
  std::vector<std::string> methods = {"dora"};
  std::int64_t rank = 32;
  double alpha = 64;
  bool rslora = false;
  double lora_plus = 1;  ///< the learning rate of B over that of A
  std::string norm_gradient = "detached";
  std::string quantize = "none";  ///< the format of the weights that are not trained
  double dropout = 0.05;
  std::vector<std::string> target_modules = {"q_proj", "k_proj", "v_proj", "up_proj", "down_proj"};
  std::vector<std::string> magnitude_modules;
  std::vector<std::string> exclude_modules, modules_to_save;
  std::vector<std::int64_t> layers_to_transform;
  std::vector<std::string> rank_pattern, alpha_pattern;  ///< each "NAME=NUMBER"
  std::string bias = "none";
  bool lora_bias = false;
  std::string init = "true";
  std::string adapter;
  double lr = 2e-4;
  std::string optimizer = "adamw";
  std::vector<std::string> optimizer_options;  ///< "momentum=0.9"
  std::string scheduler = "linear";
  std::vector<std::string> scheduler_options;  ///< "power=2"
  std::optional<double> min_lr_ratio;
  std::optional<std::int64_t> warmup_steps;  ///< see warmup_of
  std::optional<double> warmup_ratio;
  std::int64_t batch_size = 16;
  std::optional<std::int64_t> micro_batch_size;
  std::int64_t epochs = 3;
  std::optional<std::int64_t> max_steps;
  std::int64_t cutoff_len = 256;
  double weight_decay = 0;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  std::optional<double> clip_grad_norm;
  bool no_shuffle = false;
  bool group_by_length = false;
  bool packing = false;
  bool gradient_checkpointing = false;
  std::optional<bool> train_on_inputs;  ///< none: as the form of each record has it
  std::int64_t seed = 0;
  programs::Machine machine;
  bool cuda_graphs = false;
  bool watch_patterns = false;
  std::vector<std::string> logs;  ///< kinds beside log.jsonl
  std::string output = "finetuned";
  bool overwrite = false;  ///< whatever the output holds
  std::string resume;

  std::set<std::string> given;         ///< the options that were named, such as "--rank"
  std::vector<std::string> arguments;  ///< the command line as it stands in options.json, for --resume
  std::string label;                   ///< how tables call the run; empty: by its method and rank
};

/// The format in which the method's frozen weights are kept; nothing where they stay as they are.
std::optional<QuantizedFormat> quantization(const Settings& settings, const std::string& method);

/// Reads and checks a command line; nothing that it names is opened but the options kept in --resume. Nothing where
/// --help was asked for. Throws `Error` naming the option.
std::optional<Settings> parse_settings(const std::vector<std::string>& arguments);

}  // namespace adora::finetune
