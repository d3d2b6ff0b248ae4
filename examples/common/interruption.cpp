#include "interruption.h"

#include <csignal>

namespace adora::programs {

namespace {

constexpr int signals[] = {SIGINT, SIGTERM};
volatile std::sig_atomic_t interrupted = 0;  // the signal

void note(int signal) {
  if (interrupted == 0) {
    interrupted = signal;
    return;
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);  // ends the process once this has returned
}

}  // namespace

Interruption::Interruption() {
  interrupted = 0;
  struct sigaction action = {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  for (int i = 0; i < 2; ++i) {
    sigaction(signals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) sigaction(signals[i], &action, nullptr);
  }
}

Interruption::~Interruption() {
  for (int i = 0; i < 2; ++i) sigaction(signals[i], &before_[i], nullptr);
}

bool Interruption::asked() const { return interrupted != 0; }

void Interruption::check(const std::string& text) const {
  if (interrupted != 0) throw Interrupted(interrupted, text);
}

}  // namespace adora::programs
