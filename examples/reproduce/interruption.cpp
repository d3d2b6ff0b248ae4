#include "interruption.h"

namespace adora::reproduce {

namespace {

constexpr int signals[] = {SIGINT, SIGTERM};
volatile std::sig_atomic_t interrupted = 0;

void note(int) { interrupted = 1; }

}  // namespace

Interruption::Interruption() {
  interrupted = 0;
  struct sigaction action = {};
  action.sa_handler = note;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // back to ending the process
  for (int i = 0; i < 2; ++i) sigaction(signals[i], &action, &before_[i]);
}

Interruption::~Interruption() {
  for (int i = 0; i < 2; ++i) sigaction(signals[i], &before_[i], nullptr);
}

bool Interruption::asked() const { return interrupted != 0; }

}  // namespace adora::reproduce
