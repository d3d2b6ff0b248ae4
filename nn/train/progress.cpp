#include "progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace adora {

namespace {
constexpr auto terminal_interval = std::chrono::milliseconds(100);
constexpr auto plain_interval = std::chrono::seconds(15);
}  // namespace

std::string clock_time(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::max(0.0, std::round(seconds)));
  const std::int64_t hours = whole / 3600, minutes = whole / 60 % 60;
  return hours ? fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60)
               : fmt::format("{}:{:02}", minutes, whole % 60);
}

void print_above_progress(const std::string& line) {
  std::fputs(fmt::format("{}{}\n", isatty(STDERR_FILENO) != 0 ? "\r\x1b[K" : "", line).c_str(), stderr);
}

Progress::Progress(std::string title, std::int64_t total, std::int64_t done)
    : title_(std::move(title)),
      total_(total),
      first_(done),
      start_(Clock::now()),
      drawn_(start_),
      terminal_(isatty(STDERR_FILENO) != 0) {
  if (terminal_) draw(done, "", false);
}

Progress::~Progress() {
  if (open_) std::fputc('\n', stderr);
}

void Progress::update(std::int64_t done, const std::string& note) {
  const auto now = Clock::now();
  if (terminal_ ? now - drawn_ < terminal_interval : now - drawn_ < plain_interval) return;
  drawn_ = now;
  draw(done, note, false);
}

void Progress::finish(const std::string& note) { draw(total_, note, true); }

void Progress::draw(std::int64_t done, const std::string& note, bool last) {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const double share = total_ > 0 ? static_cast<double>(done) / static_cast<double>(total_) : 1.0;
  std::string time;
  if (last) {
    time = "in " + clock_time(seconds);
  } else if (done > first_) {
    const double left = static_cast<double>(total_ - done) / static_cast<double>(done - first_);
    time = clock_time(seconds * left) + " left";
  }
  const std::string tail = note.empty() ? time : time + "  " + note;
  if (terminal_) {
    constexpr int cells = 30;
    const int full = std::clamp(static_cast<int>(share * cells), 0, cells);
    std::string bar;
    for (int i = 0; i < cells; ++i) bar += i < full ? "█" : "░";
    // \x1b[K clears what a longer line left behind.
    std::fputs(
        fmt::format("\r{:<22} {} {:>5}/{} {}\x1b[K{}", title_, bar, done, total_, tail, last ? "\n" : "").c_str(),
        stderr);
    open_ = !last;
  } else {
    std::fputs(fmt::format("{}: {}/{} ({:.0f} %) {}\n", title_, done, total_, 100 * share, tail).c_str(), stderr);
  }
  std::fflush(stderr);
}

}  // namespace adora
