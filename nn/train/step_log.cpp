#include "step_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "../../core/error.h"
#include "../io/atomic_file.h"
#include "../io/file.h"
#include "../io/json_fields.h"

namespace adora {

std::string log_line(const StepRecord& step) {
  Json::Object line = step.more;
  line.insert({{"step", step.step},
               {"loss", step.loss},
               {"lr", step.lr},
               {"grad_norm", step.grad_norm},
               {"tokens", step.tokens},
               {"seconds", step.seconds}});
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
    for (const std::string& field : fields.unread())
      if (const Json* value = fields.find(field)) step.more[field] = *value;
    steps.push_back(step);
    start = end + 1;
  }
  return steps;
}

StepLog::StepLog(const std::string& path, const std::vector<StepRecord>& so_far) : path_(path) {
  std::string lines;
  for (const StepRecord& step : so_far) lines += log_line(step);
  write_file(path_, lines);
  descriptor_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  check(descriptor_ >= 0, "{}: cannot be written: {}", path_, std::strerror(errno));
}

StepLog::~StepLog() { close(descriptor_); }

void StepLog::add(const StepRecord& step) {
  const std::string line = log_line(step);
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t count = write(descriptor_, line.data() + done, line.size() - done);
    if (count < 0 && errno == EINTR) continue;
    check(count >= 0, "{}: cannot be written: {}", path_, std::strerror(errno));
    done += static_cast<std::size_t>(count);
  }
}

void StepLog::flush() {
  const bool flushed = fsync(descriptor_) == 0;
  check(flushed, "{}: cannot be flushed to disk: {}", path_, std::strerror(errno));
}

}  // namespace adora
