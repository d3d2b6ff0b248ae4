#include "appended_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <filesystem>

#include "../../core/error.h"
#include "atomic_file.h"
#include "file.h"

namespace adora {
namespace {

bool begins_with(const std::string& path, std::string_view bytes) {
  std::error_code none;
  return !bytes.empty() && std::filesystem::is_regular_file(path, none) && MappedFile(path).text().starts_with(bytes);
}

}  // namespace

AppendedFile::AppendedFile(std::string path, std::string_view bytes) : path_(std::move(path)) {
  if (!begins_with(path_, bytes)) {
    replace(bytes);
    return;
  }
  open_to_append();
  const bool cut = ftruncate(descriptor_, static_cast<off_t>(bytes.size())) == 0;
  const int why = errno;
  if (!cut) close(descriptor_);
  check(cut, "{}: cannot be cut: {}", path_, std::strerror(why));
}

AppendedFile::~AppendedFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void AppendedFile::replace(std::string_view bytes) {
  write_file(path_, bytes);
  open_to_append();
}

void AppendedFile::open_to_append() {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  check(descriptor_ >= 0, "{}: cannot be written: {}", path_, std::strerror(errno));
}

void AppendedFile::add(std::string_view bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count = write(descriptor_, bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    check(count >= 0, "{}: cannot be written: {}", path_, std::strerror(errno));
    done += static_cast<std::size_t>(count);
  }
}

void AppendedFile::flush() {
  const bool flushed = fsync(descriptor_) == 0;
  check(flushed, "{}: cannot be flushed to disk: {}", path_, std::strerror(errno));
}

}  // namespace adora
