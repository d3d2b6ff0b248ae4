#include "settings.h"

#include <algorithm>
#include <functional>
#include <map>

#include "../../autograd/variable.h"
#include "../../core/error.h"
#include "../../ops/creation.h"
#include "../common/options.h"
#include "kept_arguments.h"
#include "method_options.h"
#include "methods.h"
#include "settings_options.h"
#include "update_settings.h"

namespace adora::finetune {

std::optional<QuantizedFormat> quantization(const Settings& settings, const std::string& method) {
  if (settings.quantize != "none") return quantized_format(settings.quantize);
  return method == without_quantizing(method) ? std::nullopt : std::optional(QuantizedFormat::nf4);
}

namespace {

// Both are made once on a matrix of one number, so that whatever is wrong with an option shows before any work.
void check_optimizer_and_schedule(const Settings& s) {
  auto of = [](const std::string& options, const std::function<void()>& make) {
    try {
      make();
    } catch (const Error& error) {
      fail("{}: {}", options, error.what());
    }
  };
  const OptimizerSettings optimizer = optimizer_settings(s);
  of("--optimizer " + s.optimizer, [&] {
    make_optimizer(s.optimizer, {{"x", requires_grad(zeros({1, 1}, float32, cpu))}}, optimizer);
  });
  const ScheduleSettings settings = schedule_settings(s);
  of("--scheduler " + s.scheduler, [&] { schedule(s.scheduler, 0, settings); });
}

// Checks of options that depend on each other.
void check_together(const Settings& s) {
  check_methods(s);
  read_pattern("--rank-pattern", s.rank_pattern);
  read_pattern("--alpha-pattern", s.alpha_pattern);
  const std::string methods = programs::join(s.methods, ",");
  check(s.adapter.empty() || any_method(s, adapts), "--adapter: means nothing to --method {}", methods);
  check(s.adapter.empty() || s.methods.size() == 1, "--adapter: goes with one method, not with --method {}", methods);
  check(
      s.quantize == "none" || std::all_of(s.methods.begin(), s.methods.end(), adapts),
      "--quantize {}: a quantized base can't be trained fully; leave it out with --method full, or train an adapter on "
      "the base, as --method qdora does",
      s.quantize);
  for (const auto& method : s.methods)
    check(!s.given.contains("--quantize") || s.quantize != "none" || method == without_quantizing(method),
          "--quantize none: --method {} is {} with quantized weights; name that instead", method,
          without_quantizing(method));
  check(!s.cuda_graphs || s.machine.device == "cuda", "--cuda-graphs: goes with --device cuda");
  if (s.micro_batch_size)
    check(*s.micro_batch_size <= s.batch_size, "--micro-batch-size {}: is larger than --batch-size {}",
          *s.micro_batch_size, s.batch_size);
  for (const auto& [option, given] : {std::pair{"--eval-every", s.eval_every.has_value()},
                                      {"--keep-best", s.keep_best},
                                      {"--patience", s.patience > 0}})
    check(!given || !s.eval_data.empty(), "{}: goes with --eval-data, on which it depends", option);
  check(!s.group_by_length || !s.no_shuffle, "--group-by-length: doesn't go with --no-shuffle, which says the order");
  check(!s.gradient_checkpointing || !s.cuda_graphs,
        "--gradient-checkpointing: doesn't go with --cuda-graphs, which keep all that a pass makes");
  check(!s.packing || !s.cuda_graphs, "--packing: doesn't go with --cuda-graphs, which record each batch's shape");
  check(!s.warmup_steps || !s.warmup_ratio, "--warmup-ratio: says the same as --warmup-steps; give one of them");
  check_optimizer_and_schedule(s);
  const bool plain_text = s.data.ends_with(".txt");
  check(!plain_text || s.train_on_inputs.value_or(true), "--train-on-inputs false: the documents of {} have no prompt",
        s.data);
  check(!plain_text || !s.eval.empty() || s.prompt_template.empty(),
        "--prompt-template: there is nothing to put into it; {} has documents without instructions", s.data);
}

}  // namespace

std::optional<Settings> parse_settings(const std::vector<std::string>& arguments) {
  Settings settings;
  programs::Options options("finetune", "fine-tunes a language model: the whole of it, or an adapter");
  std::map<std::string, bool> logs;
  add_options(options, settings, logs);
  if (!options.parse(arguments)) return std::nullopt;
  if (!settings.resume.empty()) {
    const std::string folder = settings.resume;
    settings = Settings();
    for (auto& [kind, wanted] : logs) wanted = false;
    settings.output = folder;
    options.parse(resumed_arguments(folder, options));
  }
  for (const auto& [name, value] : options.given()) {
    settings.given.insert(name);
    if (!names_output(name)) settings.arguments.push_back(kept_argument(name, value));
  }
  for (const auto& [kind, wanted] : logs)
    if (wanted) settings.logs.push_back(kind);
  check_together(settings);
  return settings;
}

}  // namespace adora::finetune
