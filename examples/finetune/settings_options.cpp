#include "settings_options.h"

#include <fmt/core.h>

#include <functional>
#include <set>

#include "../../nn/adapters/adapter.h"
#include "../../nn/data/records/record.h"
#include "../../nn/optim/optimizer_registry.h"
#include "../../nn/optim/schedule.h"
#include "../../nn/train/trainer.h"
#include "methods.h"

namespace adora::finetune {

using programs::above;
using programs::at_least;
using programs::from_below;
using programs::Options;

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

}  // namespace

void add_options(Options& options, Settings& settings, std::map<std::string, bool>& logs) {
  add_model_and_data(options, settings);
  add_method(options, settings);
  add_training(options, settings);
  add_machine(options, settings, logs);
}

}  // namespace adora::finetune
