#include "child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "../../core/error.h"

namespace adora::reproduce {

namespace {

// Between fork and exec: nothing but system calls.
[[noreturn]] void become(char* const* words, int output, int problem, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // A terminal's Ctrl-C is for the parent, which asks this one to end: a second signal would end it at once.
  std::signal(SIGINT, SIG_IGN);
  if (getppid() != parent) _exit(127);  // it ended before it was heeded
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0) dup2(nothing, 0);
  dup2(output, 1), dup2(output, 2);
  execv(words[0], words);
  const int error = errno;
  [[maybe_unused]] const ssize_t written = write(problem, &error, sizeof error);
  _exit(127);
}

int status_of(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

}  // namespace

Child::Child(const std::vector<std::string>& words, const std::string& output) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  check(file >= 0, "{}: can't be written: {}", output, std::strerror(errno));
  int problem[2];
  if (pipe2(problem, O_CLOEXEC) != 0) {
    close(file);
    fail("{}: can't be started: {}", words[0], std::strerror(errno));
  }
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) become(pointers.data(), file, problem[1], parent);
  int error = pid_ < 0 ? errno : 0;
  close(file), close(problem[1]);
  // Closed without a word where the program was started.
  if (pid_ > 0 && read(problem[0], &error, sizeof error) > 0) waitpid(pid_, nullptr, 0), pid_ = -1;
  close(problem[0]);
  check(pid_ > 0, "{}: can't be started: {}", words[0], std::strerror(error));
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), asked_(other.asked_) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) end(), pid_ = std::exchange(other.pid_, -1), asked_ = other.asked_;
  return *this;
}

Child::~Child() { end(); }

void Child::end() {
  if (pid_ <= 0) return;
  ask_to_end();
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void Child::ask_to_end() {
  if (pid_ > 0 && !asked_) kill(pid_, SIGTERM);
  asked_ = true;
}

std::optional<int> Child::status() {
  int status = 0;
  if (pid_ <= 0) return {};
  const pid_t ended = waitpid(pid_, &status, WNOHANG);
  if (ended == 0) return {};
  // Where the process was told to forget its children, nobody knows what they ended with.
  if (ended < 0) status = 0;
  pid_ = -1;
  return status_of(status);
}

}  // namespace adora::reproduce
