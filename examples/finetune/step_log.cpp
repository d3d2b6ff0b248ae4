#include "step_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "../../core/error.h"
#include "../../nn/io/atomic_file.h"

namespace adora::finetune {

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

}  // namespace adora::finetune
