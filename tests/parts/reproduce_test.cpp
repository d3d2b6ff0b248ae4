// The statistics, verdicts and figures of a reproduction.
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "../../examples/paper/child.h"
#include "../../examples/paper/experiments.h"
#include "../../examples/paper/figure.h"
#include "../../examples/paper/paper_scores.h"
#include "../../examples/paper/questions.h"
#include "../../examples/paper/section.h"
#include "../../examples/paper/statistics.h"
#include "../../nn/io/json_file.h"
#include "../catch.h"
#include "../files.h"
#include "count.h"

using namespace adora;
using namespace adora::reproduce;
using adora::test::count;
using adora::test::TemporaryFolder;

TEST_CASE("Student's t agrees with the printed tables") {
  CHECK(student_t(1) == Approx(12.706).epsilon(1e-4));
  CHECK(student_t(2) == Approx(4.303).epsilon(1e-4));
  CHECK(student_t(4) == Approx(2.776).epsilon(2e-4));
  CHECK(student_t(30) == Approx(2.042).epsilon(2e-4));
  CHECK(student_t(1000) == Approx(1.962).epsilon(3e-4));
  CHECK_THROWS_WITH(student_t(0), Catch::Matchers::Contains("two values"));
}

TEST_CASE("an interval is the mean and t times its standard error, and one value has none") {
  // Mean 3, standard deviation √2.5, standard error √0.5.
  const Estimate five = estimate({1, 2, 3, 4, 5});
  CHECK(five.mean == Approx(3));
  CHECK(five.high - five.mean == Approx(2.7764 * std::sqrt(0.5)).epsilon(1e-4));
  CHECK(five.mean - five.low == Approx(five.high - five.mean));
  const Estimate one = estimate({7});
  CHECK(one.mean == 7);
  CHECK_FALSE(one.has_interval());
  CHECK(std::isnan(estimate({}).mean));
  CHECK(shown(five, 1) == "3.0 ± 2.0");
  CHECK(shown(one, 1, true) == "+7.0");
  CHECK(shown(estimate({}), 1) == "–");
  CHECK(shown(estimate({-0.04}), 1, true) == "0.0");
}

TEST_CASE("a difference is taken pair by pair, so that what both share does not widen it") {
  const Estimate gain = difference({1, 12, 23}, {0, 10, 22});
  CHECK(gain.mean == Approx(4.0 / 3));
  CHECK(gain.high - gain.mean == Approx(4.3027 * std::sqrt(1.0 / 3) / std::sqrt(3.0)).epsilon(1e-4));
  CHECK_THROWS(difference({1, 2}, {1}));
}

TEST_CASE("a claim is decided by the side of zero on which its whole interval lies, and not by two values") {
  CHECK(above_zero(estimate({1, 2, 1.5})) == Verdict::supported);
  CHECK(above_zero(estimate({-1, -2, -1.5})) == Verdict::contradicted);
  CHECK(above_zero(estimate({-1, 2, 1.5})) == Verdict::undecided);
  CHECK(above_zero(estimate({1, 1})) == Verdict::undecided);
}

TEST_CASE("a figure has a mark for each number, its interval, and all of it as text") {
  Figure figure{"Title <1>", "a & b", "x", "y", {}};
  figure.series = {{"one", {{1, 10, std::pair{8.0, 12.5}}, {2, 20}}}, {"two", {{1, 15}, {2, NAN}}, false}};
  const std::string html = figure_html(figure);
  CHECK(count(html, "<circle") == 2 + 1);  // each shape stands in the legend once more
  CHECK(count(html, "<rect") == 1 + 1);    // none where there is no number
  CHECK(count(html, "<path") == 2);        // the line of the first and its interval
  CHECK(html.find("one: 1 10 (8 to 12.5); 2 20;") != std::string::npos);
  CHECK(html.find("Title &lt;1&gt;") != std::string::npos);
  CHECK(html.find("\"nan") == std::string::npos);
  CHECK(html.find(" nan\"") == std::string::npos);
}

TEST_CASE("figures with one point, with equal points and with none are drawn") {
  for (const std::vector<Mark>& marks : {std::vector<Mark>{}, {{3, 5}}, {{3, 5}, {3, 5}}, {{0, 0}}, {{1, NAN}}}) {
    Figure figure{"few", "", "x", "y", {{"one", marks}}};
    const std::string html = figure_html(figure);
    CHECK(html.find("inf") == std::string::npos);
    for (const char* attribute : {"x=\"nan", "y=\"nan", "cx=\"nan", "d=\"Mnan"})
      CHECK(html.find(attribute) == std::string::npos);
    CHECK((count(html, "<svg viewBox") == 1) == (!marks.empty() && !std::isnan(marks[0].y)));
  }
}

TEST_CASE("the paper's scores give the advantages that the paper prints") {
  CHECK(paper::table_1[0].dora - paper::table_1[0].lora == Approx(3.7));
  CHECK(paper::table_1[3].dora - paper::table_1[3].lora == Approx(4.4));
  CHECK(paper::table_15[1].dora - paper::table_15[1].lora == Approx(37.2));
  CHECK(paper::table_15[0].dora - paper::table_15[0].lora == Approx(22.4));
  CHECK(paper::table_6[0].fine - paper::table_6[0].lora == Approx(2.8));
  CHECK(paper::figure_6[0].qdora - paper::figure_6[0].qlora == Approx(0.19));
}

TEST_CASE("experiments that need the same runs name them alike, and no run is named twice for different things") {
  std::map<std::string, std::vector<std::string>> seen;
  const Extent extent = usual_extent();
  for (const Experiment& one : all_experiments())
    for (const Trial& trial : one.trials(extent)) {
      const auto [place, fresh] = seen.emplace(trial.name(), trial.variant.arguments);
      CHECK(place->second == trial.variant.arguments);
    }
  for (const char* name : {"dora-r32-seed1", "lora-r1-seed3", "vera-r32-25percent-seed2", "qdora-r32-seed1",
                           "dora-r32-fine-seed1", "dora-r32-full-norm-gradient-seed1", "full-seed5", "zero-shot-seed0"})
    CHECK(seen.contains(name));
}

TEST_CASE("of two variants the runs' files decide which is more accurate, and nothing where both guess") {
  TemporaryFolder folder;
  Setup setup{.extent = quick_extent(), .output = folder / "out", .finetune = {}};
  const std::vector<std::int64_t> seeds = {1, 2, 3};
  const Variant good = low_rank("dora", 8), middling = low_rank("lora", 8), bad = full(), worse = low_rank("vera", 8);
  auto finish = [&](const Variant& variant, const std::vector<double>& averages) {
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      const std::string run = setup.output + "/runs/" + Trial{variant, seeds[i]}.name();
      std::filesystem::create_directories(run);
      write_json_file(
          run + "/report.json",
          Json::Object{{"runs", Json::Array{Json::Object{
                                    {"trainable_percent", 5.0},
                                    {"final_loss", nullptr},
                                    {"seconds", 1.0},
                                    {"steps", 3},
                                    {"accuracy", Json::Object{{"boolq", averages[i]}, {"average", averages[i]}}}}}}});
    }
  };
  finish(good, {0.90, 0.91, 0.92});
  finish(middling, {0.80, 0.82, 0.84});
  finish(bad, {0.33, 0.34, 0.35});
  finish(worse, {0.10, 0.11, 0.12});
  const Runs runs(setup);
  CHECK(guessing() == Approx(100 * (0.5 + 0.5 + 1.0 / 3 + 0.25 + 0.5 + 0.25 + 0.25 + 0.25) / 8));
  CHECK(runs.averages(good, seeds)[2] == Approx(92));
  const Claim up = more_accurate("s", "p", good, middling, runs, seeds);
  CHECK(up.verdict == Verdict::supported);
  CHECK(up.here.starts_with("91.0 against 82.0: +9.0 ± "));
  CHECK(more_accurate("s", "p", middling, good, runs, seeds).verdict == Verdict::contradicted);
  const Claim both_guess = more_accurate("s", "p", bad, worse, runs, seeds);
  CHECK(both_guess.verdict == Verdict::undecided);
  CHECK(both_guess.here.find("neither is above guessing, 35.4") != std::string::npos);
  CHECK(more_accurate("s", "p", good, worse, runs, seeds).verdict == Verdict::supported);
  const std::vector<Comparison> places = {{" here", good, middling}, {" there", bad, worse}};
  CHECK(everywhere_more_accurate("s", "p", places, runs, seeds).verdict == Verdict::supported);
  CHECK(everywhere_more_accurate("s", "p", {places[1]}, runs, seeds).verdict == Verdict::undecided);
  const std::vector<double> gains = mean_advantage(places, runs, seeds);  // of the first place alone
  CHECK(gains.size() == seeds.size());
  CHECK(gains[1] == Approx(9));
  CHECK(mean_advantage({places[1]}, runs, seeds).empty());
}

TEST_CASE("a child's status and words are kept, and one that can't be started is an error") {
  TemporaryFolder folder;
  auto status_of = [&](const std::vector<std::string>& words) {
    Child child(words, folder / "said");
    std::optional<int> status;
    while (!status) status = child.status();
    return *status;
  };
  CHECK(status_of({"/bin/sh", "-c", "echo out; echo err >&2; exit 3"}) == 3);
  CHECK(test::bytes_of(folder / "said") == "out\nerr\n");
  CHECK(status_of({"/bin/sh", "-c", "kill -9 $$"}) == 128 + 9);
  CHECK_THROWS_WITH(Child({"/no/such/program"}, folder / "said"), Catch::Matchers::Contains("/no/such/program"));
  CHECK_THROWS_WITH(Child({"/bin/sh"}, folder / "none/said"), Catch::Matchers::Contains("none/said"));
}

TEST_CASE("a child ends where its object goes away") {
  TemporaryFolder folder;
  pid_t pid = 0;
  {
    Child child({"/bin/sh", "-c", "echo $$; exec sleep 1000"}, folder / "said");
    while (pid == 0) pid = std::atoi(test::bytes_of(folder / "said").c_str());
    CHECK(kill(pid, 0) == 0);
  }
  CHECK(kill(pid, 0) == -1);
  CHECK(errno == ESRCH);
}
