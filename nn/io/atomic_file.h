#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace adora {

/// Writes a file so that at any moment, whatever kills the process, its path holds
/// either what was there before or all of the new bytes: they go to a temporary
/// file beside it, which is flushed to disk and renamed. What a killed
/// process left behind is removed by the next write into the same folder.
class AtomicFile {
 public:
  /// Throws `Error` naming the path where its folder can't be written to, or where
  /// the path is something other than a regular file.
  explicit AtomicFile(const std::string& path);
  /// Without commit() nothing has happened to the path.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws `Error` where the disk is full.
  void write(const void* data, std::size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  /// Puts what was written on disk, still beside its path.
  void flush();
  /// Flushes to disk and puts the file at its path.
  void commit();

  /// Where the file will be: what a link points at.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::string temporary_;
  int descriptor_ = -1;
};

/// Whether a file with this name is the temporary one of an AtomicFile, which may be left where a process was killed.
bool is_temporary_name(const std::string& name);

/// The whole file at once.
void write_file(const std::string& path, std::string_view bytes);

/// A name beside a file for what is there in between; after a kill it goes with `remove_leftovers`.
std::string temporary_beside(const std::string& path);

/// Removes the temporary files of killed processes that lie in a folder.
void remove_leftovers(const std::string& folder);

/// Puts a folder's names on disk; some file systems can't.
void flush_folder(const std::string& folder);

}  // namespace adora
