#include <cmath>

#include "../../core/error.h"
#include "../../nn/io/file.h"
#include "../../nn/io/json_fields.h"
#include "json_values.h"
#include "report.h"

namespace adora::finetune {

std::string log_line(const StepRecord& step) {
  Json::Object line{{"step", step.step},     {"loss", finite(step.loss)},
                    {"lr", step.lr},         {"grad_norm", finite(step.grad_norm)},
                    {"tokens", step.tokens}, {"seconds", step.seconds}};
  Json::Object changes;
  for (const auto& [module, change] : step.changes) changes[module] = json_of(change);
  if (!changes.empty()) line["changes"] = std::move(changes);
  return Json(std::move(line)).dump(-1) + "\n";
}

std::vector<StepRecord> read_log(const std::string& path, std::int64_t last_step) {
  std::vector<StepRecord> steps;
  const MappedFile file(path);  // however long it is, what is read takes the memory
  const std::string_view text = file.text();
  constexpr double any = 1e300;
  for (std::size_t start = 0; static_cast<std::int64_t>(steps.size()) < last_step;) {
    const std::size_t end = text.find('\n', start);
    check(end != std::string::npos, "{}: ends before step {}, which the checkpoint has", path, last_step);
    const std::string where = fmt::format("{}: line {}", path, steps.size() + 1);
    const Json json = Json::parse(text.substr(start, end - start), where);
    JsonFields fields(json, where);
    StepRecord step;
    const auto number = static_cast<std::int64_t>(steps.size()) + 1;
    step.step = fields.integer("step", number, number);
    step.loss = fields.number("loss", -any, any, NAN);
    step.lr = fields.number("lr", 0, any);
    step.grad_norm = fields.number("grad_norm", 0, any, NAN);
    step.tokens = fields.integer("tokens", 0, std::int64_t{1} << 50);
    step.seconds = fields.number("seconds", 0, any);
    if (const Json* changes = fields.find("changes")) {
      JsonFields modules(*changes, where + ": changes");
      for (const std::string& module : modules.unread()) {
        const Json* moved = modules.find(module);
        if (!moved) modules.refuse(module, "an object");
        JsonFields change(*moved, where + ": " + shortened(module));
        step.changes[module] = {change.number("magnitude", 0, any, NAN), change.number("direction", 0, 2.1, NAN)};
      }
    }
    steps.push_back(step);
    start = end + 1;
  }
  return steps;
}

Json report_json(const Report& report) {
  Json::Array runs;
  for (const MethodReport& run : report.runs) {
    Json::Object accuracy;
    for (const TaskAccuracy& one : run.accuracy) accuracy[one.task] = one.value;
    if (!run.accuracy.empty()) accuracy["average"] = run.average();
    Json::Object entry{{"method", run.method},
                       {"label", run.label},
                       {"rank", run.rank},
                       {"trainable_parameters", run.trainable_parameters},
                       {"total_parameters", run.total_parameters},
                       {"trainable_percent", run.trainable_percent()},
                       {"steps", static_cast<std::int64_t>(run.steps.size())},
                       {"final_loss", finite(run.final_loss())},
                       {"accuracy", accuracy},
                       {"seconds", run.seconds},
                       {"tokens_per_second", run.tokens_per_second()},
                       {"peak_memory_bytes", run.peak_memory_bytes},
                       {"seed", run.seed}};
    if (!run.quantized.empty()) entry["quantized"] = run.quantized;
    runs.push_back(std::move(entry));
  }
  return Json::Object{{"title", report.title}, {"subject", report.subject}, {"runs", std::move(runs)}};
}

}  // namespace adora::finetune
