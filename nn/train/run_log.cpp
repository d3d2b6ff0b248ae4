#include "run_log.h"

#include <map>

#include "../../core/error.h"
#include "../../core/listed.h"

namespace adora {
namespace {

std::map<std::string, RunLogKind>& kinds() {
  static std::map<std::string, RunLogKind> all;
  return all;
}

}  // namespace

std::vector<std::pair<std::string, double>> numbers_of(const StepRecord& step) {
  std::vector<std::pair<std::string, double>> numbers{
      {"loss", step.loss},           {"lr", step.lr},
      {"grad_norm", step.grad_norm}, {"tokens", static_cast<double>(step.tokens)},
      {"seconds", step.seconds},     {"time", step.time}};
  for (const auto& [name, value] : step.more) {
    if (const auto* whole = value.get<std::int64_t>()) numbers.emplace_back(name, static_cast<double>(*whole));
    if (const auto* number = value.get<double>()) numbers.emplace_back(name, *number);
  }
  return numbers;
}

std::vector<RunLogKind> run_log_kinds() {
  std::vector<RunLogKind> all;
  for (const auto& [name, kind] : kinds()) all.push_back(kind);
  return all;
}

const RunLogKind& run_log_kind(const std::string& name) {
  const auto found = kinds().find(name);
  if (found != kinds().end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, kind] : kinds()) names.push_back(known);
  fail("there is no log of the kind '{}'; there are {}", shortened(name), listed(names));
}

RegisterRunLog::RegisterRunLog(RunLogKind kind) { kinds()[kind.name] = std::move(kind); }

}  // namespace adora
