#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "../../core/error.h"
#include "../../nn/adapters/weight_change.h"
#include "../finetune/pattern_watch.h"
#include "../report/json_values.h"
#include "experiments.h"
#include "paper_scores.h"

namespace adora::reproduce {

namespace {

using Changes = std::map<std::string, WeightChange>;

std::vector<Variant> variants(const Extent& e) { return {full(), low_rank("lora", e.rank), low_rank("dora", e.rank)}; }

std::vector<Trial> trials(const Extent& e) { return trials_of(variants(e), e.seeds); }

/// The changes at four moments: those that were watched next to a quarter, half, three quarters and all of the steps.
std::vector<std::pair<std::int64_t, Changes>> four_moments(const Runs& runs, const Trial& trial) {
  const auto log = runs.log(trial);
  std::vector<std::pair<std::int64_t, Changes>> moments;
  for (int quarter = 1; quarter <= 4; ++quarter) {
    const double wanted = static_cast<double>(log.size()) * quarter / 4;
    const StepRecord* nearest = nullptr;
    for (const StepRecord& step : log)
      if (step.more.contains("changes") && (!nearest || std::abs(static_cast<double>(step.step) - wanted) <
                                                            std::abs(static_cast<double>(nearest->step) - wanted)))
        nearest = &step;
    check(nearest, "{}/log.jsonl: has no changes of the weights; remove the folder to have this run done again",
          runs.folder(trial));
    moments.emplace_back(nearest->step, finetune::changes_of(*nearest));
  }
  return moments;
}

/// Of one kind of module, layer by layer ("model.layers.0.self_attn.q_proj" and so on, of ten layers at most sorted).
std::vector<WeightChange> of_kind(const Changes& changes, const std::string& kind) {
  std::map<std::int64_t, WeightChange> by_layer;
  for (const auto& [module, change] : changes) {
    if (finetune::module_kind(module) != kind) continue;
    const std::size_t layers = module.find("layers.");
    if (layers != std::string::npos) by_layer[std::strtoll(module.c_str() + layers + 7, nullptr, 10)] = change;
  }
  std::vector<WeightChange> list;
  for (const auto& [layer, change] : by_layer) list.push_back(change);
  return list;
}

/// The data of a method's figure for one seed: a list of (ΔD, ΔM) for each of the steps.
struct Pattern {
  std::vector<std::int64_t> steps;
  std::vector<std::vector<std::pair<double, double>>> points;

  LinearFit fit() const {
    std::vector<std::pair<double, double>> all;
    for (const auto& moment : points) all.insert(all.end(), moment.begin(), moment.end());
    return linear_fit(all);
  }
};

Pattern pattern(const Runs& runs, const Trial& trial, const std::string& kind) {
  Pattern result;
  for (const auto& [step, changes] : four_moments(runs, trial)) {
    result.steps.push_back(step);
    result.points.emplace_back();
    for (const WeightChange& change : of_kind(changes, kind))
      result.points.back().emplace_back(change.direction, change.magnitude);
  }
  return result;
}

/// Over the seeds, by Fisher's z: the mean and the interval of atanh r, turned back, so that no bound lies beyond ±1.
Estimate correlation(const Runs& runs, const Extent& e, const Variant& variant, const std::string& kind) {
  std::vector<double> values;
  for (const Trial& trial : trials_of(variant, e.seeds))
    values.push_back(std::atanh(std::clamp(pattern(runs, trial, kind).fit().correlation, -0.999999, 0.999999)));
  const Estimate z = estimate(values);
  return {std::tanh(z.mean), std::tanh(z.low), std::tanh(z.high), z.n};
}

std::string shown_correlation(const Estimate& r) {
  return r.has_interval() ? fmt::format("{:.2f} ({:.2f} to {:.2f})", r.mean, r.low, r.high)
                          : fmt::format("{:.2f}", r.mean);
}

Figure scatter(const Runs& runs, const Trial& trial, const std::string& kind) {
  const Pattern found = pattern(runs, trial, kind);
  const LinearFit fit = found.fit();
  Figure figure{
      fmt::format("{}, {}", trial.variant.label, kind),
      fmt::format("A point a layer and moment, seed {}; the line has correlation {:.2f}.", trial.seed, fit.correlation),
      "ΔD, change of direction",
      "ΔM, change of magnitude",
      {}};
  double low = INFINITY, high = -INFINITY;
  for (std::size_t i = 0; i < found.points.size(); ++i) {
    Series series{fmt::format("step {}", found.steps[i]), {}, false};
    for (const auto& [x, y] : found.points[i]) {
      series.marks.push_back({x, y});
      low = std::min(low, x), high = std::max(high, x);
    }
    figure.series.push_back(std::move(series));
  }
  Series line{"regression", {}, true, false};
  for (const double x : {low, high}) line.marks.push_back({x, fit.intercept + fit.slope * x});
  figure.series.push_back(std::move(line));
  return figure;
}

/// The means over the seeds of what each layer's weight has changed by at the end.
Series at_the_end(const Runs& runs, const Extent& e, const Variant& variant, const std::string& kind,
                  double WeightChange::*part) {
  std::vector<std::vector<double>> by_layer;
  for (const Trial& trial : trials_of(variant, e.seeds)) {
    const auto changes = of_kind(four_moments(runs, trial).back().second, kind);
    by_layer.resize(changes.size());
    for (std::size_t layer = 0; layer < changes.size(); ++layer) by_layer[layer].push_back(changes[layer].*part);
  }
  Series series{variant.label, {}};
  for (std::size_t layer = 0; layer < by_layer.size(); ++layer)
    series.marks.push_back(mark(static_cast<double>(layer), estimate(by_layer[layer])));
  return series;
}

Figure layers(const Runs& runs, const Extent& e, const std::string& kind, double WeightChange::*part) {
  const bool magnitude = part == &WeightChange::magnitude;
  Figure figure{fmt::format("{} of {} at the end", magnitude ? "ΔM" : "ΔD", kind),
                "Means and 95 % intervals over the seeds.",
                "layer",
                magnitude ? "ΔM" : "ΔD",
                {}};
  for (std::int64_t layer = 0; layer < e.recipe.layers; ++layer) figure.categories.push_back(fmt::format("{}", layer));
  for (const char* method : {"lora", "dora"})
    figure.series.push_back(at_the_end(runs, e, low_rank(method, e.rank), kind, part));
  return figure;
}

/// The mean over query, key and value of all layers, at the end of each seed's run.
std::vector<double> mean_change(const Runs& runs, const Extent& e, const char* method, double WeightChange::*part) {
  std::vector<double> means;
  for (const Trial& trial : trials_of(low_rank(method, e.rank), e.seeds)) {
    const Changes changes = four_moments(runs, trial).back().second;
    double sum = 0, count = 0;
    for (const char* kind : {"q_proj", "k_proj", "v_proj"})
      for (const WeightChange& change : of_kind(changes, kind)) sum += change.*part, ++count;
    means.push_back(sum / count);
  }
  return means;
}

Claim moves_less(const Runs& runs, const Extent& e, const char* statement, double WeightChange::*part) {
  const auto lora = mean_change(runs, e, "lora", part), dora = mean_change(runs, e, "dora", part);
  return {statement, "so in a drawing, LLaMA2-7B; Figures 3 and 8",
          fmt::format("LoRA {}, DoRA {}: {} less ({} seeds)", shown(estimate(lora), 4), shown(estimate(dora), 4),
                      shown(difference(lora, dora), 4), e.seeds.size()),
          above_zero(difference(lora, dora))};
}

Claim sign_of(const Runs& runs, const Extent& e, const Variant& variant, double papers) {
  const Estimate found = correlation(runs, e, variant, "q_proj");
  const Estimate turned{-found.mean, -found.high, -found.low, found.n};
  return {fmt::format("{}: the changes of magnitude and direction of the query weights go {}", variant.label,
                      papers > 0 ? "together" : "against one another"),
          fmt::format("correlation {} (VL-BART); section 4.1, Figure 2", papers),
          fmt::format("{} ({} seeds)", shown_correlation(found), e.seeds.size()),
          above_zero(papers > 0 ? found : turned)};
}

Section section(const Setup& setup, const Runs& runs) {
  const Extent& e = setup.extent;
  const double papers[] = {paper::correlation_full, paper::correlation_lora, paper::correlation_dora};
  Section section;
  section.name = "patterns";
  section.title = "Weight decomposition (Figures 2, 3, 7 and 8)";
  section.subject =
      "How far the query and value weights have moved, apart for the rows' lengths (ΔM) and directions (ΔD), "
      "equations 3 and 4, at a quarter, half, three quarters and the end of the training. The accuracy runs are"
      " the ones looked at.";
  TextTable table{"Correlation of ΔM and ΔD", {"Method", "query", "value", "paper, query"}, {}};
  for (std::size_t i = 0; i < 3; ++i) {
    const Variant variant = variants(e)[i];
    table.rows.push_back({variant.label, shown_correlation(correlation(runs, e, variant, "q_proj")),
                          shown_correlation(correlation(runs, e, variant, "v_proj")), fmt::format("{}", papers[i])});
    section.claims.push_back(sign_of(runs, e, variant, papers[i]));
  }
  section.tables = {table};
  for (const char* kind : {"q_proj", "v_proj"})
    for (const Variant& variant : variants(e))
      section.figures.push_back(scatter(runs, {variant, e.seeds.front()}, kind));
  for (const char* kind : {"q_proj", "k_proj", "v_proj"})
    for (const auto part : {&WeightChange::magnitude, &WeightChange::direction})
      section.figures.push_back(layers(runs, e, kind, part));
  section.claims.push_back(
      moves_less(runs, e, "DoRA's weights move less in magnitude than LoRA's", &WeightChange::magnitude));
  section.claims.push_back(
      moves_less(runs, e, "DoRA's weights move less in direction than LoRA's", &WeightChange::direction));
  return section;
}

}  // namespace

Experiment patterns_experiment() {
  return {"patterns",
          "Figures 2, 3, 7 and 8: how magnitude and direction of the weights move",
          {"full", "lora", "dora"},
          trials,
          section};
}

}  // namespace adora::reproduce
