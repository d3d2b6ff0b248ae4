#include "step_log.h"

#include "../../core/error.h"
#include "../io/appended_file.h"
#include "../io/file.h"
#include "../io/json_fields.h"

namespace adora {

std::string log_line(const StepRecord& step) {
  Json::Object line{{"step", step.step},           {"loss", step.loss},     {"lr", step.lr},
                    {"grad_norm", step.grad_norm}, {"tokens", step.tokens}, {"seconds", step.seconds}};
  if (step.time > 0) line["time"] = step.time;
  for (const auto& [name, value] : step.more) line[name] = value;
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
    step.loss = fields.number("loss", -any, any);
    step.lr = fields.number("lr", 0, any);
    step.grad_norm = fields.number("grad_norm", 0, any);
    step.tokens = fields.integer("tokens", 0, std::int64_t{1} << 50);
    step.seconds = fields.number("seconds", 0, any);
    step.time = fields.number("time", 0, any, 0);
    for (const std::string& field : fields.unread())
      if (const Json* value = fields.find(field)) step.more[field] = *value;
    steps.push_back(step);
    start = end + 1;
  }
  return steps;
}

namespace {

class StepLog final : public RunLog {
 public:
  StepLog(const std::string& path, const std::vector<StepRecord>& so_far) : file_(path, lines(so_far)) {}
  void add(const StepRecord& step) override { file_.add(log_line(step)); }
  void flush() override { file_.flush(); }

 private:
  static std::string lines(const std::vector<StepRecord>& steps) {
    std::string text;
    for (const StepRecord& step : steps) text += log_line(step);
    return text;
  }
  AppendedFile file_;
};

const RegisterRunLog registered({"jsonl", "log.jsonl", "a line of JSON for each step",
                                 [](const std::string& path, const std::vector<StepRecord>& so_far) {
                                   return std::make_unique<StepLog>(path, so_far);
                                 }});

}  // namespace
}  // namespace adora
