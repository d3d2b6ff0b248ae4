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
      overhead_experiment(), patterns_experiment(), quantised_experiment()};
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

Claim everywhere_more_accurate(const std::string& statement, const std::string& papers,
                               const std::vector<Comparison>& comparisons, const Runs& runs,
                               const std::vector<std::int64_t>& seeds) {
  std::vector<double> sums(seeds.size());
  std::size_t decided = 0;
  std::string here;
  for (const auto& [place, a, b] : comparisons) {
    const Estimate gain = advantage(a, b, runs, seeds);
    const bool knows = either_knows(a, b, runs, seeds);
    here += (here.empty() ? "" : ", ") + shown(gain, 1, true) + place + (knows ? "" : " (both guess)");
    if (!knows) continue;
    ++decided;
    const auto better = runs.averages(a, seeds), worse = runs.averages(b, seeds);
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += better[i] - worse[i];
  }
  for (double& sum : sums) sum /= static_cast<double>(std::max<std::size_t>(decided, 1));
  const Estimate mean = estimate(sums);
  return {statement, papers,
          decided > 0 ? fmt::format("{} on average: {} ({} seeds)", shown(mean, 1, true), here, seeds.size())
                      : here + fmt::format(" ({} seeds)", seeds.size()),
          decided > 0 ? above_zero(mean) : Verdict::undecided};
}

}  // namespace adora::reproduce
