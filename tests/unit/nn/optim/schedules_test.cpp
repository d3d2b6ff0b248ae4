// Schedules, against PyTorch's of torch.optim.lr_scheduler with a rate of 1 and against transformers'.
#include <cmath>
#include <limits>

#include "../../../../nn/io/json_fields.h"
#include "../../../../nn/io/json_file.h"
#include "../../../refused.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

void check_rates(const Schedule& schedule, const std::vector<double>& expected) {
  const auto steps = static_cast<std::int64_t>(expected.size());
  for (std::int64_t step = 0; step < steps; ++step) {
    INFO("step " << step);
    CHECK(schedule(step, steps) == Approx(expected[static_cast<std::size_t>(step)]).epsilon(1e-12));
  }
}

void check_plateau(PlateauOptions options, const std::vector<double>& metrics, const std::vector<double>& expected) {
  Plateau plateau(options);
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    INFO("metric " << i);
    CHECK(plateau.update(metrics[i]) == Approx(expected[i]));
  }
}

const std::vector<double> metrics{
    1, 0.9, 0.95, 0.9, 0.89999, 0.9, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, std::numeric_limits<double>::quiet_NaN(), 0.4};

}  // namespace

TEST_CASE("schedules of steps are PyTorch's") {
  const std::vector<double> by_three{1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25};
  check_rates(step_schedule(3, 0.5), by_three);
  check_rates(multi_step_schedule({5, 2, 5}, 0.5), {1, 1, 0.5, 0.5, 0.5, 0.125, 0.125, 0.125});
  check_rates(exponential_schedule(0.9), {1, 0.9, 0.81, 0.729, 0.6561});
  check_rates(cosine_restarts_schedule(3, 2, 0.1), {1, 0.775, 0.325, 1, 0.9397114317029974, 0.775, 0.55, 0.325,
                                                    0.16028856829700258, 1, 0.9846666218300807, 0.9397114317029974});
  check_rates(one_cycle_schedule(), {0.04, 0.52, 1, 0.9504846320134737, 0.8117456539497631, 0.6112620219362893,
                                     0.38874197806371075, 0.18825834605023697, 0.049519367986526286, 4e-06});
  check_rates(one_cycle_schedule({.pct_start = 0.5, .div_factor = 10, .final_div_factor = 100, .linear = true}),
              {0.1, 0.4, 0.7, 1, 0.75025, 0.5005, 0.25075, 0.001});
  // Beyond the end, and of no steps.
  CHECK(one_cycle_schedule()(20, 10) == Approx(4e-6));
  CHECK(one_cycle_schedule()(0, 0) == Approx(4e-6));
  CHECK(cosine_restarts_schedule(1, 2)(std::int64_t{1} << 62, 10) <= 1);
  CHECK(cosine_restarts_schedule(7)(std::int64_t{7} << 50, 10) == 1);
}

TEST_CASE("schedules with names of transformers have its numbers") {
  const std::string path = std::string(ADORA_SOURCE_ROOT) + "/tests/unit/nn/optim/files/schedules.json";
  const Json cases = read_json_file(path);
  for (const Json& one : *cases.get<Json::Array>()) {
    JsonFields fields(one, path);
    const std::string name = fields.text("name");
    ScheduleSettings settings;
    JsonFields options(*fields.find("options"), path);
    for (const std::string& option : options.unread()) settings[option] = {options.number(option, 0, 100)};
    const Schedule made = schedule(name, fields.integer("warmup", 0, 100), settings);
    const auto& factors = *fields.find("factors")->get<Json::Array>();
    REQUIRE(factors.size() == 14);
    for (std::size_t step = 0; step < factors.size(); ++step) {
      INFO(one.dump(-1) << ", step " << step);
      CHECK(made(static_cast<std::int64_t>(step), 14) ==
            Approx(*factors[step].get<double>()).epsilon(1e-12).margin(1e-15));
    }
  }
}

TEST_CASE("schedules stay at their end, and of no steps there is one") {
  CHECK(polynomial_schedule(2, 0.25)(20, 10) == 0.25);
  CHECK(cosine_schedule(0, 0.25)(20, 10) == 0.25);
  CHECK(cosine_with_restarts_schedule(3)(20, 10) == 0);
  CHECK(stable_decay_schedule({.least = 0.5})(20, 10) == 0.5);
  CHECK(inverse_sqrt_schedule(1)(99, 10) == Approx(0.1));
  for (const char* name : {"polynomial", "cosine", "cosine_with_restarts", "warmup_stable_decay", "inverse_sqrt"})
    for (const std::int64_t step : {0, 5}) CHECK(std::isfinite(schedule(name, 3)(step, 0)));
  // More steps of decay than there are: it has begun before.
  CHECK(stable_decay_schedule({.decay_steps = 20})(0, 10) == Approx(0.5));
}

TEST_CASE("any schedule can follow a warm-up, and has a name") {
  check_rates(with_warmup(4, step_schedule(3, 0.5)), {0, 0.25, 0.5, 0.75, 1, 1, 1, 0.5, 0.5, 0.5, 0.25});
  const Schedule named = schedule("step", 4, {{"step_size", {3}}, {"gamma", {0.5}}});
  for (std::int64_t step = 0; step < 20; ++step)
    CHECK(named(step, 20) == with_warmup(4, step_schedule(3, 0.5))(step, 20));
  CHECK(schedule("multi_step", 0, {{"milestones", {2, 5}}})(5, 10) == Approx(0.01));
  CHECK(schedule("exponential", 0, {{"gamma", {0.5}}})(2, 10) == 0.25);
  CHECK(schedule("cosine_restarts", 0, {{"first", {4}}, {"least", {0.5}}})(2, 10) == Approx(0.75));
  CHECK(schedule("one_cycle", 0, {{"linear", {1}}})(0, 10) == Approx(0.04));
  CHECK(schedule_names().size() >= 8);
  const RegisterSchedule halved("test_halved", {"every"}, [](const ScheduleSettings& s) {
    return step_schedule(whole_setting(s, "every", 1000), 0.5);
  });
  CHECK(schedule("test_halved", 1, {{"every", {2}}})(3, 10) == 0.5);
}

TEST_CASE("schedules refuse numbers that make none") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  check_refused({{"step_schedule", [] { step_schedule(0); }},
                 {"step_schedule", [&] { step_schedule(1, nan); }},
                 {"step_schedule", [] { step_schedule(1)(-1, 10); }},
                 {"multi_step_schedule", [] { multi_step_schedule({-1}); }},
                 {"exponential_schedule", [] { exponential_schedule(-0.5); }},
                 {"cosine_restarts_schedule", [] { cosine_restarts_schedule(0); }},
                 {"cosine_restarts_schedule", [] { cosine_restarts_schedule(1, 0); }},
                 {"cosine_restarts_schedule", [] { cosine_restarts_schedule(1, 1, 2); }},
                 {"one_cycle_schedule", [] { one_cycle_schedule({.pct_start = 1}); }},
                 {"one_cycle_schedule", [] { one_cycle_schedule({.div_factor = 0}); }},
                 {"polynomial_schedule", [] { polynomial_schedule(0); }},
                 {"polynomial_schedule", [&] { polynomial_schedule(nan); }},
                 {"polynomial_schedule", [] { polynomial_schedule(1, 2); }},
                 {"cosine_schedule", [] { cosine_schedule(0, -0.5); }},
                 {"cosine_with_restarts_schedule", [] { cosine_with_restarts_schedule(0); }},
                 {"inverse_sqrt_schedule", [] { inverse_sqrt_schedule(0); }},
                 {"stable_decay_schedule", [] { stable_decay_schedule({.decay_share = 2}); }},
                 {"stable_decay_schedule", [] { stable_decay_schedule({.decay_steps = -1}); }},
                 {"stable_decay_schedule", [] { stable_decay_schedule({.least = 2}); }},
                 {"'least' must be given", [] { schedule("cosine_with_min_lr"); }},
                 {"decay_steps",
                  [] {
                    schedule("warmup_stable_decay", 0, {{"decay_steps", {1}}, {"decay_share", {0.5}}});
                  }},
                 {"with_warmup", [] { with_warmup(-1, constant_schedule()); }},
                 {"with_warmup", [] { with_warmup(1, {}); }},
                 {"'step_size' must be given", [] { schedule("step"); }},
                 {"'step_size' must be a whole number",
                  [] {
                    schedule("step", 0, {{"step_size", {1.5}}});
                  }},
                 {"'gamma' is one number",
                  [] {
                    schedule("exponential", 0, {{"gamma", {1, 2}}});
                  }},
                 {"no option 'gamma'",
                  [] {
                    schedule("cosine", 0, {{"gamma", {1}}});
                  }},
                 {"cosine_restarts", [] { schedule("cosin"); }}});
}

TEST_CASE("a plateau lowers the rate when PyTorch's does, and goes on from its state") {
  check_plateau({.factor = 0.5, .patience = 1}, metrics,
                {1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125, 0.125, 0.0625, 0.0625, 0.03125, 0.03125, 0.03125});
  check_plateau({.factor = 0.5, .patience = 0, .threshold = 0.01, .relative = false, .cooldown = 2, .least = 0.2},
                metrics, {1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2});
  check_plateau({.factor = 0.1, .patience = 1, .largest = true}, {1, 2, 2.0001, 2.1, 2, 2, 2, 3},
                {1, 1, 1, 1, 1, 0.1, 0.1, 0.1});
  Plateau whole({.factor = 0.5, .patience = 1, .cooldown = 1}), first({.factor = 0.5, .patience = 1, .cooldown = 1});
  for (std::size_t i = 0; i < 7; ++i) whole.update(metrics[i]), first.update(metrics[i]);
  Plateau second({.factor = 0.5, .patience = 1, .cooldown = 1});
  second.load_state_dict(first.state_dict());
  for (std::size_t i = 7; i < metrics.size(); ++i) CHECK(whole.update(metrics[i]) == second.update(metrics[i]));
  const Schedule as_schedule = second.schedule();
  CHECK(as_schedule(3, 10) == second.factor());
  StateDict bad = second.state_dict();
  bad["counts"] = tensor<std::int64_t>({-1, 0}, cpu);
  check_refused({{"Plateau", [] { Plateau({.factor = 1}); }},
                 {"Plateau", [] { Plateau({.patience = -1}); }},
                 {"Plateau", [] { Plateau({.threshold = -1}); }},
                 {"Plateau", [] { Plateau({.least = -1}); }},
                 {"Plateau: the state", [&] { second.load_state_dict(bad); }},
                 {"Plateau: the state", [&] { second.load_state_dict({}); }}});
}
