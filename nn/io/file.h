#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace adora {

/// A whole file's bytes. Throws `Error` naming the file where it can't be read, is no
/// regular file, or is longer than `max_bytes`.
std::string read_file(const std::string& path, std::uint64_t max_bytes);

/// A file's bytes as memory, read from disk as they are touched. Changing them
/// changes private copies of pages, never the file.
class MappedFile {
 public:
  /// Throws `Error` naming the file where it can't be opened or is no regular file.
  explicit MappedFile(const std::string& path);
  /// A copy of bytes that lie in memory.
  explicit MappedFile(std::span<const std::byte> bytes);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::byte* data() const { return data_; }
  std::uint64_t size() const { return size_; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }

 private:
  std::byte* data_ = nullptr;
  std::uint64_t size_ = 0;
};

bool file_exists(const std::string& path);
bool is_folder(const std::string& path);

/// Makes the folder, and those that it lies in, where they are not there. Throws `Error` naming it.
void make_folder(const std::string& path);

}  // namespace adora
