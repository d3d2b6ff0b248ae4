#pragma once
#include <csignal>

namespace adora::reproduce {

/// As long as this lives, being asked to stop (SIGINT, SIGTERM) is noted instead of ending the process at once; being
/// asked a second time ends it. One at a time.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  bool asked() const;

 private:
  struct sigaction before_[2] = {};
};

}  // namespace adora::reproduce
