// Tables, charts and pages made of what runs have measured.
#include "../../examples/report/report.h"

#include <cmath>

#include "../../examples/common/table.h"
#include "../../examples/report/accuracy_table.h"
#include "../../examples/report/line_chart.h"
#include "../catch.h"
#include "../files.h"
#include "count.h"

using namespace adora;
using namespace adora::finetune;
using adora::test::count;
using adora::test::TemporaryFolder;

namespace {

MethodReport run(const std::string& label, std::vector<TaskAccuracy> accuracy) {
  MethodReport report;
  report.method = "dora";
  report.label = label;
  report.trainable_parameters = 1;
  report.total_parameters = 8;
  report.accuracy = std::move(accuracy);
  report.seconds = 65;
  report.peak_memory_bytes = 3 << 20;
  report.steps = {{.step = 1, .loss = 2, .lr = 0.1, .grad_norm = 1, .tokens = 100, .seconds = 65}};
  return report;
}

Report two_runs() {
  Report report{.title = "<two>", .subject = "a & b", .runs = {}, .chance = {{"boolq", 0.5}, {"piqa", 0.25}}};
  report.runs = {run("A", {{"boolq", 0.5}, {"piqa", 0.75}}), run("B <i>", {{"boolq", 0.625}, {"piqa", 0.25}})};
  return report;
}

}  // namespace

TEST_CASE("a table's columns are as wide as their widest cell, whatever bytes its characters have") {
  programs::Table table({"name", "é"});
  table.add({"a", "10.0"});
  table.add({"longer", "–"});
  CHECK(table.text() == "name       é\n──────  ────\na       10.0\nlonger     –\n");
}

TEST_CASE("accuracies stand in per cent with their average, the best of a column marked, guessing below") {
  const auto rows = accuracy_table(two_runs());
  std::vector<std::string> text;
  for (const auto& row : rows) {
    std::string line;
    for (const Cell& cell : row) line += cell.text + (cell.best ? "* " : " ");
    text.push_back(line);
  }
  CHECK(text == std::vector<std::string>{"Method Params % BoolQ PIQA Avg. ", "A 12.50 50.0 75.0* 62.5* ",
                                         "B <i> 12.50 62.5* 25.0 43.8 ", "guessing – 50.0 25.0 37.5 "});
}

TEST_CASE("without a question there are no columns for tasks, and tasks that a run does not have are left open") {
  Report report = two_runs();
  report.runs[1].accuracy.pop_back();
  CHECK(accuracy_table(report)[2][3].text == "–");
  for (MethodReport& one : report.runs) one.accuracy.clear();
  CHECK(accuracy_table(report).size() == 3);
  CHECK(accuracy_table(report)[0].size() == 2);
  CHECK_THAT(report_table(report), ContainsSubstring("A          12.50  2.000  1:05    3"));
}

TEST_CASE("what a run lost on documents held out stands in the table, the page and the numbers, where there is any") {
  Report report = two_runs();
  CHECK(report_table(report).find("eval") == std::string::npos);
  CHECK(report_html(report).find("Evaluation documents") == std::string::npos);
  CHECK(report_json(report).dump().find("eval") == std::string::npos);
  report.runs[0].eval_loss = std::log(8.0);
  report.runs[0].eval_step = 3;
  report.runs[0].steps[0].more = {{"eval_loss", 2.5}};
  CHECK_THAT(report_table(report),
             ContainsSubstring("loss  eval loss  time") && ContainsSubstring("2.000      2.079  1:05"));
  const std::string page = report_html(report);
  CHECK_THAT(page, ContainsSubstring("<td>A</td><td>2.0794</td><td>8</td><td>3</td>"));
  CHECK(count(page, "<svg") == 2);
  const Json json = report_json(report);
  const auto& runs = *json.get<Json::Object>()->at("runs").get<Json::Array>();
  CHECK(*runs[0].get<Json::Object>()->at("eval_perplexity").get<double>() == Approx(8));
  CHECK(runs[0].get<Json::Object>()->at("eval_step") == Json(3));
  CHECK_FALSE(runs[1].get<Json::Object>()->contains("eval_loss"));
}

TEST_CASE("a run without steps has neither a loss nor a time") {
  Report report = two_runs();
  report.runs[0].steps.clear();
  CHECK_THAT(report_table(report), ContainsSubstring("A                –   50.0  75.0  62.5      –     –    3"));
  CHECK(std::isnan(report.runs[0].final_loss()));
}

TEST_CASE("the page shows the same accuracies, and what it is given as text stays text") {
  const std::string page = report_html(two_runs());
  for (const char* part : {"<h1>&lt;two&gt;</h1>", "a &amp; b", "B &lt;i&gt;", "<td class=\"best\">75.0</td>", "37.5"})
    CHECK_THAT(page, ContainsSubstring(part));
  CHECK(page.find("<i>") == std::string::npos);
  CHECK(count(page, "class=\"best\"") == 3);
}

TEST_CASE("a loss chart has a line and a name for each curve, and no point outside of the picture") {
  Curve falling{"falling", {}}, steep{"a & b", {{1, 100}, {2, 0.5}}};
  for (int step = 1; step <= 2000; ++step) falling.points.emplace_back(step, 3 + std::exp(-step / 100.0));
  const std::string chart = line_chart({falling, steep}, "loss by step", true);
  // The long one is drawn smoothed, and faintly as it was.
  CHECK(count(chart, "<path") == 3);
  CHECK(count(chart, "class=\"raw\"") == 1);
  CHECK_THAT(chart, ContainsSubstring("a &amp; b"));
  CHECK(chart.find("nan") == std::string::npos);
  CHECK(chart.find("inf") == std::string::npos);
  CHECK(chart.size() < 60000);
  for (std::size_t at = chart.find(" d=\""); at != std::string::npos; at = chart.find(" d=\"", at + 1)) {
    const char* text = chart.c_str() + at + 4;
    while (*text == 'M' || *text == 'L') {
      char* end = nullptr;
      const double x = std::strtod(text + 1, &end), y = std::strtod(end, &end);
      CHECK((x >= 0 && x <= 900 && y >= 0 && y <= 360));
      text = end;
    }
  }
}

TEST_CASE("a chart of one point, or of a loss that never changes, is a chart") {
  for (const double loss : {0.0, 1.5}) {
    const std::string chart =
        line_chart({{"one", {{1, loss}}}, {"level", {{1, loss}, {2, loss}, {3, loss}}}}, "loss by step", true);
    CHECK(chart.find("nan") == std::string::npos);
    CHECK(count(chart, "<path") == 2);
  }
}

TEST_CASE("a log is read as it was written, and its damage is named with the line") {
  TemporaryFolder folder;
  const StepRecord step{.step = 1, .loss = 0.1 + 0.2, .lr = 1e-4, .grad_norm = 3, .tokens = 9, .seconds = 0.25};
  StepRecord second = step;
  second.step = 2;
  test::put(folder / "log.jsonl", log_line(step) + log_line(second) + "{\"step\":3,");
  const auto steps = read_log(folder / "log.jsonl", 2);
  CHECK(steps.size() == 2);
  CHECK(steps[0].loss == step.loss);
  CHECK(steps[1].tokens == 9);
  CHECK_THROWS_WITH(read_log(folder / "log.jsonl", 3), ContainsSubstring("log.jsonl"));
  test::put(folder / "log.jsonl", log_line(step) + "{}\n");
  CHECK_THROWS_WITH(read_log(folder / "log.jsonl", 2), ContainsSubstring("log.jsonl: line 2"));
}
