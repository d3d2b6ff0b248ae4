#include "run.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>

#include "../../autograd/variable.h"
#include "../../core/allocator.h"
#include "../../nn/adapters/model_adapters.h"
#include "../../nn/adapters/peft_folder.h"
#include "../../nn/finite.h"
#include "../../nn/io/file.h"
#include "../../nn/layers/quantize.h"
#include "../common/interruption.h"
#include "../common/progress.h"
#include "adapters.h"
#include "evaluation.h"
#include "fingerprint.h"
#include "output_folder.h"
#include "pattern_watch.h"
#include "run_state.h"
#include "step_log.h"
#include "tiny_model.h"
#include "training.h"

namespace adora::finetune {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Steps and their log, with a checkpoint whenever those so far have cost less than a fiftieth of the time, at the end
// and where the process is asked to stop.
void train(Training& training, CausalLm& model, const PatternWatch* watch, const RunIdentity& identity,
           const programs::Interruption& interruption, const std::string& folder, const std::string& output,
           MethodReport& report) {
  StepLog log(folder + "/" + log_file, report.steps);
  programs::Progress progress(report.label, training.total_steps(), training.done());
  const auto start = Clock::now();
  double writing = 0, shown = 0;
  std::int64_t saved = training.done();
  while (training.done() < training.total_steps()) try {
      StepRecord step = training.step();
      if (watch && PatternWatch::watches(step.step, training.total_steps())) step.changes = watch->changes();
      report.steps.push_back(step);
      log.add(step);
      report.seconds += step.seconds;
      shown = report.steps.size() == 1 ? step.loss : 0.95 * shown + 0.05 * step.loss;
      progress.update(step.step, fmt::format("loss {:.3f}", shown));
      const bool last = step.step == training.total_steps() || interruption.asked();
      if (last || 50 * writing <= seconds_since(start)) {
        const auto before = Clock::now();
        log.flush();
        write_run_state(folder, model, training, identity);
        saved = step.step;
        writing += seconds_since(before);
      }
      if (last) interruption.check(fmt::format("stopped after step {}; --resume {} goes on", saved, output));
    } catch (const NotFinite& problem) {
      fail("{}, and nothing of it was saved; --resume {} with a lower --lr, or a lower --clip-grad-norm, {}",
           problem.what(), output, saved > 0 ? fmt::format("goes on after step {}", saved) : "begins anew");
    }
  progress.finish(report.steps.empty() ? "" : fmt::format("loss {:.3f}", report.steps.back().loss));
}

// What the tokenizer cannot take shows before any training.
void check_questions(const Exercises& exercises, const Tokenizer& tokenizer) {
  for (const Task& task : exercises.tasks)
    for (const Record& question : task.questions) try {
        tokenizer.encode(exercises.prompt.prompt(question));
      } catch (const Error& error) {
        fail("{}: {}: {}", task.path.empty() ? task.name : task.path, question.place, error.what());
      }
}

Report run_methods(const Settings& settings, const ModelSource& source, const Exercises& exercises) {
  Report report;
  report.title = "Fine-tuning " + source.name();
  report.subject = fmt::format("{} documents, batches of {}, learning rate {}, seed {}", exercises.documents.size(),
                               settings.batch_size, settings.lr, settings.seed);
  report.chance = exercises.chance;
  for (const std::string& method : settings.methods) {
    const std::string folder = folder_of(settings.output, settings, method);
    std::optional<OutputFolder> own;
    if (folder != settings.output) own.emplace(folder);
    report.runs.push_back(run_method(settings, method, source, exercises, folder));
    // After each, so that what is done is not lost with what comes later.
    write_report(settings.output, report);
  }
  return report;
}

}  // namespace

Exercises prepare(const Settings& settings, const Tokenizer& tokenizer, const tiny_world::Recipe& recipe) {
  Exercises exercises;
  std::vector<Record> records;
  if (!settings.prompt_template.empty()) exercises.prompt = PromptTemplate::from_file(settings.prompt_template);
  if (settings.data.empty()) {
    BuiltInTasks tasks = built_in_tasks(recipe);
    records = std::move(tasks.train);
    exercises.tasks = std::move(tasks.test);
    exercises.chance = std::move(tasks.chance);
  } else {
    check(file_exists(settings.data), "--data {}: there is no such file", settings.data);
    records = read_records(settings.data);
  }
  if (!settings.eval.empty()) {
    exercises.tasks = read_tasks(settings.eval);
    exercises.chance.clear();
  }
  Documents documents = make_documents(records, exercises.prompt, tokenizer,
                                       {.cutoff_len = static_cast<std::size_t>(settings.cutoff_len),
                                        .train_on_inputs = settings.train_on_inputs,
                                        .source = settings.data.empty() ? "the built-in tasks" : settings.data});
  if (documents.left_out > 0)
    exercises.notes.push_back(
        fmt::format("note: {} of {} documents have no token to predict within --cutoff-len {} and are left out",
                    documents.left_out, records.size(), settings.cutoff_len));
  exercises.documents = std::move(documents.list);
  check_questions(exercises, tokenizer);
  return exercises;
}

MethodReport run_method(const Settings& settings, const std::string& method, const ModelSource& source,
                        const Exercises& exercises, const std::string& folder) {
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
                                 .detach_norm = settings.norm_gradient == "detached"};
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
    Training training(*model, model->trainable_parameters(), exercises.documents, settings, dropout);
    const RunIdentity identity{method, exercises.documents.size(), fingerprint(exercises.documents),
                               fingerprint(*model)};
    if (!settings.resume.empty()) {
      const std::string from = folder_of(settings.resume, settings, method);
      if (read_run_state(from, *model, training, identity))
        report.steps = read_log(from + "/" + log_file, training.done());
      for (const StepRecord& step : report.steps) report.seconds += step.seconds;
    }
    // Only now: a run that can't begin or go on leaves the other's files as they are.
    const bool first = method == settings.methods.front();
    if (first && !goes_on_in_place(settings)) {
      remove_earlier_run(settings);
      take_over_checkpoints(settings);
    }
    if (first)
      for (const std::string& note : exercises.notes) fmt::print(stderr, "{}\n", note);
    write_arguments(settings, settings.output);
    train(training, *model, watch ? &*watch : nullptr, identity, interruption, folder, settings.output, report);
  }
  report.peak_memory_bytes = static_cast<std::int64_t>(memory_stats(model->device()).peak);
  for (const NamedTensor& one : model->trainable_parameters()) clear_grad(one.tensor);

  if (method == "full") source.save(*model, folder, reports_in(settings.output));
  else save_adapter(*model, folder, "default", reports_in(settings.output));
  stop_if_asked();
  if (!exercises.tasks.empty()) {
    // Folded in, adapters cost nothing; in a half type or fewer bits their small changes would be lost in rounding.
    if (method != "full" && !format && settings.machine.weights().dtype == float32) merge_adapters(*model);
    report.accuracy = evaluate(*model, source.tokenizer(), exercises.prompt, exercises.tasks, report.label + " answers",
                               stop_if_asked);
  }
  return report;
}

void run(const Settings& asked) {
  Settings settings = asked;
  settings.machine.apply();
  follow_adapter(settings);
  check_output(settings);
  const std::unique_ptr<ModelSource> source = open_model(settings.model);
  Exercises exercises = prepare(settings, source->tokenizer());
  // Before any long work.
  for (const std::string& method : settings.methods) {
    adapt_shapes(settings, method, *source->shapes(), source->name());
    if (!settings.resume.empty())
      check_documents_of_run_state(folder_of(settings.resume, settings, method),
                                   {method, exercises.documents.size(), fingerprint(exercises.documents), ""});
  }
  if (const std::string note = unused_options(settings); !note.empty()) exercises.notes.push_back(note);
  std::size_t longest = 0;
  for (const Document& document : exercises.documents) longest = std::max(longest, document.tokens.size());
  if (const auto limit = source->config().max_position_embeddings; static_cast<std::int64_t>(longest) > limit)
    exercises.notes.push_back(
        fmt::format("note: the longest document has {} tokens; the model was made for {} (max_position_embeddings)",
                    longest, limit));
  const OutputFolder output(settings.output);

  const Report report = run_methods(settings, *source, exercises);
  fmt::print("{}\n{}/report.html shows the loss curves\n", report_table(report), printable(settings.output));
}

}  // namespace adora::finetune
