// Loaded in front of the C library (LD_PRELOAD), this has one call to the file system go wrong: of those that concern
// files under the folder FAULT_UNDER the one with the number FAULT_AT, counted from 1. FAULT_KIND says how:
//
//     enospc, eio   the call fails with that error, and those after it do not
//     full          it fails, and so does from then on all that would need room on the disk
//     short         what was to be written is written by half, as the system may do at any time
//     kill          the process is killed in front of the call
//
// How many calls there were is written to the file FAULT_COUNT when the process ends by itself.
#undef _FORTIFY_SOURCE
#undef _FILE_OFFSET_BITS  // with which open would be called open64
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <string>

namespace {

/// The C library's own.
template <class F> F* next(const char* name) { return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name)); }
#define NEXT(function) next<decltype(::function)>(#function)

std::string setting(const char* name) {
  const char* value = getenv(name);
  return value ? value : "";
}

bool concerns(const char* path) {
  static const std::string under = setting("FAULT_UNDER");
  if (under.empty() || !path) return false;
  if (path[0] == '/') return strncmp(path, under.c_str(), under.size()) == 0;
  char here[4096];
  return getcwd(here, sizeof here) && strncmp(here, under.c_str(), under.size()) == 0;
}

bool concerns(int descriptor) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return false;
  path[length] = 0;
  return path[0] == '/' && concerns(path);
}

enum class Turn { right, wrong, half };

struct Calls {
  std::atomic<long> count = 0;
  ~Calls() {
    const std::string path = setting("FAULT_COUNT");
    if (path.empty()) return;
    if (FILE* file = fopen(path.c_str(), "w")) {
      fprintf(file, "%ld", count.load());
      fclose(file);
    }
  }
} calls;

/// Counts a call; sets errno where it is to go wrong.
Turn turn(bool needs_room) {
  static const long at = atol(setting("FAULT_AT").c_str());
  static const std::string kind = setting("FAULT_KIND");
  const long number = ++calls.count;
  if (at == 0 || number < at || (number > at && (kind != "full" || !needs_room))) return Turn::right;
  if (kind == "kill") kill(getpid(), SIGKILL);
  if (kind == "short") return Turn::half;
  errno = kind == "eio" ? EIO : ENOSPC;
  return Turn::wrong;
}

template <class What> bool fails(What what, bool needs_room) {
  return concerns(what) && turn(needs_room) == Turn::wrong;
}

int open_with(const char* path, int flags, mode_t mode) {
  if (fails(path, (flags & O_CREAT) != 0)) return -1;
  return NEXT(open)(path, flags, mode);
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_with(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_with(path, flags, mode);
}

ssize_t write(int descriptor, const void* data, size_t bytes) {
  const Turn how = concerns(descriptor) ? turn(true) : Turn::right;
  if (how == Turn::wrong) return -1;
  return NEXT(write)(descriptor, data, how == Turn::half && bytes > 1 ? bytes / 2 : bytes);
}

ssize_t read(int descriptor, void* data, size_t bytes) {
  const Turn how = concerns(descriptor) ? turn(false) : Turn::right;
  if (how == Turn::wrong) return -1;
  return NEXT(read)(descriptor, data, how == Turn::half && bytes > 1 ? bytes / 2 : bytes);
}

int fsync(int descriptor) { return fails(descriptor, false) ? -1 : NEXT(fsync)(descriptor); }

int rename(const char* from, const char* to) __THROW { return fails(to, false) ? -1 : NEXT(rename)(from, to); }

int unlink(const char* path) __THROW { return fails(path, false) ? -1 : NEXT(unlink)(path); }

int remove(const char* path) __THROW { return fails(path, false) ? -1 : NEXT(remove)(path); }

int mkdir(const char* path, mode_t mode) __THROW { return fails(path, true) ? -1 : NEXT(mkdir)(path, mode); }

}  // extern "C"
