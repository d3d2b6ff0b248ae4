#include "../../../../nn/train/trainer.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <map>

#include "../../../files.h"
#include "../../../refused.h"
#include "but_elementwise.h"
#include "ops/elementwise/square.h"
#include "ops/elementwise/tanh.h"

using namespace adora;
using namespace adora::test;

namespace {

/// A module of a user's own, with dropout and a buffer that training changes.
struct Net : Module {
  explicit Net(DType dtype = float32, Generator g = Generator(3)) : up(2, 8, g), down(8, 1, g), seen(zeros({1})) {
    child("up", up), child("down", down);
    buffer("seen", seen);
    to(dtype);
  }
  Tensor operator()(const Tensor& x) {
    if (training()) {
      NoGrad no_grad;
      copy_(seen, seen + 1.0);
    }
    const Tensor h = tanh(up(x));
    return down(training() ? dropout(h, 0.2, masks) : h);
  }
  Linear up, down;
  Tensor seen;
  Generator masks{5};
};

/// A run of 20 steps on batches that follow from the step's number; the loss of each part is that of its own rows.
struct Run {
  Net net;
  AdamW optimizer{net.trainable_parameters(), {.lr = 1e-2}};
  std::unique_ptr<Trainer> trainer;

  explicit Run(TrainerOptions options = {}, DType dtype = float32) : net(dtype) {
    options.steps = options.steps == 0 ? 20 : options.steps;
    if (!options.schedule) options.schedule = cosine_schedule(3);
    options.title = "";
    options.generators = {&net.masks};
    trainer = std::make_unique<Trainer>(
        net, optimizer, [this](std::int64_t step, std::int64_t part) { return loss(step, part); }, options);
  }
  Tensor loss(std::int64_t step, std::int64_t part) {
    Generator g(17, static_cast<std::uint64_t>(10 * step + part));
    const Tensor x = uniform({6, 2}, -1, 1, g);
    return mean(square(to(net(to(x, net.up.dtype())), float32) - sum(x, {1}, true)));
  }
  std::vector<double> losses() const {
    std::vector<double> values;
    for (const StepRecord& record : trainer->records()) values.push_back(record.loss);
    return values;
  }
  std::vector<float> weights() const {
    std::vector<float> all;
    for (const auto& [name, x] : net.state_dict())
      for (const float value : to_vector<float>(to(x, float32))) all.push_back(value);
    return all;
  }
};

/// Of all weights those that are trained: "seen" counts on. down.bias [1] and down.weight [1, 8] stand before it.
std::vector<float> parameters_alone(std::vector<float> weights) {
  weights.erase(weights.begin() + 9);
  return weights;
}

}  // namespace

TEST_CASE("a trainer takes the steps of a loop written by hand") {
  Run run({.clip_grad_norm = 0.3});
  run.trainer->run();
  Net net;
  Run other;  // for its loss alone
  AdamW optimizer(other.net.trainable_parameters(), {.lr = 1e-2});
  std::vector<double> losses;
  for (std::int64_t step = 0; step < 20; ++step) {
    optimizer.zero_grad();
    const Tensor loss = other.loss(step, 0);
    losses.push_back(item(loss));
    backward(loss);
    CHECK(run.trainer->records()[static_cast<std::size_t>(step)].grad_norm ==
          clip_grad_norm(optimizer.parameters(), 0.3));
    const double lr = 1e-2 * cosine_schedule(3)(step, 20);
    CHECK(run.trainer->records()[static_cast<std::size_t>(step)].lr == lr);
    optimizer.set_lr(lr);
    optimizer.step();
  }
  CHECK(run.losses() == losses);
  CHECK(run.weights() == other.weights());
}

TEST_CASE("a run that was ended at any step goes on bit for bit, from another process too", "[long]") {
  Run whole;
  whole.trainer->run();
  for (const std::int64_t end : {1, 7, 19}) {
    TemporaryFolder folder;
    std::int64_t asked = 0;
    Run first({.folder = folder.path(), .stop = [&] { return ++asked == end; }});
    CHECK_FALSE(first.trainer->resume(folder.path()));
    first.trainer->run();
    CHECK(first.trainer->done() == end);
    CHECK(first.trainer->saved() == end);
    Run second({.folder = folder.path()});
    REQUIRE(second.trainer->resume(folder.path()));
    CHECK(second.trainer->done() == end);
    second.trainer->run();
    CHECK(second.losses() == whole.losses());
    CHECK(second.weights() == whole.weights());
    std::ifstream log(folder / "log.jsonl");
    std::size_t lines = 0;
    for (std::string line; std::getline(log, line); ++lines) CHECK_THAT(line, ContainsSubstring("grad_norm"));
    CHECK(lines == 20);
  }
}

TEST_CASE("the mean of the parts of a step is its loss, and their gradient's mean its gradient") {
  Run run({.steps = 1, .accumulate = 3});
  run.trainer->run();
  Run by_hand;
  double sum = 0;
  for (std::int64_t part = 0; part < 3; ++part) {
    const Tensor loss = by_hand.loss(0, part);
    sum += item(loss);
    backward(loss);
  }
  CHECK(run.trainer->records()[0].loss == Approx(sum / 3).epsilon(1e-6));
  CHECK(run.trainer->records()[0].grad_norm == Approx(grad_norm(by_hand.optimizer.parameters()) / 3).epsilon(1e-5));
}

TEST_CASE("evaluation between steps stops a run that gets no better, and gives its best weights back") {
  // The results of the evaluations, one after every second step.
  const std::vector<double> values{5, 3, 4, 3, 9, 1};
  std::size_t at = 0;
  std::vector<float> best;
  Run* running = nullptr;
  Run run({.evaluate =
               [&] {
                 CHECK_FALSE(running->net.training());
                 if (values[at] == 3 && at == 1) best = running->weights();
                 return values[at++];
               },
           .evaluate_every = 2,
           .patience = 3,
           .keep_best = true});
  running = &run;
  run.trainer->run();
  CHECK(run.trainer->done() == 10);  // 4, 3 and 9 are no better than 3
  REQUIRE(run.trainer->best());
  CHECK(run.trainer->best()->value == 3);
  CHECK(run.trainer->best()->step == 4);
  CHECK(run.trainer->records()[3].more.at("evaluation") == Json(3.0));
  CHECK(parameters_alone(best) == parameters_alone(run.weights()));
}

TEST_CASE("a run is evaluated after its last step too, under the name it is given") {
  std::vector<std::int64_t> at;
  Run* running = nullptr;
  Run run({.evaluate =
               [&] {
                 at.push_back(running->trainer->done());
                 return 0.5;
               },
           .evaluate_every = 6,
           .evaluation_name = "eval_loss"});
  running = &run;
  run.trainer->run();
  CHECK(at == std::vector<std::int64_t>{6, 12, 18, 20});
  for (const StepRecord& record : run.trainer->records())
    CHECK(record.more.contains("eval_loss") == (record.step % 6 == 0 || record.step == 20));
}

TEST_CASE("further logs stand beside log.jsonl and go on with a run") {
  TemporaryFolder folder;
  auto options = [&] { return TrainerOptions{.folder = folder.path(), .logs = {"csv", "tensorboard"}}; };
  TrainerOptions stopped = options();
  std::int64_t asked = 0;
  stopped.stop = [&] { return ++asked == 7; };
  Run first(stopped);
  first.trainer->run();
  Run second(options());
  REQUIRE(second.trainer->resume(folder.path()));
  second.trainer->run();
  const auto records = read_log(folder / "log.jsonl", 20);
  for (const RunLogKind& kind : run_log_kinds()) {
    TemporaryFolder other;
    kind.make(other / kind.file, records);
    CHECK(bytes_of(other / kind.file) == bytes_of(folder / kind.file));
  }
  for (std::size_t i = 1; i < records.size(); ++i) CHECK(records[i].time >= records[i - 1].time);
}

TEST_CASE("the best weights and the patience left outlive a stop") {
  const std::vector<double> values{5, 3, 4, 3, 9, 1};
  auto options = [&](std::size_t& at, const std::string& folder) {
    return TrainerOptions{.evaluate = [&] { return values[at++]; },
                          .evaluate_every = 2,
                          .patience = 3,
                          .keep_best = true,
                          .folder = folder};
  };
  TemporaryFolder one, two;
  std::size_t at = 0;
  Run whole(options(at, one.path()));
  whole.trainer->run();
  at = 0;
  TrainerOptions stopped = options(at, two.path());
  std::int64_t asked = 0;
  stopped.stop = [&] { return ++asked == 7; };
  Run first(stopped);
  first.trainer->run();
  CHECK(at == 3);
  Run second(options(at, two.path()));
  REQUIRE(second.trainer->resume(two.path()));
  second.trainer->run();
  CHECK(second.trainer->done() == 10);
  CHECK(second.trainer->best()->step == 4);
  CHECK(second.weights() == whole.weights());
}

TEST_CASE("an evaluation that throws leaves the module in training mode") {
  Run run({.evaluate = []() -> double { throw std::runtime_error("out of questions"); }, .evaluate_every = 2});
  CHECK_THROWS_WITH(run.trainer->run(), ContainsSubstring("out of questions"));
  CHECK(run.net.training());
}

TEST_CASE("a run may go on with another keep_best, and ends with its own best weights or its last") {
  auto options = [&](std::size_t& at, bool keep_best, const std::string& folder) {
    return TrainerOptions{.evaluate = [&] { return 10 - static_cast<double>(at++); },
                          .evaluate_every = 2,
                          .keep_best = keep_best,
                          .folder = folder};
  };
  TemporaryFolder one;
  std::size_t at = 0;
  Run whole(options(at, false, one.path()));
  whole.trainer->run();
  for (bool first_keeps : {false, true}) {
    TemporaryFolder folder;
    at = 0;
    TrainerOptions stopped = options(at, first_keeps, folder.path());
    std::int64_t asked = 0;
    stopped.stop = [&] { return ++asked == 5; };
    Run first(stopped);
    first.trainer->run();
    Run second(options(at, !first_keeps, folder.path()));
    REQUIRE(second.trainer->resume(folder.path()));
    second.trainer->run();
    // Each evaluation was the best so far: the last weights are the best.
    CHECK(second.trainer->best()->value == 1);
    CHECK(second.weights() == whole.weights());
  }
}

TEST_CASE("a run that is stopped ends with its best weights too, and goes on from its last") {
  const std::vector<double> values{5, 3, 4, 6, 2, 7, 8, 9, 9, 9};
  for (const DType dtype : {float32, bfloat16}) {
    std::size_t at = 0;
    std::int64_t asked = 0, end = 0;
    std::map<std::int64_t, std::vector<float>> after;
    TemporaryFolder folder;
    auto options = [&](Run*& running) {
      return TrainerOptions{.evaluate =
                                [&] {
                                  after[running->trainer->done()] = running->weights();
                                  return values[at++];
                                },
                            .evaluate_every = 2,
                            .keep_best = true,
                            .folder = folder.path(),
                            .stop = [&] { return ++asked == end; }};
    };
    Run* running = nullptr;
    Run whole(options(running), dtype);
    running = &whole;
    whole.trainer->run();
    std::vector<float> best = after[10];
    CHECK(parameters_alone(whole.weights()) == parameters_alone(best));

    at = 0, asked = 0, end = 7;
    Run stopped(options(running), dtype);
    running = &stopped;
    stopped.trainer->run();
    CHECK(stopped.trainer->done() == 7);
    CHECK(parameters_alone(stopped.weights()) == parameters_alone(after[4]));
    Run other(options(running), dtype);
    REQUIRE(other.trainer->resume(folder.path()));
    CHECK(other.weights() != stopped.weights());  // the checkpoint has the last step's

    at = 3, end = 0;
    stopped.trainer->run();
    CHECK(stopped.losses() == whole.losses());
    CHECK(stopped.weights() == whole.weights());
    at = 3, running = &other;
    other.trainer->run();
    CHECK(other.losses() == whole.losses());
    CHECK(other.weights() == whole.weights());
  }
}

TEST_CASE("a loss that is not finite ends a run with its last checkpoint as it was") {
  TemporaryFolder folder;
  Net net;
  AdamW optimizer(net.trainable_parameters(), {});
  bool broken = false;
  Trainer trainer(net, optimizer,
                  [&](std::int64_t step, std::int64_t) {
                    const Tensor loss = mean(square(net(ones({2, 2}))));
                    broken = step == 5;
                    return broken ? loss * std::numeric_limits<double>::infinity() : loss;
                  },
                  {.steps = 9, .folder = folder.path(), .generators = {&net.masks}, .title = ""});
  CHECK_THROWS_WITH(trainer.run(), ContainsSubstring("step 6"));
  CHECK(trainer.done() == 5);
  CHECK(trainer.saved() <= 4);  // with the fifth step's weights the next loss is none
}

TEST_CASE("a checkpoint of another run, and a damaged one, are refused by name, and nothing is changed") {
  TemporaryFolder folder;
  Run run({.folder = folder.path(), .run_properties = {{"data", "1f", "--data has changed"}}});
  run.trainer->run();
  const auto weights = run.weights();
  auto refused = [&](TrainerOptions options, const std::string& why) {
    options.folder = folder.path();
    Run other(options);
    const auto before = other.weights();
    const std::string error = error_of([&] { other.trainer->resume(folder.path()); });
    CHECK_THAT(error, ContainsSubstring(why) && ContainsSubstring("checkpoint.state"));
    CHECK(other.weights() == before);
    CHECK(other.trainer->done() == 0);
  };
  refused({.run_properties = {{"data", "2f", "--data has changed"}}}, "--data has changed");
  refused({.steps = 10, .run_properties = {{"data", "1f", ""}}}, "only 10");
  CHECK_THROWS_WITH(check_run_properties(folder.path(), {{"data", "2f", "look at it"}}),
                    ContainsSubstring("look at it"));
  CHECK_NOTHROW(check_run_properties(folder.path(), {{"data", "1f", ""}}));
  std::string bytes = bytes_of(folder / "checkpoint.state");
  bytes.back() = static_cast<char>(bytes.back() + 1);
  put(folder / "checkpoint.state", bytes);
  refused({.run_properties = {{"data", "1f", ""}}}, "damaged");
}

TEST_CASE("a trainer refuses what can't be meant") {
  const auto made = [](const TrainerOptions& options) { return [options] { Run run(options); }; };
  check_refused({{"Trainer", made({.steps = -1})},
                 {"Trainer", made({.accumulate = 0})},
                 {"clip_grad_norm", made({.clip_grad_norm = 0})},
                 {"evaluate_every", made({.evaluate_every = 3})},
                 {"evaluate_every", made({.evaluate = [] { return 1.0; }})},
                 {"patience", made({.patience = 2})},
                 {"keep_best", made({.keep_best = true})},
                 {"'wandb'", made({.logs = {"wandb"}})}});
  Net net;
  AdamW optimizer(net.trainable_parameters(), {});
  Trainer none(net, optimizer, [](std::int64_t, std::int64_t) { return Tensor(); }, {.steps = 1, .title = ""});
  Trainer many(net, optimizer,
               [&](std::int64_t, std::int64_t) {
                 return net(ones({2, 2}));
               },
               {.steps = 1, .title = ""});
  check_refused({{"one number", [&] { none.run(); }}, {"one number", [&] { many.run(); }}, {"no folder", [&] {
                                                                                              many.save_checkpoint();
                                                                                            }}});
}
