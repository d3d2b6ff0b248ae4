#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>

#include "../common/html.h"
#include "../finetune/pattern_watch.h"
#include "accuracy_table.h"
#include "json_values.h"
#include "line_chart.h"
#include "report.h"

namespace adora::finetune {

namespace {

using programs::html_text;

std::string accuracies(const Report& report) {
  const std::vector<std::vector<Cell>> rows = accuracy_table(report);
  const bool any = std::any_of(report.runs.begin(), report.runs.end(),
                               [](const MethodReport& run) { return !run.accuracy.empty(); });
  if (!any) return "";
  std::string text = "<h2>Accuracy in per cent</h2>\n<div class=\"wide\"><table>\n";
  for (const std::vector<Cell>& cells : rows) {
    const char* tag = &cells == &rows.front() ? "th" : "td";
    text += "<tr>";
    for (const Cell& cell : cells)
      text += fmt::format("<{0}{1}>{2}</{0}>", tag, cell.best ? " class=\"best\"" : "", html_text(cell.text));
    text += "</tr>\n";
  }
  return text + "</table></div>\n";
}

std::string cost_table(const Report& report) {
  std::string text =
      "<h2>Cost</h2>\n<div class=\"wide\"><table>\n<tr><th>Method</th><th>trainable parameters</th><th>of all</th>"
      "<th>steps</th><th>final loss</th><th>seconds</th><th>tokens per second</th><th>peak memory, MiB</th>"
      "<th>seed</th></tr>\n";
  for (const MethodReport& run : report.runs) {
    if (run.steps.empty()) continue;
    text += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.4f}</td><td>{:.1f}</td><td>{:.0f}</td><td>{:.1f}</td>"
        "<td>{}</td></tr>\n",
        html_text(run.label), run.trainable_parameters, run.total_parameters, run.steps.size(), run.final_loss(),
        run.seconds, run.tokens_per_second(), static_cast<double>(run.peak_memory_bytes) / (1 << 20), run.seed);
  }
  return text + "</table></div>\n";
}

using Value = std::function<std::optional<double>(const StepRecord&)>;

// A chart of a value, for the steps that have it; nothing where none has.
std::string curves(const Report& report, const std::string& title, bool smoothed, const Value& value) {
  std::vector<Curve> curves;
  for (const MethodReport& run : report.runs) {
    Curve curve{run.label, {}};
    for (const StepRecord& step : run.steps)
      if (const auto y = value(step); y && std::isfinite(*y))
        curve.points.push_back({static_cast<double>(step.step), *y});
    if (!curve.points.empty()) curves.push_back(std::move(curve));
  }
  return curves.empty() ? "" : fmt::format("<h2>{}</h2>\n{}", title, line_chart(curves, title + " by step", smoothed));
}

std::string loss_curves(const Report& report) {
  return curves(report, "Loss", true, [](const StepRecord& step) { return step.loss; }) +
         curves(report, "Loss of the evaluation documents", false,
                [](const StepRecord& step) { return number_of(step, "eval_loss"); });
}

std::string evaluations(const Report& report) {
  std::string rows;
  for (const MethodReport& run : report.runs)
    if (run.eval_loss)
      rows += fmt::format("<tr><td>{}</td><td>{:.4f}</td><td>{:.4g}</td><td>{}</td></tr>\n", html_text(run.label),
                          *run.eval_loss, std::exp(*run.eval_loss), run.eval_step);
  if (rows.empty()) return "";
  return "<h2>Evaluation documents</h2>\n<div class=\"wide\"><table>\n<tr><th>Method</th><th>loss, nats a token</th>"
         "<th>perplexity</th><th>after step</th></tr>\n" +
         rows + "</table></div>\n";
}

/// The mean over the layers of what a kind of module ("q_proj") has changed by, step by step.
std::vector<Curve> change_curves(const MethodReport& run, double WeightChange::*part) {
  std::map<std::string, Curve> of_kind;
  for (const StepRecord& step : run.steps) {
    std::map<std::string, std::pair<double, int>> sums;
    for (const auto& [module, change] : changes_of(step)) {
      auto& [sum, count] = sums[module_kind(module)];
      sum += change.*part, ++count;
    }
    for (const auto& [kind, sum] : sums)
      of_kind[kind].points.emplace_back(static_cast<double>(step.step), sum.first / sum.second);
  }
  std::vector<Curve> curves;
  for (auto& [kind, curve] : of_kind) curves.push_back({kind, std::move(curve.points)});
  return curves;
}

std::string patterns(const Report& report) {
  std::string text;
  for (const MethodReport& run : report.runs) {
    const auto lengths = change_curves(run, &WeightChange::magnitude);
    if (lengths.empty()) continue;
    const std::string name = html_text(run.label);
    text += fmt::format(
        "<h2>{}: change of the rows' lengths, ΔM</h2>\n{}<h2>{}: change of their directions, ΔD</h2>\n{}", name,
        line_chart(lengths, run.label + ": change of magnitude by step", false), name,
        line_chart(change_curves(run, &WeightChange::direction), run.label + ": change of direction by step", false));
  }
  return text;
}

}  // namespace

std::string report_html(const Report& report) {
  return programs::html_page(
      report.title,
      fmt::format("<h1>{}</h1>\n<p>{}</p>\n{}{}{}{}{}", html_text(report.title), html_text(report.subject),
                  accuracies(report), evaluations(report), loss_curves(report), patterns(report), cost_table(report)));
}

}  // namespace adora::finetune
