// The logs that grow with a run: what they hold, and that they go on from any step.
#include "../../../../nn/train/run_log.h"

#include "../../../../nn/io/csv.h"
#include "../../../../nn/io/tf_record.h"
#include "../../../../nn/train/step_log.h"
#include "../../../files.h"
#include "../../../refused.h"

using namespace adora;
using namespace adora::test;

namespace {

const std::vector<StepRecord> steps{
    {.step = 1, .loss = 2.5, .lr = 1e-4, .grad_norm = 3.125, .tokens = 31, .seconds = 0.125, .time = 1764424000.25},
    {.step = 300,
     .loss = 0.1,
     .lr = 0,
     .grad_norm = 1e-30,
     .tokens = 70000,
     .seconds = 2,
     .time = 1764424001.5,
     .more = {{"changes", Json::Object{{"q_proj", 1}}}, {"eval_loss", 1.75}, {"eval_perplexity", 5.754602676005731}}}};

/// The file of a log that was begun with the first `so_far` steps and given the rest.
std::string written(const std::string& kind, const std::string& path, std::size_t so_far) {
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(so_far);
  const auto log = run_log_kind(kind).make(path, {steps.begin(), middle});
  for (auto step = middle; step != steps.end(); ++step) log->add(*step);
  log->flush();
  return bytes_of(path);
}

}  // namespace

TEST_CASE("TensorBoard's event file is byte for byte what its own writer makes") {
  TemporaryFolder folder;
  const std::string reference = bytes_of(ADORA_SOURCE_ROOT "/tests/unit/nn/train/files/events.out.tfevents");
  CHECK(written("tensorboard", folder / "events", 0) == reference);
  CHECK(written("tensorboard", folder / "events", 1) == reference);
}

TEST_CASE("a log that goes on from any step is the one that was never left, whatever came after that step") {
  TemporaryFolder folder;
  for (const RunLogKind& kind : run_log_kinds()) {
    INFO(kind.name);
    const std::string path = folder / kind.file;
    const std::string whole = written(kind.name, path, 0);
    CHECK_FALSE(whole.empty());
    for (const std::size_t so_far : {0, 1, 2}) {
      put(path, whole + "half a li");
      CHECK(written(kind.name, path, so_far) == whole);
      put(path, "of another run\n");
      CHECK(written(kind.name, path, so_far) == whole);
    }
  }
}

TEST_CASE("a table of the steps takes a further column where a field comes up") {
  TemporaryFolder folder;
  CHECK(written("csv", folder / "log.csv", 0) ==
        "step,loss,lr,grad_norm,tokens,seconds,time,eval_loss,eval_perplexity\n"
        "1,2.5,0.0001,3.125,31,0.125,1764424000.25,,\n"
        "300,0.1,0,1e-30,70000,2,1764424001.5,1.75,5.754602676005731\n");
  const CsvTable table(folder / "log.csv");
  CHECK(to_vector<double>(table.numbers({"loss"}, float64)) == std::vector<double>{2.5, 0.1});
}

TEST_CASE("the checks of records are those of RFC 3720") {
  // Its appendix B.4, and the usual nine digits.
  CHECK(crc32c("123456789") == 0xE3069283u);
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AAu);
  CHECK(crc32c(std::string(32, '\xFF')) == 0x62A8AB43u);
  CHECK(crc32c("") == 0);
}

TEST_CASE("a kind of log that is not there, and a place that can't be written, are named") {
  TemporaryFolder folder;
  check_refused({{"'wandb'; there are csv, jsonl", [] { run_log_kind("wandb"); }}});
  for (const RunLogKind& kind : run_log_kinds())
    check_refused({{folder / "none", [&] { kind.make(folder / "none/log", {}); }}});
}
