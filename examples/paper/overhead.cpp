#include <fmt/core.h>

#include <algorithm>

#include "../../core/error.h"
#include "../../nn/io/file.h"
#include "experiments.h"
#include "step_costs.h"

namespace adora::reproduce {

namespace {

std::string costs_file(const Setup& setup) { return setup.output + "/overhead.json"; }

std::vector<Variant> variants(const Extent& e) { return {low_rank("dora", e.rank), dora_with_norm_gradient(e.rank)}; }

std::vector<Trial> trials(const Extent& e) { return trials_of(variants(e), e.fewer_seeds); }

const StepCost& cost_of(const std::vector<StepCost>& costs, const std::string& label) {
  const auto found =
      std::find_if(costs.begin(), costs.end(), [&](const StepCost& cost) { return cost.label == label; });
  check(found != costs.end(), "the measured steps lack those of {}", label);
  return *found;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/// Of the same rounds: what slows the machine down slows both.
std::vector<double> time_ratios(const StepCost& cost, const StepCost& base) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < cost.seconds.size(); ++i) ratios.push_back(cost.seconds[i] / base.seconds[i]);
  return ratios;
}

double mebibytes(std::int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

Claim saves_memory(const std::vector<StepCost>& costs) {
  const auto kept = static_cast<double>(cost_of(costs, "DoRA").peak_bytes);
  const auto whole = static_cast<double>(cost_of(costs, "DoRA, norm's gradient in full").peak_bytes);
  const double saved = 100 * (1 - kept / whole);
  // Both gradients here do without a matrix of the weight's size.
  return {"Taking the norm for a constant saves a tenth of the training memory or more",
          "24.4 % of 37.3 GB (LLaMA-7B), 12.4 % of 23.4 GB (VL-BART); Table 7",
          fmt::format("{:.2f} % of {:.1f} MiB", saved, whole / (1 << 20)),
          saved >= 10 ? Verdict::supported : Verdict::contradicted};
}

Claim keeps_accuracy(const Extent& e, const Runs& runs) {
  const auto all = variants(e);
  return as_accurate("Taking the norm for a constant changes the accuracy by less than a point",
                     "-0.2 (LLaMA-7B), +0.1 (VL-BART); Table 7", 1, all[0], all[1], runs, e.fewer_seeds);
}

Section section(const Setup& setup, const Runs& runs) {
  const Extent& e = setup.extent;
  const TimedModel& timed = e.timed;
  const std::vector<StepCost> costs = read_step_costs(costs_file(setup));
  const StepCost& lora = cost_of(costs, "LoRA");
  Section section;
  section.name = "overhead";
  section.title = "Cost of a step (Table 7)";
  section.subject = fmt::format(
      "Training steps at rank 32 with dropout on a transformer of width {} with {} layers: {} documents of {} tokens. "
      "The methods take turns for {} rounds, and times are compared within a round.",
      timed.hidden_size, timed.layers, timed.documents, timed.tokens, lora.seconds.size());
  TextTable table{"", {"Method", "step, ms", "time / LoRA's", "peak, MiB", "memory / LoRA's"}, {}};
  Figure figure{"Time of a step",
                "Against LoRA's in the same round: the median, and half of the rounds.",
                "",
                "time / LoRA's",
                {}};
  Series series{"median", {}, false};
  for (const StepCost& cost : costs) {
    std::vector<double> ratios = time_ratios(cost, lora);
    const double middle = median(ratios);
    table.rows.push_back(
        {cost.label, fmt::format("{:.1f}", 1e3 * median(cost.seconds)), fmt::format("{:.3f}", middle),
         fmt::format("{:.1f}", mebibytes(cost.peak_bytes)),
         fmt::format("{:.3f}", static_cast<double>(cost.peak_bytes) / static_cast<double>(lora.peak_bytes))});
    std::sort(ratios.begin(), ratios.end());
    series.marks.push_back({static_cast<double>(figure.categories.size()), middle,
                            std::pair{ratios[ratios.size() / 4], ratios[ratios.size() * 3 / 4]}});
    figure.categories.push_back(cost.label.starts_with("DoRA,") ? "DoRA, full norm" : cost.label);
  }
  figure.series = {series};
  section.tables = {table};
  section.figures = {figure};
  section.claims = {saves_memory(costs), keeps_accuracy(e, runs)};
  return section;
}

}  // namespace

Experiment overhead_experiment() {
  return {"overhead",
          "Table 7: peak memory and time of a step, the norm's gradient left out and in full",
          {"dora"},
          trials,
          section,
          [](const Setup& setup) { write_step_costs(costs_file(setup), measure_steps(setup)); },
          [](const Setup& setup) { return file_exists(costs_file(setup)); }};
}

}  // namespace adora::reproduce
