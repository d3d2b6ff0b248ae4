#include "rates.h"

#include <fmt/core.h>

#include "../tiny_world/questions.h"

namespace adora::reproduce {

namespace {

Variant variant_of(const Setup& setup, const std::string& method) {
  return method == "full" ? full() : low_rank(method, setup.extent.rank);
}

Trial tuning_trial(const Setup& setup, const std::string& method, double rate) {
  return {variant_of(setup, method), setup.extent.tuning_seed, rate};
}

}  // namespace

std::vector<Trial> tuning_trials(const Setup& setup, const std::vector<std::string>& methods) {
  std::vector<Trial> trials;
  for (const std::string& method : methods)
    for (const double rate : setup.extent.rates) trials.push_back(tuning_trial(setup, method, rate));
  return trials;
}

std::map<std::string, double> chosen_rates(const Setup& setup, const Runs& runs,
                                           const std::vector<std::string>& methods) {
  std::map<std::string, double> chosen;
  for (const std::string& method : methods) {
    double best = -1;
    for (const double rate : setup.extent.rates) {  // from the lowest to the highest
      const double accuracy = runs.outcome(tuning_trial(setup, method, rate)).average;
      if (accuracy > best + 1e-9) best = accuracy, chosen[method] = rate;
    }
  }
  return chosen;
}

Section rates_section(const Setup& setup, const Runs& runs, const std::vector<std::string>& methods) {
  Section section;
  section.name = "rates";
  section.title = "Learning rates";
  section.subject = fmt::format(
      "One grid for every method. The rate whose run, with a seed of its own, answers most of {} questions held"
      " out of training is the method's everywhere below; the test questions have no part in the choice, though"
      " some ask for the same facts. One run each decides, and a star marks a choice at the grid's edge. LoRA "
      "and DoRA at other ranks, with a part of the questions, on other modules, over quantized weights and with"
      " the norm's gradient take the rate of their method here.",
      tiny_world::all_tasks.size() * setup.extent.held_out_questions);
  TextTable table{"Accuracy on the held-out questions in per cent", {"Method"}, {}};
  for (const double rate : setup.extent.rates) table.header.push_back(fmt::format("{}", rate));
  table.header.emplace_back("chosen");
  const auto chosen = chosen_rates(setup, runs, methods);
  for (const std::string& method : methods) {
    std::vector<std::string> row = {variant_of(setup, method).label};
    for (const double rate : setup.extent.rates)
      row.push_back(fmt::format("{:.1f}", runs.outcome(tuning_trial(setup, method, rate)).average));
    const double rate = chosen.at(method);
    const bool edge = rate == setup.extent.rates.front() || rate == setup.extent.rates.back();
    row.push_back(fmt::format("{}{}", rate, edge ? "*" : ""));
    table.rows.push_back(std::move(row));
  }
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace adora::reproduce
