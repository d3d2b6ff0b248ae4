#include "run.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "../../autograd/variable.h"
#include "../../core/allocator.h"
#include "../../nn/adapter.h"
#include "../../nn/adapter_folder.h"
#include "../../nn/atomic_file.h"
#include "../common/progress.h"
#include "adapters.h"
#include "evaluation.h"
#include "run_state.h"
#include "tiny_model.h"
#include "training.h"

namespace adora::finetune {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Steps and their log, with a checkpoint whenever those so far have cost less than a fiftieth of the time.
void train(Training& training, Llama& model, const std::string& method, std::size_t documents,
           const std::string& folder, MethodReport& report) {
  const std::string log_path = folder + "/log.jsonl";
  std::string kept;
  for (const StepRecord& step : report.steps) kept += log_line(step);
  write_file(log_path, kept);
  std::ofstream log(log_path, std::ios::app);
  programs::Progress progress(report.label, training.total_steps(), training.done());
  const auto start = Clock::now();
  double writing = 0, shown = 0;
  while (training.done() < training.total_steps()) {
    const StepRecord step = training.step();
    report.steps.push_back(step);
    log << log_line(step) << std::flush;
    check(log.good(), "{}: can't be written", log_path);
    report.seconds += step.seconds;
    shown = report.steps.size() == 1 ? step.loss : 0.95 * shown + 0.05 * step.loss;
    progress.update(step.step, fmt::format("loss {:.3f}", shown));
    if (step.step == training.total_steps() || 50 * writing <= seconds_since(start)) {
      const auto before = Clock::now();
      write_run_state(folder, model, training, method, documents);
      writing += seconds_since(before);
    }
  }
  progress.finish(report.steps.empty() ? "" : fmt::format("loss {:.3f}", report.steps.back().loss));
}

// Finds out on the shape-only device, before any long work, whether the adapters go on the model.
void check_adapters(const Settings& settings, const ModelSource& source) {
  for (const std::string& method : settings.methods) {
    if (method == "full") continue;
    Llama model(source.config(), {.device = meta});
    add_adapter(model, adapter_config(settings, method, source.name()));
  }
}

// Where in an output folder a method's own files lie.
std::string folder_of(const std::string& output, const Settings& settings, const std::string& method) {
  return settings.methods.size() > 1 ? output + "/" + method : output;
}

// Whole models must not be written over the one they are made from.
void check_not_the_model(const Settings& settings) {
  std::error_code error;
  for (const std::string& method : settings.methods)
    check(method != "full" || settings.model == "tiny" ||
              !fs::equivalent(settings.model, folder_of(settings.output, settings, method), error),
          "--output {}: is the folder of --model, which would be lost", settings.output);
}

// What another run left in this one's folders would be taken for its own by --resume and by readers. The checkpoints
// go first: without them nothing is gone on with.
void remove_earlier_run(const Settings& settings) {
  std::vector<std::string> folders = {settings.output};
  for (const std::string& method : settings.methods) folders.push_back(folder_of(settings.output, settings, method));
  for (const char* name : {"checkpoint.safetensors", "options.json", "report.json", "report.html", "log.jsonl"})
    for (const std::string& folder : folders) {
      std::error_code error;
      fs::remove(folder + "/" + name, error);
      check(!error, "{}/{}: is of an earlier run and can't be removed: {}", folder, name, error.message());
    }
}

Report run_methods(const Settings& settings, const ModelSource& source, const Exercises& exercises) try {
  Report report;
  report.title = "Fine-tuning " + source.name();
  report.subject = fmt::format("{} documents, batches of {}, learning rate {}, seed {}", exercises.documents.size(),
                               settings.batch_size, settings.lr, settings.seed);
  report.chance = exercises.chance;
  for (const std::string& method : settings.methods) {
    report.runs.push_back(
        run_method(settings, method, source, exercises, folder_of(settings.output, settings, method)));
    // After each, so that what is done is not lost with what comes later.
    write_report_json(settings.output + "/report.json", report);
    write_report_html(settings.output + "/report.html", report);
  }
  return report;
} catch (...) {
  std::error_code ignored;
  fs::remove(settings.output, ignored);  // where nothing came into being; a folder with files in it stays
  throw;
}

}  // namespace

void prepare_output(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  check(!error && fs::is_directory(folder, error), "--output {}: can't be written to: {}", folder, error.message());
  AtomicFile probe(folder + "/report.json");  // without a commit nothing is left of it
}

Exercises prepare(const Settings& settings, const Tokenizer& tokenizer) {
  Exercises exercises;
  std::vector<Record> records;
  if (!settings.prompt_template.empty()) exercises.prompt = PromptTemplate::from_file(settings.prompt_template);
  if (settings.data.empty()) {
    BuiltInTasks tasks = built_in_tasks();
    records = std::move(tasks.train);
    exercises.tasks = std::move(tasks.test);
    exercises.chance = std::move(tasks.chance);
  } else {
    check(fs::exists(settings.data), "--data {}: there is no such file", settings.data);
    records = read_records(settings.data);
  }
  if (!settings.eval.empty()) {
    exercises.tasks = read_tasks(settings.eval);
    exercises.chance.clear();
  }
  Documents documents = make_documents(
      records, exercises.prompt, tokenizer,
      {.cutoff_len = static_cast<std::size_t>(settings.cutoff_len), .train_on_inputs = settings.train_on_inputs});
  if (documents.left_out > 0)
    std::fprintf(stderr, "%zu of %zu documents have no token to predict within --cutoff-len %lld and are left out\n",
                 documents.left_out, records.size(), static_cast<long long>(settings.cutoff_len));
  exercises.documents = std::move(documents.list);
  // What the tokenizer cannot take shows before any training.
  for (const Task& task : exercises.tasks)
    for (const Record& question : task.questions) tokenizer.encode(exercises.prompt.prompt(question));
  return exercises;
}

MethodReport run_method(const Settings& settings, const std::string& method, const ModelSource& source,
                        const Exercises& exercises, const std::string& folder) {
  MethodReport report;
  report.method = method;
  report.rank = has_rank(method) ? settings.rank : 0;
  report.label = settings.label.empty() ? method_label(method, report.rank) : settings.label;
  report.seed = settings.seed;
  prepare_output(folder);

  const std::unique_ptr<Llama> model = source.load(settings.machine.weight_dtype());
  reset_peak_memory();
  if (method != "full") {
    const AdapterOptions options{.seed = static_cast<std::uint64_t>(settings.seed)};
    const AdapterConfig config = adapter_config(settings, method, source.name());
    if (settings.adapter.empty()) {
      add_adapter(*model, config, "default", options);
    } else {
      load_adapter(*model, settings.adapter, "default", options);
      adapter(*model).config.dropout = config.dropout;
    }
  }
  for (const NamedTensor& one : model->named_parameters()) report.total_parameters += one.tensor.numel();
  for (const NamedTensor& one : model->trainable_parameters()) report.trainable_parameters += one.tensor.numel();

  model->train();
  {
    Generator* dropout = method == "full" ? nullptr : &adapter(*model).dropout_generator;
    Training training(*model, model->trainable_parameters(), exercises.documents, settings, dropout);
    if (!settings.resume.empty()) {
      const std::string from = folder_of(settings.resume, settings, method);
      if (read_run_state(from, *model, training, method, exercises.documents.size()))
        report.steps = read_log(from + "/log.jsonl", training.done());
      for (const StepRecord& step : report.steps) report.seconds += step.seconds;
    }
    // Only now: a run that can't begin or go on leaves the other's files as they are.
    if (settings.resume.empty() && method == settings.methods.front()) remove_earlier_run(settings);
    write_arguments(settings, settings.output);
    train(training, *model, method, exercises.documents.size(), folder, report);
  }
  report.peak_memory_bytes = static_cast<std::int64_t>(memory_stats().peak);
  for (const NamedTensor& one : model->trainable_parameters()) clear_grad(one.tensor);

  if (method == "full") source.save(*model, folder);
  else save_adapter(*model, folder);
  if (!exercises.tasks.empty()) {
    // Folded in, adapters cost nothing; in a half type their small changes would be lost in rounding.
    if (method != "full" && settings.machine.weight_dtype() == float32) merge_adapters(*model);
    report.accuracy =
        evaluate(*model, source.tokenizer(), exercises.prompt, exercises.tasks, report.label + " answers");
  }
  return report;
}

void run(const Settings& asked) {
  Settings settings = asked;
  settings.machine.apply();
  follow_adapter(settings);
  check_not_the_model(settings);
  const std::unique_ptr<ModelSource> source = open_model(settings.model);
  const Exercises exercises = prepare(settings, source->tokenizer());
  check_adapters(settings, *source);
  if (const std::string note = unused_options(settings); !note.empty()) fmt::print(stderr, "{}\n", note);
  prepare_output(settings.output);

  const Report report = run_methods(settings, *source, exercises);
  fmt::print("{}\n{}/report.html shows the loss curves\n", report_table(report), settings.output);
}

}  // namespace adora::finetune
