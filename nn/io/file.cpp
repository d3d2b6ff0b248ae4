#include "file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <new>

#include "../../core/error.h"

namespace adora {
namespace {

/// A file open for reading, known to be a regular one.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path) {
    // Without O_NONBLOCK, opening a pipe would wait for somebody to write to it.
    descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    check(descriptor >= 0, "{}: cannot be opened: {}", path, std::strerror(errno));
    struct stat status {};
    int failed = fstat(descriptor, &status);
    int reason = errno;
    if (failed || !S_ISREG(status.st_mode)) {
      close(descriptor);
      if (failed) fail("{}: cannot be read: {}", path, std::strerror(reason));
      fail("{}: is {}, not a regular file", path, S_ISDIR(status.st_mode) ? "a folder" : "a device or pipe");
    }
    size = static_cast<std::uint64_t>(status.st_size);
  }
  ~OpenFile() { close(descriptor); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int descriptor;
  std::uint64_t size;
};

}  // namespace

std::string read_file(const std::string& path, std::uint64_t max_bytes) {
  OpenFile file(path);
  check(file.size <= max_bytes, "{}: has {} bytes, more than the {} that are read", path, file.size, max_bytes);
  std::string bytes(file.size, '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    ssize_t count = read(file.descriptor, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    check(count >= 0, "{}: cannot be read: {}", path, std::strerror(errno));
    check(count > 0, "{}: ended after {} of {} bytes; did another program cut it?", path, done, bytes.size());
    done += static_cast<std::size_t>(count);
  }
  return bytes;
}

MappedFile::MappedFile(const std::string& path) {
  OpenFile file(path);
  size_ = file.size;
  if (size_ == 0) return;
  void* data = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.descriptor, 0);
  check(data != MAP_FAILED, "{}: cannot be mapped into memory: {}", path, std::strerror(errno));
  data_ = static_cast<std::byte*>(data);
}

MappedFile::MappedFile(std::span<const std::byte> bytes) : size_(bytes.size()) {
  if (size_ == 0) return;
  void* data = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<std::byte*>(data);
  std::memcpy(data_, bytes.data(), size_);
}

MappedFile::~MappedFile() {
  if (data_) munmap(data_, size_);
}

bool file_exists(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0;
}

bool is_folder(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

void make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  check(!error, "{}: cannot be made: {}", path, error.message());
}

}  // namespace adora
