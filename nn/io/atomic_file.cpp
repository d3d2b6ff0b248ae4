#include "atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "../../core/error.h"

namespace adora {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const std::string& path) {
  fs::path folder = fs::path(path).parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

constexpr std::string_view mark = ".partial-";

}  // namespace

bool is_temporary_name(const std::string& name) {
  const std::size_t at = name.rfind(mark);
  if (!name.starts_with('.') || at == std::string::npos || at < 2) return false;
  const std::string numbers = name.substr(at + mark.size());
  auto is_digit = [](unsigned char c) { return std::isdigit(c) != 0; };
  const std::size_t dash = numbers.find('-');
  return dash != std::string::npos && dash > 0 && dash + 1 < numbers.size() &&
         std::all_of(numbers.begin(), numbers.begin() + static_cast<std::ptrdiff_t>(dash), is_digit) &&
         std::all_of(numbers.begin() + static_cast<std::ptrdiff_t>(dash) + 1, numbers.end(), is_digit);
}

AtomicFile::AtomicFile(const std::string& path) : path_(path) {
  check(!fs::path(path).filename().empty(), "{}: is not the name of a file", path);
  std::error_code ignored;
  // A link stays a link: what it points at is replaced.
  if (fs::is_symlink(path_, ignored)) {
    fs::path target = fs::weakly_canonical(path_, ignored);
    if (!target.empty()) path_ = target.string();
  }
  struct stat status {};
  if (stat(path_.c_str(), &status) == 0) {
    check(S_ISREG(status.st_mode), "{}: cannot be written: it is {}, not a regular file", path_,
          S_ISDIR(status.st_mode) ? "a folder" : "a device or pipe");
  }
  remove_leftovers(folder_of(path_).string());

  for (int attempt = 0; attempt < 100; ++attempt) {
    temporary_ = temporary_beside(path_);
    descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && errno == EEXIST) continue;
    check(descriptor_ >= 0, "{}: cannot be written: {}", path_, std::strerror(errno));
    // The lock tells other writers that this file is in use. One of them may
    // have taken it for a leftover before it was locked.
    if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0 && fstat(descriptor_, &status) == 0 && status.st_nlink == 1) return;
    close(descriptor_);
    descriptor_ = -1;
  }
  fail("{}: cannot be written: no temporary file can be made beside it", path_);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  unlink(temporary_.c_str());
  close(descriptor_);
}

void AtomicFile::write(const void* data, std::size_t bytes) {
  const char* at = static_cast<const char*>(data);
  while (bytes > 0) {
    ssize_t count = ::write(descriptor_, at, std::min(bytes, std::size_t{1} << 30));
    if (count < 0 && errno == EINTR) continue;
    check(count >= 0, "{}: cannot be written: {}", path_, std::strerror(errno));
    at += count;
    bytes -= static_cast<std::size_t>(count);
  }
}

void AtomicFile::flush() {
  check(descriptor_ >= 0, "{}: was committed already", path_);
  // Arguments of a call are computed in any order: errno is read once the call that sets it is over.
  const bool flushed = fsync(descriptor_) == 0;
  check(flushed, "{}: cannot be flushed to disk: {}", path_, std::strerror(errno));
}

void AtomicFile::commit() {
  flush();
  const bool renamed = std::rename(temporary_.c_str(), path_.c_str()) == 0;
  check(renamed, "{}: cannot be put in place: {}", path_, std::strerror(errno));
  close(descriptor_);
  descriptor_ = -1;
  // The rename itself is on disk once the folder is.
  flush_folder(folder_of(path_).string());
}

void write_file(const std::string& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

std::string temporary_beside(const std::string& path) {
  static std::atomic<unsigned> counter = 0;
  const std::string name = fs::path(path).filename().string();
  return (folder_of(path) / fmt::format(".{}{}{}-{}", name, mark, getpid(), counter++)).string();
}

void remove_leftovers(const std::string& folder) {
  std::error_code ignored;
  for (fs::directory_iterator at(folder, ignored), end; at != end; at.increment(ignored)) {
    if (!is_temporary_name(at->path().filename().string())) continue;
    int descriptor = open(at->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (descriptor < 0) continue;
    // One that is being written is locked.
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) unlink(at->path().c_str());
    close(descriptor);
  }
}

void flush_folder(const std::string& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

}  // namespace adora
