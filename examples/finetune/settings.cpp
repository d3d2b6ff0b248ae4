#include "settings.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>

#include "../../autograd/variable.h"
#include "../../core/error.h"
#include "../../core/listed.h"
#include "../../nn/adapters/adapter.h"
#include "../../nn/data/records/record.h"
#include "../../nn/io/file.h"
#include "../../nn/io/json_fields.h"
#include "../../nn/io/json_file.h"
#include "../../nn/train/trainer.h"
#include "../../ops/creation.h"
#include "../common/options.h"
#include "wording.h"

namespace adora::finetune {

using programs::above;
using programs::at_least;
using programs::from_below;
using programs::Options;

const std::vector<std::string>& all_methods() {
  static const std::vector<std::string> methods = [] {
    std::vector<std::string> names = adapter_kinds();
    names.insert(names.begin(), "full");
    for (const char* quantized : {"qlora", "qdora"}) names.push_back(quantized);
    return names;
  }();
  return methods;
}

std::string without_quantizing(const std::string& method) {
  return method == "qlora" || method == "qdora" ? method.substr(1) : method;
}

std::optional<QuantizedFormat> quantization(const Settings& settings, const std::string& method) {
  if (settings.quantize != "none") return quantized_format(settings.quantize);
  return method == without_quantizing(method) ? std::nullopt : std::optional(QuantizedFormat::nf4);
}

namespace {

/// Null of full fine-tuning.
const AdapterKind* kind_of(const std::string& method) { return find_adapter_kind(without_quantizing(method)); }

}  // namespace

bool has_rank(const std::string& method) { return kind_of(method) && kind_of(method)->has_rank(); }
bool has_alpha(const std::string& method) { return kind_of(method) && kind_of(method)->has_alpha(); }
bool has_bias(const std::string& method) { return kind_of(method) && kind_of(method)->has_bias(); }
bool has_magnitude(const std::string& method) { return kind_of(method) && kind_of(method)->has_magnitude(); }

namespace {

// "adam (beta1, beta2), sgd (momentum)": what each of these takes.
std::string every_option(const std::vector<std::string>& names,
                         const std::function<std::vector<std::string>(const std::string&)>& options) {
  const std::set<std::string> have_their_own = {"lr", "weight_decay", "beta1", "beta2", "eps"};
  std::vector<std::string> all;
  for (const std::string& name : names) {
    std::vector<std::string> listed;
    for (const std::string& option : options(name))
      if (!have_their_own.contains(option)) listed.push_back(option);
    if (!listed.empty()) all.push_back(fmt::format("{} ({})", name, programs::join(listed, ", ")));
  }
  return programs::join(all, ", ");
}

void add_model_and_data(Options& options, Settings& s) {
  options.section("Model and data");
  options.text("--model", s.model, "DIR|FILE|tiny",
               "a Hugging Face folder, a GGUF file, or the built-in pre-trained tiny transformer");
  options.text("--data", s.data, "PATH",
               "what to train on: .json, a list of records, or .jsonl, one a line, each one of " +
                   programs::join(record_shapes(), ", ") +
                   "; .txt, one document a line, empty lines left out (default: the eight built-in tasks)");
  options.text("--eval", s.eval, "PATH",
               "questions to measure accuracy on: a file of {instruction, input, output, answer}, or a folder of "
               "TASK/test.json "
               "(default: with the built-in tasks their test questions, otherwise none)");
  options.text(
      "--eval-data", s.eval_data, "PATH",
      "documents as --data takes them that are not trained on: their mean loss, in nats a token, and perplexity "
      "are measured now and then and at the end, in log.jsonl and the reports");
  options.integer("--eval-every", s.eval_every, {.low = 1, .high = 1e12},
                  "steps between two of these evaluations (default: an epoch's)");
  options.flag("--keep-best", s.keep_best, "save the parameters of the best of these evaluations, not the last ones");
  options.integer("--patience", s.patience, {.low = 0, .high = 1e12},
                  "end after so many of these evaluations in turn that were no better than the best; 0: never");
  options.text("--prompt-template", s.prompt_template, "FILE|chat",
               "another prompt, with {instruction} and {input} in it, which the response follows; a .json file with "
               "prompt_input and prompt_no_input has one for either sort of records; chat: the model's chat template");
  options.text("--chat-template", s.chat_template, "FILE",
               "another chat template than the model's own, as chat_template.jinja in its folder would be");
  options.list("--ignore-keys", s.ignore_keys, "KEY[,KEY...]",
               "keys of records that are not looked at; any other that is not known is an error");
  options.integer("--cutoff-len", s.cutoff_len, {.low = 2, .high = 1 << 20}, "the most tokens of a document");
  options.boolean(
      "--train-on-inputs", s.train_on_inputs,
      "whether the prompt's own tokens count in the loss; of a chat, what is not the assistant's (default: true "
      "for instructions, false for chats and completions)");
  options.flag("--no-shuffle", s.no_shuffle, "take the documents in file order, from the top again when they run out");
  options.flag("--group-by-length", s.group_by_length,
               "put documents of like lengths into one batch, so that less is padded, and shuffle the batches");
  options.flag("--packing", s.packing,
               "compute the documents of a batch one after the other in one row, so that nothing is padded; none sees "
               "another, and the gradient is the same");
}

void add_method(Options& options, Settings& s) {
  options.section("Method");
  options.list("--method", s.methods, "M[,M...]",
               "full, or the kind of adapter to train: " + programs::join(adapter_kinds(), ", ") +
                   "; qlora and qdora, which are lora and dora with --quantize nf4; with several, each is run in turn");
  options.integer("--rank", s.rank, {.low = 1, .high = 65536}, "the rank of the low-rank matrices");
  options.number("--alpha", s.alpha, above(0), "their product is scaled by alpha over rank");
  options.flag("--rslora", s.rslora, "scale by alpha over the square root of the rank (rsLoRA)");
  options.number("--lora-plus", s.lora_plus, above(0), "how many times as fast the matrices B learn as A (LoRA+)");
  options.choice("--norm-gradient", s.norm_gradient, {"detached", "full"},
                 "whether DoRA's gradient takes the weight's norm for a constant (the paper's section 4.3) or goes "
                 "through it");
  options.choice("--quantize", s.quantize, {"none", "nf4", "int8"},
                 "keep the frozen weights of all linear layers but the output layer in 4 bits each (NF4, with double "
                 "quantization) or in 8; not with full");
  options.number("--dropout", s.dropout, from_below(0, 1), "on the adapters' input while training");
  options.list("--target-modules", s.target_modules, "NAME[,NAME...]",
               "the layers that get an adapter; all-linear: every linear layer but the output layer");
  options.list("--magnitude-modules", s.magnitude_modules, "NAME[,NAME...]",
               "layers whose magnitude alone is trained, beside the others of dora and dvora; with the method "
               "magnitude instead of --target-modules");
  options.list("--exclude-modules", s.exclude_modules, "NAME[,NAME...]",
               "layers that get none, whatever --target-modules says");
  options.integers("--layers-to-transform", s.layers_to_transform, {.low = 0, .high = 1e6},
                   "the numbers of the blocks whose layers get an adapter (default: all)");
  options.list("--rank-pattern", s.rank_pattern, "NAME=R[,NAME=R...]",
               "another rank for layers whose name ends so; of several that fit the first counts");
  options.list("--alpha-pattern", s.alpha_pattern, "NAME=A[,NAME=A...]", "another alpha, in the same way");
  options.text(
      "--init", s.init, "WORD",
      "what A and B begin with: true (A random, B 0), gaussian, pissa or olora (parts of the weight, which are "
      "taken off it), or false (both random); for lora and dora");
  options.list("--modules-to-save", s.modules_to_save, "NAME[,NAME...]",
               "modules that are trained as a whole and saved beside the adapter: lm_head, embed_tokens, norm");
  options.choice("--bias", s.bias, {"none", "all", "lora_only"},
                 "which of the model's biases are trained as well: all, or those of the layers with an adapter");
  options.flag("--lora-bias", s.lora_bias, "give each of LoRA's products a trained bias; for lora");
  options.text("--adapter", s.adapter, "DIR",
               "start from this PEFT adapter; its config gives method, rank, alpha and targets");
}

void add_training(Options& options, Settings& s) {
  options.section("Training");
  options.number("--lr", s.lr, at_least(0), "the highest learning rate");
  options.choice("--scheduler", s.scheduler, schedule_names(), "how it goes on after the warm-up");
  options.list("--scheduler-options", s.scheduler_options, "NAME=X[,NAME=X...]",
               "options of the schedule: " + every_option(schedule_names(), schedule_options));
  options.number("--min-lr-ratio", s.min_lr_ratio, {.low = 0, .high = 1},
                 "the lowest learning rate over the highest, for schedules with an option `least`");
  options.integer("--warmup-steps", s.warmup_steps, at_least(0),
                  "steps over which it rises from 0 (default: 100, but no more than a tenth of all, rounded up)");
  options.number("--warmup-ratio", s.warmup_ratio, {.low = 0, .high = 1},
                 "the same as a share of all steps, rounded up");
  options.integer("--batch-size", s.batch_size, {.low = 1, .high = 1 << 20}, "documents a step");
  options.integer("--micro-batch-size", s.micro_batch_size, {.low = 1, .high = 1 << 20},
                  "documents at a time; the gradient of a step stays the same (default: the batch size)");
  options.integer("--epochs", s.epochs, {.low = 1, .high = 1e6}, "how often every document is seen");
  options.integer("--max-steps", s.max_steps, {.low = 0, .high = 1e12},
                  "train this many steps, whatever the epochs; 0 only evaluates (default: as the epochs say)");
  options.choice("--optimizer", s.optimizer, optimizer_names(), "what takes the steps");
  options.list("--optimizer-options", s.optimizer_options, "NAME=X[,NAME=X...]",
               "further options of the optimizer, 1 and 0 for yes and no: " +
                   every_option(optimizer_names(), optimizer_options));
  options.number("--weight-decay", s.weight_decay, at_least(0),
                 "the optimizer's; biases and norms don't decay, as in Hugging Face's Trainer");
  options.number("--beta1", s.beta1, from_below(0, 1), "AdamW's decay of the mean; of others that have it, if given");
  options.number("--beta2", s.beta2, from_below(0, 1), "and of the mean square");
  options.number("--eps", s.eps, above(0), "and its epsilon");
  options.number("--clip-grad-norm", s.clip_grad_norm, above(0),
                 "the largest norm of the gradient; Hugging Face's Trainer has 1");
  options.flag(
      "--gradient-checkpointing", s.gradient_checkpointing,
      "compute each block again in the backward pass rather than keep what it made: less memory, more time, the "
      "same numbers");
  options.flag("--watch-patterns", s.watch_patterns,
               "note at some steps how far each adapted weight has moved, in magnitude and in direction (the paper's "
               "section 3.2), in log.jsonl and report.html");
  options.integer("--seed", s.seed, at_least(0), "for initial weights, dropout and the order of documents");
}

void add_machine(Options& options, Settings& s, std::map<std::string, bool>& logs) {
  options.section("Machine and output");
  s.machine.add_options(options);
  options.flag("--cuda-graphs", s.cuda_graphs,
               "with --device cuda, record each batch shape's passes and replay them: the same numbers, sooner where "
               "the model is small");
  options.text("--output", s.output, "DIR",
               "where report.json, report.html, log.jsonl and the PEFT adapter go (the whole model with full); "
               "with several methods, log and adapter go to DIR/METHOD");
  for (const RunLogKind& kind : run_log_kinds())
    if (kind.file != log_file)
      options.flag("--" + kind.name, logs[kind.name], kind.help + ", " + kind.file + ", beside log.jsonl");
  options.flag("--overwrite", s.overwrite, programs::overwrite_help);
  options.text("--resume", s.resume, "DIR",
               "go on from the last checkpoint in DIR, the --output of another run: its options hold where no others "
               "are given, and DIR is the output where no --output is. The documents and the model must be the same; "
               "another --seed or --batch-size changes the documents' order from there on. A run that is asked to stop "
               "(Ctrl-C, SIGTERM) ends its step and leaves a checkpoint; asked twice it ends at once");
}

bool any_method(const Settings& s, bool (*has)(const std::string&)) {
  return std::any_of(s.methods.begin(), s.methods.end(), has);
}

bool adapts(const std::string& method) { return method != "full"; }

// "name=1.5", the name and the number.
std::pair<std::string, double> named_number(const char* option, const std::string& text) {
  const std::size_t equals = text.find('=');
  check(equals != text.npos && equals > 0, "{} {}: expected a name and a number, NAME=X", option, shortened(text));
  const char *begin = text.data() + equals + 1, *end = text.data() + text.size();
  double value = 0;
  const auto [read, error] = std::from_chars(begin, end, value);
  check(error == std::errc() && read == end && std::isfinite(value), "{} {}: expected a number after the =", option,
        shortened(text));
  return {text.substr(0, equals), value};
}

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

// "--name=value", the paths in it absolute, so that it means the same in another folder.
std::string argument(const std::string& name, const std::string& value) {
  if (value.empty()) return name;
  const bool path = name == "--data" || name == "--eval" || name == "--eval-data" || name == "--chat-template" ||
                    name == "--adapter" || (name == "--prompt-template" && value != chat_prompt) ||
                    (name == "--model" && value != "tiny");
  if (!path) return name + "=" + value;
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(value, error).string();
  check(!error, "{} {}: where it lies can't be told: {}", name, value, error.message());
  return name + "=" + absolute;
}

// Options that say where a run's files go, and are not kept with them.
bool names_output(const std::string& name) { return name == "--output" || name == "--overwrite" || name == "--resume"; }

// The command line of the run in `folder`, with what `options` were given in place of its own.
std::vector<std::string> resumed_arguments(const std::string& folder, const Options& options) {
  check(is_folder(folder), "--resume {}: there is no such folder", folder);
  check(file_exists(folder + "/" + options_file), "--resume {}: is not the output of a run: it has no {}", folder,
        options_file);
  std::vector<std::string> result;
  // The run's methods; an adapter's configuration has said them where none were given.
  const std::vector<std::string> kept_arguments = read_arguments(folder);
  const bool followed = std::any_of(kept_arguments.begin(), kept_arguments.end(),
                                    [](const std::string& kept) { return kept.starts_with("--adapter="); });
  std::string methods = followed ? "" : "dora";
  for (const std::string& kept : kept_arguments) {
    const std::string name = kept.substr(0, kept.find('='));
    if (name == "--method") methods = kept.substr(kept.find('=') + 1);
    if (!options.given(name)) result.push_back(kept);
  }
  for (const auto& [name, value] : options.given()) {
    check(name != "--method" || methods.empty() || value == methods, "--resume {}: is a run of --method {}, not {}",
          folder, methods, value);
    result.push_back(value.empty() ? name : name + "=" + value);
  }
  return result;
}

}  // namespace

std::vector<std::pair<std::string, double>> read_pattern(const std::string& option,
                                                         const std::vector<std::string>& entries) {
  std::vector<std::pair<std::string, double>> pattern;
  const bool rank = option == "--rank-pattern";
  for (const std::string& entry : entries) {
    const std::size_t at = entry.rfind('=');
    double value = 0;
    if (at != entry.npos) {
      const char *begin = entry.data() + at + 1, *end = entry.data() + entry.size();
      const auto [rest, error] = std::from_chars(begin, end, value);
      if (error != std::errc() || rest != end) value = 0;
    }
    const bool right =
        at != entry.npos && at > 0 && value > 0 && value <= 65536 && (!rank || value == std::floor(value));
    check(right, "{} {}: expected NAME={} with {}", option, shortened(entry), rank ? "R" : "A",
          rank ? "a whole number from 1 to 65536" : "a number above 0 and not above 65536");
    pattern.emplace_back(entry.substr(0, at), value);
  }
  return pattern;
}

void check_methods(const Settings& s) {
  const std::string methods = programs::join(s.methods, ",");
  for (const auto& method : s.methods)
    check(std::find(all_methods().begin(), all_methods().end(), method) != all_methods().end(),
          "--method {}: expected one of {}", shortened(method), programs::join(all_methods(), ", "));
  check(s.magnitude_modules.empty() || any_method(s, has_magnitude),
        "--magnitude-modules: means nothing to --method {}", methods);
  if (!any_method(s, has_rank))
    check(!s.given.contains("--magnitude-modules") || !s.given.contains("--target-modules"),
          "--magnitude-modules: takes the place of --target-modules with --method magnitude; give one of them");
  if (any_method(s, [](const std::string& m) { return has_rank(m) && has_magnitude(m); }))
    for (const auto& name : s.magnitude_modules)
      check(std::find(s.target_modules.begin(), s.target_modules.end(), name) == s.target_modules.end(),
            "--magnitude-modules {}: is one of --target-modules too, and has its magnitude trained there",
            shortened(name));
}

OptimizerSettings optimizer_settings(const Settings& s) {
  OptimizerSettings settings{{"lr", s.lr}};
  const std::vector<std::string> known = optimizer_options(s.optimizer);
  auto has = [&](const std::string& name) { return std::find(known.begin(), known.end(), name) != known.end(); };
  for (const std::string& one : s.optimizer_options) {
    const auto [name, value] = named_number("--optimizer-options", one);
    check(has(name), "--optimizer-options {}: {} has no such option; it has {}", shortened(one), s.optimizer,
          programs::join(known, ", "));
    check(settings.emplace(name, value).second, "--optimizer-options {}: is given twice, or by --lr", shortened(one));
  }
  // The defaults of these are AdamW's; another optimizer has defaults of its own.
  const std::tuple<const char*, const char*, double> own[] = {{"--weight-decay", "weight_decay", s.weight_decay},
                                                              {"--beta1", "beta1", s.beta1},
                                                              {"--beta2", "beta2", s.beta2},
                                                              {"--eps", "eps", s.eps}};
  for (const auto& [option, name, value] : own) {
    const bool given = s.given.contains(option);
    check(!given || has(name), "{}: {} has no such option", option, s.optimizer);
    check(!given || !settings.contains(name), "{}: is among --optimizer-options too", option);
    if (given || (has(name) && std::string_view(name) == "weight_decay")) settings.emplace(name, value);
  }
  return settings;
}

ScheduleSettings schedule_settings(const Settings& s) {
  ScheduleSettings settings;
  for (const std::string& one : s.scheduler_options) {
    const auto [name, value] = named_number("--scheduler-options", one);
    settings[name].push_back(value);
  }
  if (!s.min_lr_ratio) return settings;
  std::vector<std::string> with;
  for (const std::string& name : schedule_names()) {
    const auto options = schedule_options(name);
    if (std::find(options.begin(), options.end(), "least") != options.end()) with.push_back(name);
  }
  check(std::find(with.begin(), with.end(), s.scheduler) != with.end(),
        "--min-lr-ratio: --scheduler {} has no lowest rate; {} have", s.scheduler, programs::join(with, ", "));
  check(!settings.contains("least"), "--min-lr-ratio: says the same as --scheduler-options least=…; give one of them");
  settings["least"] = {*s.min_lr_ratio};
  return settings;
}

std::int64_t warmup_of(const Settings& s, std::int64_t steps) {
  constexpr std::int64_t usual = 100;
  if (s.warmup_steps) return *s.warmup_steps;
  // Without what the product's rounding adds: 0.07 of 100 steps are 7.
  if (s.warmup_ratio) return static_cast<std::int64_t>(std::ceil(*s.warmup_ratio * static_cast<double>(steps) - 1e-9));
  return std::min(usual, (steps + 9) / 10);
}

std::string unused_options(const Settings& s) {
  auto has_norm = [](const std::string& m) { return has_rank(m) && has_magnitude(m); };
  const std::pair<const char*, bool (*)(const std::string&)> uses[] = {{"--rank", has_rank},
                                                                       {"--dropout", has_rank},
                                                                       {"--alpha", has_alpha},
                                                                       {"--rslora", has_alpha},
                                                                       {"--lora-plus", has_alpha},
                                                                       {"--norm-gradient", has_norm},
                                                                       {"--target-modules", adapts},
                                                                       {"--exclude-modules", adapts},
                                                                       {"--layers-to-transform", adapts},
                                                                       {"--rank-pattern", has_alpha},
                                                                       {"--alpha-pattern", has_alpha},
                                                                       {"--init", has_alpha},
                                                                       {"--modules-to-save", adapts},
                                                                       {"--bias", adapts},
                                                                       {"--lora-bias", has_bias}};
  std::string unused;
  for (const auto& [name, use] : uses)
    if (s.given.contains(name) && !any_method(s, use)) unused += (unused.empty() ? "" : ", ") + std::string(name);
  return unused.empty()
             ? ""
             : fmt::format("note: without a use for --method {}: {}", programs::join(s.methods, ","), unused);
}

std::optional<Settings> parse_settings(const std::vector<std::string>& arguments) {
  Settings settings;
  Options options("finetune", "fine-tunes a language model: the whole of it, or an adapter");
  add_model_and_data(options, settings);
  add_method(options, settings);
  add_training(options, settings);
  std::map<std::string, bool> logs;
  add_machine(options, settings, logs);
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
    if (!names_output(name)) settings.arguments.push_back(argument(name, value));
  }
  for (const auto& [kind, wanted] : logs)
    if (wanted) settings.logs.push_back(kind);
  check_together(settings);
  return settings;
}

std::vector<std::string> read_arguments(const std::string& folder) {
  const std::string file = folder + "/" + options_file;
  const Json json = read_json_file(file, 1 << 20);
  JsonFields fields(json, file);
  check(fields.has("arguments"), "{}: arguments must be a list of options, and it is missing", file);
  const std::vector<std::string> arguments = fields.strings("arguments");
  if (const auto unknown = fields.unread(); !unknown.empty()) fail("{}: {} is not known", file, listed(unknown));
  for (const std::string& argument : arguments) {
    const std::string name = argument.substr(0, argument.find('='));
    check(argument.starts_with("--") && name != "--help" && name != "--config" && !names_output(name),
          "{}: arguments: \"{}\" is no option of a run that can be gone on with", file, shortened(argument));
  }
  try {
    parse_settings(arguments);
  } catch (const Error& error) {
    fail("{}: arguments: {}", file, error.what());
  }
  return arguments;
}

void write_arguments(const std::string& folder, const Settings& settings) {
  write_json_file(folder + "/" + options_file,
                  Json::Object{{"arguments", Json::Array(settings.arguments.begin(), settings.arguments.end())}});
}

}  // namespace adora::finetune
