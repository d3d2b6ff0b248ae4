#include <fmt/core.h>

#include "experiments.h"
#include "paper_scores.h"

namespace adora::reproduce {

namespace {

std::vector<Trial> trials(const Extent& e) {
  return trials_of({low_rank("lora", e.rank), low_rank("dora", e.rank), fine_grained(e.rank)}, e.fewer_seeds);
}

std::string papers_gains() {
  std::string text;
  for (const paper::Granularity& one : paper::table_6)
    text += fmt::format("{}{:+.1f} with {} % against {} % ({})", text.empty() ? "" : ", ", one.fine - one.lora,
                        one.fine_percent, one.lora_percent, one.model);
  return text + "; Table 6";
}

Section section(const Setup& setup, const Runs& runs) {
  const Extent& e = setup.extent;
  const Variant lora = low_rank("lora", e.rank), dora = low_rank("dora", e.rank), fine = fine_grained(e.rank);
  const paper::Granularity& papers = paper::table_6.front();
  Section section;
  section.name = "granularity";
  section.title = "Granularity (Table 6)";
  section.subject =
      "DoRA that trains the magnitude of all seven matrices of a layer and the direction of query, key and "
      "value alone, against DoRA and LoRA on query, key, value, up and down.";
  TextTable table{
      "Average accuracy in per cent", {"Method", "m", "V", "Params %", "Avg.", "paper's %", "paper's Avg."}, {}};
  auto row = [&](const Variant& variant, const char* m, const char* v, double percent, double average) {
    table.rows.push_back({variant.label, m, v,
                          fmt::format("{:.2f}", runs.outcome({variant, e.fewer_seeds.front()}).trainable_percent),
                          shown(estimate(runs.averages(variant, e.fewer_seeds)), 1), fmt::format("{}", percent),
                          fmt::format("{}", average)});
  };
  row(lora, "–", "QKVUD", papers.lora_percent, papers.lora);
  row(dora, "QKVUD", "QKVUD", papers.dora_percent, papers.dora);
  row(fine, "QKVOGUD", "QKV", papers.fine_percent, papers.fine);
  section.tables = {table};
  Figure figure{"Accuracy by trained parameters",
                "Means and 95 % intervals over the seeds.",
                "trainable parameters, % of all",
                "accuracy, %",
                {}};
  for (const Variant& variant : {lora, dora, fine})
    figure.series.push_back(averages(variant.label, {variant},
                                     {runs.outcome({variant, e.fewer_seeds.front()}).trainable_percent}, runs,
                                     e.fewer_seeds));
  section.figures = {figure};
  section.claims = {more_accurate("With directions of query, key and value alone DoRA is still more accurate than LoRA",
                                  papers_gains(), fine, lora, runs, e.fewer_seeds)};
  return section;
}

}  // namespace

Experiment granularity_experiment() {
  return {"granularity",
          "Table 6: the magnitude of all matrices and the direction of query, key and value alone",
          {"lora", "dora"},
          trials,
          section};
}

}  // namespace adora::reproduce
