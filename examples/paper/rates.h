#pragma once
#include <map>
#include <string>
#include <vector>

#include "runs.h"
#include "section.h"

namespace adora::reproduce {

/// The runs by which the methods' learning rates are chosen: each with each rate of the grid.
std::vector<Trial> tuning_trials(const Setup& setup, const std::vector<std::string>& methods);

/// Of each method the rate whose run answers most of the held-out questions, the lower one where two answer as many.
std::map<std::string, double> chosen_rates(const Setup& setup, const Runs& runs,
                                           const std::vector<std::string>& methods);

/// The report's section on learning rates: the runs' accuracies, and the rate chosen for each method.
Section rates_section(const Setup& setup, const Runs& runs, const std::vector<std::string>& methods);

}  // namespace adora::reproduce
