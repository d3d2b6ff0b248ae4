#include "experiments.h"

#include <fmt/core.h>

#include <algorithm>

#include "questions.h"

namespace adora::reproduce {

namespace {

/// Whether one of them has learned something: its interval, or where there is hardly one its mean, lies above what
/// guessing gets.
bool either_knows(const Variant& a, const Variant& b, const Runs& runs, const std::vector<std::int64_t>& seeds) {
  auto knows = [&](const Variant& variant) {
    const Estimate accuracy = estimate(runs.averages(variant, seeds));
    return (accuracy.n < 3 ? accuracy.mean : accuracy.low) > guessing();
  };
  return knows(a) || knows(b);
}

}  // namespace

const std::vector<Experiment>& all_experiments() {
  static const std::vector<Experiment> experiments = {
      accuracy_experiment(), ranks_experiment(),    samples_experiment(),  granularity_experiment(),
      overhead_experiment(), patterns_experiment(), quantized_experiment()};
  return experiments;
}

std::vector<Trial> trials_of(const std::vector<Variant>& variants, const std::vector<std::int64_t>& seeds) {
  std::vector<Trial> trials;
  for (const Variant& variant : variants)
    for (Trial& trial : trials_of(variant, seeds)) trials.push_back(std::move(trial));
  return trials;
}

Series averages(const std::string& name, const std::vector<Variant>& variants, const std::vector<double>& places,
                const Runs& runs, const std::vector<std::int64_t>& seeds) {
  Series series{name, {}};
  for (std::size_t i = 0; i < variants.size(); ++i)
    series.marks.push_back(mark(places[i], estimate(runs.averages(variants[i], seeds))));
  return series;
}

Estimate advantage(const Variant& a, const Variant& b, const Runs& runs, const std::vector<std::int64_t>& seeds) {
  return difference(runs.averages(a, seeds), runs.averages(b, seeds));
}

namespace {

/// The claim with what came out, and `verdict` of the advantage where one of the two knows more than guessing.
template <class F>
Claim compared(const std::string& statement, const std::string& papers, const Variant& a, const Variant& b,
               const Runs& runs, const std::vector<std::int64_t>& seeds, F&& verdict) {
  const Estimate gain = advantage(a, b, runs, seeds);
  const bool decided = either_knows(a, b, runs, seeds);
  return {statement, papers,
          fmt::format("{:.1f} against {:.1f}: {} points ({} seeds{})", estimate(runs.averages(a, seeds)).mean,
                      estimate(runs.averages(b, seeds)).mean, shown(gain, 1, true), seeds.size(),
                      decided ? "" : fmt::format("; neither is above guessing, {:.1f}", guessing())),
          decided ? verdict(gain) : Verdict::undecided};
}

}  // namespace

Figure averages_figure(const std::string& title, const std::vector<Variant>& variants, const Runs& runs,
                       const std::vector<std::int64_t>& seeds) {
  Figure figure{title, "Means and 95 % intervals over the seeds.", "", "accuracy, %", {}};
  std::vector<double> places;
  for (const Variant& variant : variants) {
    places.push_back(static_cast<double>(places.size()));
    figure.categories.push_back(variant.label);
  }
  figure.series = {averages("average of the eight tasks", variants, places, runs, seeds)};
  figure.series.front().joined = false;
  figure.level = guessing(), figure.level_name = "guessing";
  return figure;
}

Claim more_accurate(const std::string& statement, const std::string& papers, const Variant& a, const Variant& b,
                    const Runs& runs, const std::vector<std::int64_t>& seeds) {
  return compared(statement, papers, a, b, runs, seeds, above_zero);
}

Claim as_accurate(const std::string& statement, const std::string& papers, double points, const Variant& a,
                  const Variant& b, const Runs& runs, const std::vector<std::int64_t>& seeds) {
  return compared(statement, papers, a, b, runs, seeds, [=](const Estimate& gain) {
    if (gain.n < 3) return Verdict::undecided;
    if (gain.low > -points && gain.high < points) return Verdict::supported;
    return gain.low > points || gain.high < -points ? Verdict::contradicted : Verdict::undecided;
  });
}

std::vector<double> mean_advantage(const std::vector<Comparison>& comparisons, const Runs& runs,
                                   const std::vector<std::int64_t>& seeds) {
  std::vector<double> sums;
  double counted = 0;
  for (const auto& [place, a, b] : comparisons) {
    if (!either_knows(a, b, runs, seeds)) continue;
    const auto better = runs.averages(a, seeds), worse = runs.averages(b, seeds);
    sums.resize(seeds.size()), ++counted;
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += better[i] - worse[i];
  }
  for (double& sum : sums) sum /= counted;
  return sums;
}

Claim everywhere_more_accurate(const std::string& statement, const std::string& papers,
                               const std::vector<Comparison>& comparisons, const Runs& runs,
                               const std::vector<std::int64_t>& seeds) {
  std::string here;
  for (const auto& [place, a, b] : comparisons) {
    here += (here.empty() ? "" : ", ") + shown(advantage(a, b, runs, seeds), 1, true) + place +
            (either_knows(a, b, runs, seeds) ? "" : " (both guess)");
  }
  here += fmt::format(" ({} seeds)", seeds.size());
  const std::vector<double> gains = mean_advantage(comparisons, runs, seeds);
  if (gains.empty()) return {statement, papers, here, Verdict::undecided};
  const Estimate mean = estimate(gains);
  return {statement, papers, fmt::format("{} on average: {}", shown(mean, 1, true), here), above_zero(mean)};
}

}  // namespace adora::reproduce
