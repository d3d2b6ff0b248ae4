#include "run.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "../../autograd/variable.h"
#include "../../core/allocator.h"
#include "../../nn/adapters/model_adapters.h"
#include "../../nn/adapters/peft_config.h"
#include "../../nn/adapters/peft_folder.h"
#include "../../nn/finite.h"
#include "../../nn/io/file.h"
#include "../../nn/layers/quantize.h"
#include "../../nn/train/document_loss.h"
#include "../../nn/train/evaluation.h"
#include "../../nn/train/fingerprint.h"
#include "../common/interruption.h"
#include "../report/json_values.h"
#include "../tiny_model/tiny_model.h"
#include "adapters.h"
#include "end_note.h"
#include "fine_tuning.h"
#include "kept_arguments.h"
#include "method_options.h"
#include "methods.h"
#include "output_folder.h"
#include "pattern_watch.h"
#include "update_settings.h"
#include "wording.h"

namespace adora::finetune {

namespace {

// Returns read()'s result; its errors get the option that asked for it in front.
template <class F> auto of_option(const char* option, F&& read) {
  try {
    return read();
  } catch (const Error& error) {
    fail("{} {}", option, error.what());
  }
}

// Of an evaluation: e to the loss, where that is a number.
void add_perplexity(StepRecord& step, const std::string& label) {
  const std::optional<double> loss = number_of(step, "eval_loss");
  if (!loss) return;
  const double perplexity = std::exp(*loss);
  if (std::isfinite(perplexity)) step.more["eval_perplexity"] = perplexity;
  print_above_progress(
      fmt::format("{}: step {}: eval loss {:.4f}, perplexity {:.4g}", printable(label), step.step, *loss, perplexity));
}

// The loss of the held-out documents with the parameters that are saved, those that the model has now.
void report_evaluation(MethodReport& report, const Settings& settings, CausalLm& model, const TrainingData& data,
                       const Trainer& trainer) {
  if (data.held_out.empty()) return;
  report.eval_step = trainer.done();
  if (settings.keep_best && trainer.best()) {
    report.eval_loss = trainer.best()->value;
    report.eval_step = trainer.best()->step;
    return;
  }
  if (!trainer.records().empty()) report.eval_loss = number_of(trainer.records().back(), "eval_loss");
  if (!report.eval_loss) {
    report.eval_loss = document_loss(model, data.held_out, settings.micro_batch_size.value_or(settings.batch_size));
    StepRecord now{.step = trainer.done(), .more = {{"eval_loss", *report.eval_loss}}};
    add_perplexity(now, report.label);
  }
}

// Trains to the end, or until the process is asked to stop.
void train(Trainer& trainer, const programs::Interruption& interruption, const std::string& output) {
  try {
    trainer.run();
  } catch (const NotFinite& problem) {
    fail("{}, and nothing of it was saved; --resume {} with a lower --lr, or a lower --clip-grad-norm, {}",
         problem.what(), output,
         trainer.saved() > 0 ? fmt::format("goes on after step {}", trainer.saved()) : "begins anew");
  }
  interruption.check(fmt::format("stopped after step {}; --resume {} goes on", trainer.saved(), output));
}

// The properties in which a checkpoint and the run that goes on from it must agree; the model's too where there is one.
std::vector<RunProperty> properties_of_run(const Settings& settings, const std::string& method,
                                           const TrainingData& data, const CausalLm* model) {
  std::vector<RunProperty> properties{
      {"method", method, "it is of another --method"},
      {"optimizer", settings.optimizer, "--optimizer has changed"},
      {"documents", std::to_string(data.documents.size()), "--data has another number of them"},
      {"data", fingerprint(data.documents),
       "--data, or what makes tokens of it (the tokenizer, --prompt-template, --cutoff-len, --train-on-inputs), has "
       "changed"},
      {"eval_data", data.held_out.empty() ? "none" : fingerprint(data.held_out),
       "--eval-data, or what makes tokens of it, has changed"}};
  if (model)
    properties.push_back({"model", fingerprint(*model),
                          "the weights or the configuration of --model, --dtype or --quantize have changed"});
  return properties;
}

// Encodes every question, so that one the tokenizer cannot take is an error before any training.
void check_questions(const TrainingData& data, const Tokenizer& tokenizer) {
  for (const EvaluationTask& task : data.tasks)
    for (const InstructionRecord& question : task.questions) try {
        tokens_of(data.wording.prompt(question), tokenizer);
      } catch (const Error& error) {
        fail("{}: {}: {}", task.path.empty() ? task.name : task.path, question.place, error.what());
      }
}

Report run_methods(const Settings& settings, const ModelSource& source, const TrainingData& data) {
  Report report;
  report.title = "Fine-tuning " + source.name();
  report.subject = fmt::format("{} documents, batches of {}, learning rate {}, seed {}", data.documents.size(),
                               settings.batch_size, settings.lr, settings.seed);
  report.chance = data.chance;
  for (const std::string& method : settings.methods) {
    const std::string folder = folder_of(settings.output, settings, method);
    std::optional<OutputFolder> own;
    if (folder != settings.output) own.emplace(folder);
    report.runs.push_back(run_method(settings, method, source, data, folder));
    // After each, so that what is done is not lost with what comes later.
    write_report(settings.output, report);
  }
  return report;
}

}  // namespace

TrainingData prepare(const Settings& settings, const ModelSource& source, const tiny_world::Recipe& recipe) {
  TrainingData data;
  data.wording = wording_of(settings.prompt_template, settings.chat_template, source);
  const RecordOptions options{.ignore_keys = {settings.ignore_keys.begin(), settings.ignore_keys.end()}};
  Records records;
  if (settings.data.empty()) {
    BuiltInTasks tasks = built_in_tasks(recipe);
    records = records_of(tasks.train);
    data.tasks = std::move(tasks.test);
    data.chance = std::move(tasks.chance);
  } else {
    check(file_exists(settings.data), "--data {}: there is no such file", settings.data);
    records = read_records(settings.data, options);
  }
  if (!settings.eval.empty()) {
    data.tasks = of_option("--eval", [&] { return read_tasks(settings.eval, options); });
    data.chance.clear();
  }
  auto documents_of = [&](const Records& those, const std::string& from) {
    Documents documents = make_documents(those, source.tokenizer(), data.wording,
                                         {.cutoff_len = static_cast<std::size_t>(settings.cutoff_len),
                                          .train_on_inputs = settings.train_on_inputs,
                                          .source = from.empty() ? "the built-in tasks" : from});
    if (documents.left_out > 0)
      data.notes.push_back(
          fmt::format("note: {} of {} documents have no token to predict within --cutoff-len {} and are left out",
                      documents.left_out, those.size(), settings.cutoff_len));
    check(!documents.list.empty(), "--cutoff-len {}: no document has a token to predict within so few",
          settings.cutoff_len);
    return std::move(documents.list);
  };
  data.documents = documents_of(records, settings.data);
  if (!settings.eval_data.empty()) {
    check(file_exists(settings.eval_data), "--eval-data {}: there is no such file", settings.eval_data);
    data.held_out = documents_of(read_records(settings.eval_data, options), settings.eval_data);
  }
  if (data.wording.empty_inputs() > 0)
    data.notes.push_back(
        fmt::format("note: {} exercises have no input, and the prompt's place for one is left empty; a .json file with "
                    "prompt_input and prompt_no_input has a prompt for either sort",
                    data.wording.empty_inputs()));
  check_questions(data, source.tokenizer());
  return data;
}

MethodReport run_method(const Settings& settings, const std::string& method, const ModelSource& source,
                        const TrainingData& data, const std::string& folder) {
  MethodReport report;
  report.method = method;
  report.rank = has_rank(method) ? settings.rank : 0;
  const std::optional<QuantizedFormat> format = quantization(settings, method);
  report.label = settings.label.empty() ? method_label(method, report.rank, format.has_value()) : settings.label;
  if (format) report.quantized = name(*format);
  report.seed = settings.seed;

  const std::unique_ptr<CausalLm> model = source.load(settings.machine.weights());
  if (format) {
    quantize_linears(*model, *format);
    allocator(model->device()).drop_cache();  // what held the numbers
  }
  reset_peak_memory(model->device());
  if (method != "full") {
    const AdapterOptions options{.seed = static_cast<std::uint64_t>(settings.seed),
                                 .magnitude = {.detach_norm = settings.norm_gradient == "detached"}};
    const AdapterConfig config = adapter_config(settings, method, source.name());
    if (settings.adapter.empty()) {
      add_adapter(*model, config, "default", options);
    } else {
      load_adapter(*model, settings.adapter, "default", options);
      adapter(*model).config.dropout = config.dropout;
    }
  }
  report.total_parameters = count_parameters(*model);
  for (const NamedTensor& one : model->trainable_parameters()) report.trainable_parameters += one.tensor.numel();

  // From here on a signal lets what is under way come to its end.
  const programs::Interruption interruption;
  auto stop_if_asked = [&] { interruption.check(fmt::format("stopped; --resume {} goes on", settings.output)); };
  model->train();
  {
    Generator* dropout = method == "full" ? nullptr : &adapter(*model).dropout_generator;
    std::optional<PatternWatch> watch;
    if (settings.watch_patterns) watch.emplace(*model, method, settings.target_modules);
    TrainerOptions options;
    options.folder = folder;
    options.title = report.label;
    options.run_properties = properties_of_run(settings, method, data, &*model);
    options.stop = [&] { return interruption.asked(); };
    if (!data.held_out.empty())
      options.evaluate = [&] {
        return document_loss(*model, data.held_out, settings.micro_batch_size.value_or(settings.batch_size));
      };
    FineTuning training(*model, data.documents, settings, dropout, options);
    Trainer& trainer = training.trainer();
    trainer.set_after_step([&](StepRecord& step) {
      add_perplexity(step, report.label);
      if (watch && PatternWatch::watches(step.step, trainer.steps())) step.more["changes"] = json_of(watch->changes());
    });
    if (!settings.resume.empty()) trainer.resume(folder_of(settings.resume, settings, method));
    // Only now: a run that can't begin or go on leaves the other's files as they are.
    const bool first = method == settings.methods.front();
    if (first && !goes_on_in_place(settings)) {
      remove_earlier_run(settings);
      take_over_checkpoints(settings);
    }
    if (first)
      for (const std::string& note : data.notes) fmt::print(stderr, "{}\n", note);
    write_arguments(settings.output, settings);
    train(trainer, interruption, settings.output);
    report.steps = trainer.records();
    for (const StepRecord& step : report.steps) report.seconds += step.seconds;
    if (trainer.done() < trainer.steps())
      fmt::print(stderr, "note: ended after step {} of {}: {} evaluations were no better than that after step {}\n",
                 trainer.done(), trainer.steps(), settings.patience, trainer.best()->step);
    report_evaluation(report, settings, *model, data, trainer);
  }
  report.peak_memory_bytes = static_cast<std::int64_t>(memory_stats(model->device()).peak);
  for (const NamedTensor& one : model->trainable_parameters()) clear_grad(one.tensor);

  if (method == "full") source.save(*model, folder, reports_in(settings.output));
  else {
    save_adapter(*model, folder, "default", reports_in(settings.output));
    if (!is_known_to_peft(adapter(*model).config))
      fmt::print(stderr, "note: PEFT has no such {} and can't load {}; generate and merge here do\n", method,
                 printable(folder));
  }
  stop_if_asked();
  if (!data.tasks.empty()) {
    // Folded in, adapters cost nothing; in a half type or fewer bits their small changes would be lost in rounding.
    if (method != "full" && !format && settings.machine.weights().dtype == float32) merge_adapters(*model);
    report.accuracy =
        evaluate(*model, source.tokenizer(), data.wording, data.tasks, report.label + " answers", stop_if_asked);
  }
  return report;
}

void run(const Settings& asked) {
  Settings settings = asked;
  settings.machine.apply();
  follow_adapter(settings);
  check_output(settings);
  const std::unique_ptr<ModelSource> source = open_model(settings.model);
  TrainingData data = prepare(settings, *source);
  // Before any long work.
  for (const std::string& method : settings.methods) {
    adapt_shapes(settings, method, *source->shapes(), source->name());
    if (!settings.resume.empty())
      check_run_properties(folder_of(settings.resume, settings, method),
                           properties_of_run(settings, method, data, nullptr));
  }
  if (const std::string note = unused_options(settings); !note.empty()) data.notes.push_back(note);
  const std::int64_t steps = steps_of(settings, data.documents.size()), warmup = warmup_of(settings, steps);
  if (!settings.warmup_steps && !settings.warmup_ratio && steps > 0 && warmup < 100)
    data.notes.push_back(
        fmt::format("note: the warm-up takes {} of the {} steps, a tenth, and not 100; --warmup-steps says otherwise",
                    warmup, steps));
  std::size_t longest = 0;
  for (const Document& document : data.documents) longest = std::max(longest, document.tokens.size());
  if (const auto limit = source->config().max_position_embeddings; static_cast<std::int64_t>(longest) > limit)
    data.notes.push_back(
        fmt::format("note: the longest document has {} tokens; the model was made for {} (max_position_embeddings)",
                    longest, limit));
  if (const std::string note = end_note(*source); !note.empty()) data.notes.push_back(note);
  const OutputFolder output(settings.output);

  const Report report = run_methods(settings, *source, data);
  fmt::print("{}\n{}/report.html shows the loss curves\n", report_table(report), printable(settings.output));
}

}  // namespace adora::finetune
