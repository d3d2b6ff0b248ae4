// A trainer with a schedule of the user's own.
#include <cmath>
#include <limits>

#include "../../../../nn/train/trainer.h"
#include "../../../files.h"
#include "../../../refused.h"
#include "but_elementwise.h"
#include "ops/elementwise/square.h"

using namespace adora;
using namespace adora::test;

namespace {

/// curvature / 2 · x², whose slope at x is curvature · x.
struct Parabola : Module {
  explicit Parabola(double curvature, double start = 1) : half(curvature / 2), x(full({1}, start)) {
    parameter("x", x);
  }
  Tensor operator()() const { return sum(square(x)) * half; }
  double half;
  Tensor x;
};

double growing(std::int64_t step, std::int64_t steps) {
  return std::pow(1e3, static_cast<double>(step) / static_cast<double>(steps - 1));
}

/// Ten steps on a parabola.
struct Run {
  Parabola parabola{0.5};
  SGD optimizer{parabola.trainable_parameters(), {.lr = 1e-3, .momentum = 0.5}};
  std::unique_ptr<Trainer> trainer;

  explicit Run(TrainerOptions options) {
    options.steps = 10, options.title = "";
    trainer = std::make_unique<Trainer>(
        parabola, optimizer, [this](std::int64_t, std::int64_t) { return parabola(); }, options);
  }
  std::vector<double> column(double StepRecord::*field) const {
    std::vector<double> values;
    for (const StepRecord& record : trainer->records()) values.push_back(record.*field);
    return values;
  }
};

}  // namespace

TEST_CASE("a learning-rate finder is a schedule that grows, and finds where gradient descent begins to diverge") {
  // x becomes (1 - rate · curvature) · x, which is nearer to 0 as long as the rate is below 2 / curvature. No rate
  // comes within half a per cent of 1 / curvature or 2 / curvature, where rounding would decide, and x² stays above
  // 1e-22.
  for (const double curvature : {2.0, 8.0, 40.0}) {
    Parabola parabola(curvature, 1e6);
    SGD sgd(parabola.trainable_parameters(), {.lr = 2e-3});
    double last = 0, least = std::numeric_limits<double>::infinity(), found = 0;
    Trainer finder(parabola, sgd, [&](std::int64_t, std::int64_t) { return parabola(); },
                   {.steps = 100, .schedule = growing, .title = "", .stop = [&] { return last > 4 * least; }});
    finder.set_after_step([&](StepRecord& step) {
      last = step.loss;
      if (last < least) least = last, found = step.lr;
    });
    finder.run();
    CHECK(finder.done() < 100);
    double first = 0;  // that is too high
    for (std::int64_t step = 0; first <= 2 / curvature; ++step) first = 2e-3 * growing(step, 100);
    CHECK(found == first);
  }
}

TEST_CASE("with a schedule of one's own a run that was stopped goes on bit for bit") {
  Run whole({.schedule = growing});
  whole.trainer->run();
  for (std::int64_t step = 0; step < 10; ++step)
    CHECK(whole.trainer->records()[static_cast<std::size_t>(step)].lr == 1e-3 * growing(step, 10));
  TemporaryFolder folder;
  std::int64_t asked = 0;
  Run first({.schedule = growing, .folder = folder.path(), .stop = [&] { return ++asked == 4; }});
  first.trainer->run();
  Run second({.schedule = growing, .folder = folder.path()});
  REQUIRE(second.trainer->resume(folder.path()));
  second.trainer->run();
  CHECK(second.column(&StepRecord::lr) == whole.column(&StepRecord::lr));
  CHECK(second.column(&StepRecord::loss) == whole.column(&StepRecord::loss));
  CHECK(to_vector<float>(second.parabola.x) == to_vector<float>(whole.parabola.x));
}

TEST_CASE("a run goes on with another schedule, unless a property says which one it has") {
  TemporaryFolder folder;
  std::int64_t asked = 0;
  const RunProperty property{"schedule", "growing", "the learning rate's schedule has changed"};
  Run first({.schedule = growing, .folder = folder.path(), .run_properties = {property}, .stop = [&] {
               return ++asked == 4;
             }});
  first.trainer->run();
  Run second({.schedule = linear_schedule(), .folder = folder.path(), .run_properties = {property}});
  REQUIRE(second.trainer->resume(folder.path()));
  second.trainer->run();
  const std::vector<double> rates = second.column(&StepRecord::lr);
  CHECK(rates[3] == 1e-3 * growing(3, 10));
  CHECK(rates[4] == 1e-3 * linear_schedule()(4, 10));
  Run third({.schedule = linear_schedule(),
             .folder = folder.path(),
             .run_properties = {{"schedule", "linear", property.why}}});
  CHECK_THROWS_WITH(third.trainer->resume(folder.path()), ContainsSubstring(property.why));
}

TEST_CASE("a schedule that gives no rate is refused before anything has changed") {
  for (const double factor : {-1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    Run run({.schedule = [&](std::int64_t step, std::int64_t) { return step < 2 ? 1 : factor; }});
    std::vector<float> before;
    run.trainer->set_after_step([&](StepRecord&) { before = to_vector<float>(run.parabola.x); });
    CHECK_THROWS_WITH(run.trainer->run(), ContainsSubstring("the schedule gives") && ContainsSubstring("step 2 of 10"));
    CHECK(run.trainer->done() == 2);
    CHECK(to_vector<float>(run.parabola.x) == before);
  }
}

TEST_CASE("without a schedule the learning rate stays") {
  Run run({});
  run.trainer->run();
  CHECK(run.column(&StepRecord::lr) == std::vector<double>(10, 1e-3));
}
