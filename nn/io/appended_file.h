#pragma once
// Not in adora.h: the library's own.
#include <string>
#include <string_view>

namespace adora {

/// A file that grows. A process that is killed leaves what was added, the last of it perhaps in part.
class AppendedFile {
 public:
  /// Goes on after these bytes where the file begins with them, which those who have it open then see; otherwise begins
  /// it anew with them, in one step. Throws `Error` naming it where it can't be written.
  AppendedFile(std::string path, std::string_view bytes);
  ~AppendedFile();
  AppendedFile(const AppendedFile&) = delete;
  AppendedFile& operator=(const AppendedFile&) = delete;

  void add(std::string_view bytes);
  /// Puts what was added on disk.
  void flush();
  /// Begins the file anew, in one step.
  void replace(std::string_view bytes);
  const std::string& path() const { return path_; }

 private:
  void open_to_append();

  std::string path_;
  int descriptor_ = -1;
};

}  // namespace adora
