#pragma once
#include <csignal>
#include <stdexcept>
#include <string>

namespace adora::programs {

/// As long as this lives, being asked to stop (SIGINT, SIGTERM) is noted instead of ending the process at once; being
/// asked a second time ends it. A signal that the process was started to ignore stays ignored. One at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  bool asked() const;
  /// Throws `Interrupted` with this text where it was asked.
  void check(const std::string& text) const;

 private:
  struct sigaction before_[2] = {};
};

/// The program ends because it was asked to; the text says how to go on.
class Interrupted : public std::runtime_error {
 public:
  Interrupted(int signal, const std::string& text) : std::runtime_error(text), signal_(signal) {}
  /// As a shell has it of a process that a signal ended: 130 for SIGINT, 143 for SIGTERM.
  int status() const { return 128 + signal_; }

 private:
  int signal_;
};

}  // namespace adora::programs
