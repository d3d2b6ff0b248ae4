#include "json_values.h"
#include "report.h"

namespace adora::finetune {

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
    if (run.eval_loss) {
      entry["eval_loss"] = *run.eval_loss;
      entry["eval_perplexity"] = finite(std::exp(*run.eval_loss));
      entry["eval_step"] = run.eval_step;
    }
    runs.push_back(std::move(entry));
  }
  return Json::Object{{"title", report.title}, {"subject", report.subject}, {"runs", std::move(runs)}};
}

}  // namespace adora::finetune
