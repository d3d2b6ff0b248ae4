#include <fmt/core.h>

#include "experiments.h"
#include "questions.h"

namespace adora::reproduce {

namespace {

const std::vector<std::pair<std::string, std::string>>& methods() {
  static const std::vector<std::pair<std::string, std::string>> methods = {
      {"lora", "LoRA"}, {"dora", "DoRA"}, {"vera", "VeRA"}, {"dvora", "DVoRA"}};
  return methods;
}

Variant variant(const std::string& method, std::int64_t share, const Extent& extent) {
  return with_share(low_rank(method, extent.rank), share);
}

std::vector<Variant> at_all_shares(const std::string& method, const Extent& extent) {
  std::vector<Variant> variants;
  for (const std::int64_t share : extent.shares) variants.push_back(variant(method, share, extent));
  return variants;
}

std::vector<Trial> trials(const Extent& extent) {
  std::vector<Trial> all;
  for (const auto& [method, name] : methods())
    for (Trial& trial : trials_of(at_all_shares(method, extent), extent.fewer_seeds)) all.push_back(std::move(trial));
  return all;
}

Claim everywhere_above(const std::string& a, const std::string& b, const std::string& statement,
                       const std::string& papers, const Extent& e, const Runs& runs) {
  std::vector<Comparison> comparisons;
  for (const std::int64_t share : e.shares)
    comparisons.push_back({fmt::format(" with {} %", share), variant(a, share, e), variant(b, share, e)});
  return everywhere_more_accurate(statement, papers, comparisons, runs, e.fewer_seeds);
}

Section section(const Setup& setup, const Runs& runs) {
  const Extent& e = setup.extent;
  Section section;
  section.name = "samples";
  section.title = "Training samples (Figures 4 and 9)";
  section.subject = fmt::format(
      "A part of the {} training questions, as many of each task, three times over; the rate rises over a third"
      " of the steps with each. The paper trains on 1,000 to 10,000 samples of Alpaca and has GPT-4 score the "
      "answers; most of its scores stand in a drawing alone.",
      training_questions(e, 100));
  TextTable table{"Average accuracy in per cent", {"Method"}, {}};
  for (const std::int64_t share : e.shares) table.header.push_back(fmt::format("{}", training_questions(e, share)));
  Figure figure{"Here: accuracy by questions",
                "Means and 95 % intervals over the seeds.",
                "training questions",
                "accuracy, %",
                {}};
  std::vector<double> places;
  for (const std::int64_t share : e.shares) places.push_back(static_cast<double>(training_questions(e, share)));
  for (const auto& [method, name] : methods()) {
    figure.series.push_back(averages(name, at_all_shares(method, e), places, runs, e.fewer_seeds));
    table.rows.push_back({low_rank(method, e.rank).label});
    for (const Variant& one : at_all_shares(method, e))
      table.rows.back().push_back(shown(estimate(runs.averages(one, e.fewer_seeds)), 1));
  }
  figure.level = guessing(), figure.level_name = "guessing";
  section.tables = {table};
  section.figures = {figure};
  section.claims = {
      everywhere_above("dora", "lora", "DoRA does better than LoRA, however few the samples",
                       "+0.29 of 10 points with 1,000 samples, +0.3 with 7,000 (LLaMA2-7B); section 5.4", e, runs),
      everywhere_above("dvora", "vera", "DVoRA does better than VeRA, however few the samples",
                       "+0.22 of 10 points with 1,000 samples, +0.33 with 7,000 (LLaMA2-7B); section 5.4", e, runs)};
  return section;
}

}  // namespace

Experiment samples_experiment() {
  return {"samples",
          "Figures 4 and 9: DoRA, LoRA, DVoRA and VeRA with a part of the training questions",
          {"lora", "dora", "vera", "dvora"},
          trials,
          section};
}

}  // namespace adora::reproduce
