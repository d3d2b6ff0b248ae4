#include "outcome.h"

#include <cmath>

#include "../../core/error.h"
#include "../../nn/io/json_fields.h"
#include "../../nn/io/json_file.h"
#include "../../nn/train/trainer.h"
#include "run_file.h"

namespace adora::reproduce {

Outcome read_outcome(const std::string& folder) {
  const std::string path = folder + "/report.json";
  return read_of_run(folder, [&] {
    const Json json = read_json_file(path);
    const Json* runs = JsonFields(json, path).find("runs");
    const auto* list = runs ? runs->get<Json::Array>() : nullptr;
    check(list && list->size() == 1, "{}: is not the report of one run", path);
    JsonFields fields(list->front(), path);
    Outcome outcome;
    outcome.trainable_percent = fields.number("trainable_percent", 0, 100);
    outcome.final_loss = fields.number("final_loss", -1e300, 1e300, NAN);
    outcome.seconds = fields.number("seconds", 0, 1e12);
    outcome.steps = fields.integer("steps", 0, std::int64_t{1} << 40);
    const Json* accuracy = fields.find("accuracy");
    check(accuracy, "{}: has no accuracy", path);
    JsonFields tasks(*accuracy, path + ": accuracy");
    outcome.average = 100 * tasks.number("average", 0, 1);
    for (const std::string& task : tasks.unread()) outcome.accuracy[task] = 100 * tasks.number(task, 0, 1);
    return outcome;
  });
}

std::vector<StepRecord> read_steps(const std::string& folder, std::int64_t steps) {
  return read_of_run(folder, [&] { return read_log(folder + "/" + log_file, steps); });
}

}  // namespace adora::reproduce
