#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace adora {

/// How far a long piece of work is, with the time left: a bar that is drawn over again on a terminal,
/// and now and then a plain line elsewhere. Writes to standard error.
class Progress {
 public:
  /// `total` steps of work called `title`; `done` of them lie behind already.
  Progress(std::string title, std::int64_t total, std::int64_t done = 0);
  /// Ends the line where `finish` was not reached.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of the steps are done; `note` stands behind the bar, such as "loss 0.123".
  void update(std::int64_t done, const std::string& note = "");
  /// All is done.
  void finish(const std::string& note = "");

 private:
  void draw(std::int64_t done, const std::string& note, bool last);

  using Clock = std::chrono::steady_clock;
  std::string title_;
  std::int64_t total_;
  std::int64_t first_;
  Clock::time_point start_;
  Clock::time_point drawn_;
  bool terminal_;
  bool open_ = false;
};

/// A line on standard error, in the place of a bar that stands there; the bar is drawn again below it.
void print_above_progress(const std::string& line);

/// "1:02:03", "4:05", "0:07"
std::string clock_time(double seconds);

}  // namespace adora
