#include <fmt/core.h>

#include "../../core/error.h"
#include "../report/report.h"
#include "../tiny_world/questions.h"
#include "experiments.h"
#include "paper_scores.h"
#include "questions.h"

namespace adora::reproduce {

namespace {

std::vector<Variant> variants(const Extent& extent) {
  const std::int64_t r = extent.rank;
  return {full(),
          low_rank("lora", r),
          low_rank("dora", r),
          low_rank("dora", r / 2),
          low_rank("vera", r),
          low_rank("dvora", r)};
}

std::vector<Trial> trials(const Extent& extent) {
  std::vector<Trial> all = trials_of(variants(extent), extent.seeds);
  all.push_back({zero_shot(), extent.tuning_seed});
  return all;
}

std::vector<std::string> row(const Variant& variant, const Runs& runs, const std::vector<std::int64_t>& seeds) {
  const std::vector<Outcome> outcomes = runs.outcomes(variant, seeds);
  const double percent = outcomes.front().steps > 0 ? outcomes.front().trainable_percent : 0;
  std::vector<std::string> cells = {variant.label, percent > 0 ? fmt::format("{:.2f}", percent) : "–"};
  std::vector<double> averages;
  for (const tiny_world::Task task : tiny_world::all_tasks) {
    std::vector<double> values;
    for (const Outcome& one : outcomes) {
      const auto found = one.accuracy.find(tiny_world::name_of(task));
      check(found != one.accuracy.end(), "a run of {} has no accuracy of {}; remove its folder to have it done again",
            variant.label, tiny_world::name_of(task));
      values.push_back(found->second);
    }
    cells.push_back(fmt::format("{:.1f}", estimate(values).mean));
  }
  for (const Outcome& one : outcomes) averages.push_back(one.average);
  cells.push_back(shown(estimate(averages), 1));
  return cells;
}

TextTable accuracies(const Extent& extent, const Runs& runs) {
  const Trial asked{zero_shot(), extent.tuning_seed};
  TextTable table{"Accuracy in per cent, means over the seeds", {"Method", "Params %"}, {}};
  for (const tiny_world::Task task : tiny_world::all_tasks)
    table.header.push_back(finetune::task_heading(tiny_world::name_of(task)));
  table.header.emplace_back("Avg.");
  table.rows.push_back(row(asked.variant, runs, {asked.seed}));
  for (const Variant& variant : variants(extent)) table.rows.push_back(row(variant, runs, extent.seeds));
  return table;
}

Figure papers_figure() {
  Figure figure{"In the paper (Table 1)", "LLaMA models on eight commonsense tasks.", "", "accuracy, %", {}};
  Series lora{"LoRA", {}, false}, dora{"DoRA", {}, false}, half{"DoRA at half the rank", {}, false};
  for (const paper::Commonsense& one : paper::table_1) {
    const auto x = static_cast<double>(figure.categories.size());
    figure.categories.emplace_back(one.model);
    lora.marks.push_back({x, one.lora}), dora.marks.push_back({x, one.dora}), half.marks.push_back({x, one.dora_half});
  }
  figure.series = {lora, dora, half};
  return figure;
}

std::string gains(double paper::Commonsense::*method) {
  std::string text;
  for (const paper::Commonsense& one : paper::table_1)
    text += fmt::format("{}{:+.1f} ({})", text.empty() ? "" : ", ", one.*method - one.lora, one.model);
  return text + "; Table 1";
}

Section section(const Setup& setup, const Runs& runs) {
  const Extent& e = setup.extent;
  const Variant lora = low_rank("lora", e.rank), dora = low_rank("dora", e.rank), half = low_rank("dora", e.rank / 2);
  const Variant vera = low_rank("vera", e.rank), dvora = low_rank("dvora", e.rank);
  Section section;
  section.name = "accuracy";
  section.title = "Accuracy (Table 1)";
  section.subject = fmt::format(
      "Eight kinds of questions about a small invented world, in the formats of the eight commonsense tasks: {}"
      " to learn from, {} others to answer; guessing gets {:.1f}. {} seeds of the fine-tuning; one pre-trained "
      "model.",
      training_questions(e, 100), tiny_world::all_tasks.size() * (e.recipe.test_questions - e.held_out_questions),
      guessing(), e.seeds.size());
  section.tables = {accuracies(e, runs)};
  section.figures = {averages_figure("Here: average of the tasks", variants(e), runs, e.seeds), papers_figure()};
  section.claims = {more_accurate("DoRA is more accurate than LoRA at the same rank", gains(&paper::Commonsense::dora),
                                  dora, lora, runs, e.seeds),
                    more_accurate("DoRA at half the rank is more accurate than LoRA",
                                  gains(&paper::Commonsense::dora_half), half, lora, runs, e.seeds),
                    more_accurate("DVoRA does better than VeRA",
                                  "+0.7 (LLaMA-7B) and +0.5 (LLaMA2-7B) of 10 points on MT-Bench; Table 5", dvora, vera,
                                  runs, e.seeds)};
  return section;
}

}  // namespace

Experiment accuracy_experiment() {
  return {"accuracy",
          "Table 1: every method on the eight tasks, with intervals over the seeds",
          {"full", "lora", "dora", "vera", "dvora"},
          trials,
          section};
}

}  // namespace adora::reproduce
