#include "reproduce.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "../../core/error.h"
#include "../../nn/io/file.h"
#include "../../nn/io/folder_writer.h"
#include "../../nn/io/json_fields.h"
#include "../../nn/io/json_file.h"
#include "../../nn/train/progress.h"
#include "../common/html.h"
#include "../finetune/output_folder.h"
#include "../tiny_model/tiny_model.h"
#include "experiments.h"
#include "questions.h"
#include "rates.h"

namespace adora::reproduce {

namespace {

// Says what an output holds.
constexpr const char* state_file = "reproduction.json";

void check_state(const Setup& setup) {
  const std::string path = setup.output + "/" + state_file;
  const std::vector<std::pair<std::string, std::string>> wanted = {
      {"extent", setup.extent.name}, {"device", setup.device}, {"dtype", setup.dtype}, {"plan", plan_of(setup.extent)}};
  if (!file_exists(path)) {
    for (const char* name : {"model", "questions", "runs"})
      check(!file_exists(setup.output + "/" + name),
            "--output {}: has a folder {} that is of no reproduction; choose another one", setup.output, name);
    finetune::check_room(setup.output, false, setup.overwrite);
    Json::Object object;
    for (const auto& [name, value] : wanted) object[name] = value;
    write_json_file(path, std::move(object));
    return;
  }
  std::map<std::string, std::string> there;
  try {
    const Json json = read_json_file(path);
    JsonFields fields(json, path);
    for (const auto& [name, value] : wanted) there[name] = fields.text(name);
  } catch (const Error& error) {
    fail("{}; choose another --output, or remove that file if the folder is of this extent", error.what());
  }
  for (const auto& [name, value] : wanted)
    check(there[name] == value, "--output {}: holds a reproduction of {} {}, not {}; choose another folder",
          setup.output, name, there[name], value);
}

/// The pre-trained model as a folder that finetune reads.
void prepare_model(const Setup& setup) {
  if (file_exists(setup.model() + "/config.json")) return;  // the file that is written last
  const auto source = finetune::open_tiny_model(setup.extent.recipe);
  const auto model = source->load({.dtype = float32, .device = setup.device == "cuda" ? cuda_device : cpu});
  source->save(*model, setup.model());
}

std::vector<Experiment> chosen(const std::vector<std::string>& names) {
  std::vector<Experiment> list;
  for (const Experiment& one : all_experiments())
    for (const std::string& name : names)
      if (name == one.name || name == "all") {
        list.push_back(one);
        break;
      }
  return list;
}

std::vector<std::string> methods_of(const std::vector<Experiment>& experiments) {
  std::vector<std::string> methods;
  for (const std::string& method : tuned_methods())
    if (std::any_of(experiments.begin(), experiments.end(), [&](const Experiment& one) {
          return std::find(one.methods.begin(), one.methods.end(), method) != one.methods.end();
        }))
      methods.push_back(method);
  return methods;
}

/// Those whose learning rates are known.
std::vector<std::string> tuned(const Setup& setup, const Runs& runs) {
  std::vector<std::string> methods;
  for (const std::string& method : tuned_methods())
    if (runs.finished(tuning_trials(setup, {method}))) methods.push_back(method);
  return methods;
}

bool is_finished(const Experiment& one, const Setup& setup, const Runs& runs) {
  const auto known = tuned(setup, runs);
  for (const std::string& method : one.methods)
    if (std::find(known.begin(), known.end(), method) == known.end()) return false;
  return runs.finished(one.trials(setup.extent)) && (!one.measured || one.measured(setup));
}

/// Reads the finished experiments, so that damaged files or those of another run are an error before hours of work, not
/// after them.
void check_finished(const Setup& setup, const Runs& runs) {
  for (const Experiment& one : all_experiments()) {
    if (!is_finished(one, setup, runs)) continue;
    for (const Trial& trial : one.trials(setup.extent)) runs.check_same_run(trial);
    one.section(setup, runs);
  }
}

std::string subject_of(const Setup& setup) {
  const Extent& e = setup.extent;
  return fmt::format(
      "What Liu et al., DoRA: Weight-Decomposed Low-Rank Adaptation (ICML 2024, arXiv 2402.09353) show, done with "
      "a transformer of width {} and {} layers that was pre-trained on text about a small invented world. Every "
      "run is a command line of finetune: three epochs in batches of 16, rank {} and alpha twice the rank where "
      "nothing else is said, dropout 0.05 on low-rank branches, the learning rate rising over {} steps (fewer "
      "where there are fewer questions) and falling to nothing, gradients of norm {} at most. Computed on the {} "
      "in {}. Intervals are of 95 % over the seeds of the fine-tuning, by Student's t; differences are taken seed "
      "by seed. A claim is supported where its interval lies on its side of zero, contradicted where it lies on "
      "the other.{}",
      e.recipe.hidden_size, e.recipe.layers, e.rank, e.warmup_steps, e.recipe.tuning_clip_grad_norm,
      setup.device == "cuda" ? "GPU" : "CPU", setup.dtype,
      e.name == "quick" ? " This is a quick run, too short to tell methods apart." : "");
}

/// Every experiment that is finished in the output.
std::vector<Section> finished_sections(const Setup& setup, const Runs& runs) {
  std::vector<Section> sections;
  if (const auto methods = tuned(setup, runs); !methods.empty())
    sections.push_back(rates_section(setup, runs, methods));
  for (const Experiment& one : all_experiments())
    if (is_finished(one, setup, runs)) sections.push_back(one.section(setup, runs));
  return sections;
}

Json runs_json(const Setup& setup, const Runs& runs) {
  Json::Object list;
  for (const Experiment& one : all_experiments()) {
    if (!is_finished(one, setup, runs)) continue;
    for (const Trial& trial : one.trials(setup.extent)) {
      const Outcome outcome = runs.outcome(trial);
      list[trial.name()] = Json::Object{{"label", trial.variant.label},
                                        {"seed", trial.seed},
                                        {"accuracy", Json::Object(outcome.accuracy.begin(), outcome.accuracy.end())},
                                        {"average", outcome.average},
                                        {"trainable_percent", outcome.trainable_percent},
                                        {"steps", outcome.steps},
                                        {"seconds", outcome.seconds}};
    }
  }
  return list;
}

void write_reports(const Setup& setup, const Runs& runs) {
  const std::vector<Section> sections = finished_sections(setup, runs);
  const std::string title = "DoRA's paper on a tiny transformer";
  std::string body =
      fmt::format("<h1>{}</h1>\n<p>{}</p>\n{}", title, programs::html_text(subject_of(setup)), claims_html(sections));
  Json::Object experiments;
  for (const Section& section : sections) {
    body += section_html(section);
    experiments[section.name] = section_json(section);
  }
  FolderWriter writer(setup.output, "results.json");
  write_json_file(writer.file("results.json"), Json::Object{{"extent", setup.extent.name},
                                                            {"device", setup.device},
                                                            {"experiments", std::move(experiments)},
                                                            {"runs", runs_json(setup, runs)}});
  writer.file("report.html").write(programs::html_page(title, body));
  writer.commit();
}

void print(const Section& section) {
  fmt::print("\n{}\n", section_text(section));
  std::fflush(stdout);
}

/// Of several lists, each run once.
std::vector<Trial> distinct(const std::vector<std::vector<Trial>>& lists) {
  std::vector<Trial> trials;
  std::set<std::string> names;
  for (const auto& list : lists)
    for (const Trial& trial : list)
      if (names.insert(trial.name()).second) trials.push_back(trial);
  return trials;
}

}  // namespace

void reproduce(const Setup& setup, const std::vector<std::string>& names) {
  check(file_exists(setup.finetune), "{}: is missing, and does the runs; build it, or run reproduce from its folder",
        setup.finetune);
  const finetune::OutputFolder folder(setup.output);
  check_state(setup);
  const std::vector<Experiment> experiments = chosen(names);
  const std::vector<std::string> methods = methods_of(experiments);
  Runs runs(setup);
  prepare_model(setup);
  write_questions(setup);

  const std::vector<Trial> tuning = tuning_trials(setup, methods);
  std::vector<std::vector<Trial>> lists = {tuning};
  for (const Experiment& one : experiments) lists.push_back(one.trials(setup.extent));
  const std::vector<Trial> everything = distinct(lists);
  std::int64_t done = 0;
  for (const Trial& trial : everything) done += runs.steps_done(trial);
  fmt::print(stderr, "{} runs of finetune, {} at a time\n", everything.size(), setup.workers);
  Progress progress("reproduce", runs.steps(everything), done);

  done = runs.carry_out(tuning, progress, done);
  runs.set_rates(chosen_rates(setup, runs, tuned(setup, runs)));
  check_finished(setup, runs);
  print(rates_section(setup, runs, methods));
  std::set<std::string> counted;
  for (const Trial& trial : tuning) counted.insert(trial.name());
  for (const Experiment& one : experiments) {
    // Runs that several experiments share are counted with the first.
    std::vector<Trial> fresh;
    for (const Trial& trial : one.trials(setup.extent))
      if (counted.insert(trial.name()).second) fresh.push_back(trial);
    done = runs.carry_out(fresh, progress, done);
    if (one.measured && !one.measured(setup)) one.measure(setup);
    print(one.section(setup, runs));
    write_reports(setup, runs);
  }
  progress.finish();
  fmt::print("\n{0}/report.html has the figures and what became of the paper's claims; {0}/results.json the numbers\n",
             setup.output);
}

}  // namespace adora::reproduce
