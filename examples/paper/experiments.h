#pragma once
#include <functional>
#include <string>
#include <vector>

#include "runs.h"
#include "section.h"

namespace adora::reproduce {

/// Something that the paper shows, done here.
struct Experiment {
  std::string name;
  std::string what;                  ///< for --help
  std::vector<std::string> methods;  ///< whose learning rates it takes
  std::function<std::vector<Trial>(const Extent&)> trials;
  std::function<Section(const Setup&, const Runs&)> section;  ///< once its runs are finished
  std::function<void(const Setup&)> measure = {};             ///< what is done in this process, before the section
  std::function<bool(const Setup&)> measured = {};            ///< whether that lies behind already
};

Experiment accuracy_experiment();     ///< Table 1
Experiment ranks_experiment();        ///< Figure 5, Table 15
Experiment samples_experiment();      ///< Figures 4 and 9
Experiment granularity_experiment();  ///< Table 6
Experiment overhead_experiment();     ///< Table 7
Experiment patterns_experiment();     ///< Figures 2, 3, 7 and 8
Experiment quantized_experiment();    ///< Figure 6

/// In this order.
const std::vector<Experiment>& all_experiments();

/// The trials of several variants with the same seeds.
std::vector<Trial> trials_of(const std::vector<Variant>& variants, const std::vector<std::int64_t>& seeds);

/// A series of figures: the averages of variants, each at its place.
Series averages(const std::string& name, const std::vector<Variant>& variants, const std::vector<double>& places,
                const Runs& runs, const std::vector<std::int64_t>& seeds);

/// A figure of the variants' averages side by side, with what guessing gets.
Figure averages_figure(const std::string& title, const std::vector<Variant>& variants, const Runs& runs,
                       const std::vector<std::int64_t>& seeds);

/// How much more accurate `a` is than `b`, seed by seed.
Estimate advantage(const Variant& a, const Variant& b, const Runs& runs, const std::vector<std::int64_t>& seeds);

/// That `a` is more accurate than `b`: "91.4 against 90.1: +1.3 ± 0.8 points (5 seeds)". Not decided where neither is
/// above guessing: which of two that have learned nothing guesses better says nothing about the methods.
Claim more_accurate(const std::string& statement, const std::string& papers, const Variant& a, const Variant& b,
                    const Runs& runs, const std::vector<std::int64_t>& seeds);

/// That `a` and `b` are as accurate as one another within some points: supported where the interval lies within them,
/// contradicted where it lies outside; not decided as above.
Claim as_accurate(const std::string& statement, const std::string& papers, double points, const Variant& a,
                  const Variant& b, const Runs& runs, const std::vector<std::int64_t>& seeds);

/// Two variants to be compared at some place: "+1.3 ± 0.8 at rank 4" with the place " at rank 4".
struct Comparison {
  std::string place;
  Variant a, b;
};
/// By how much `a` is more accurate, seed by seed, on average of the places where one of the two is above guessing;
/// nothing where there is no such place.
std::vector<double> mean_advantage(const std::vector<Comparison>& comparisons, const Runs& runs,
                                   const std::vector<std::int64_t>& seeds);
/// That `a` is more accurate than `b` everywhere: with every place named, and decided by that mean, since of many
/// intervals one lies on the wrong side by chance.
Claim everywhere_more_accurate(const std::string& statement, const std::string& papers,
                               const std::vector<Comparison>& comparisons, const Runs& runs,
                               const std::vector<std::int64_t>& seeds);

}  // namespace adora::reproduce
