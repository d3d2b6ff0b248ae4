#pragma once
// Not in adora.h: the library's own.
#include <string>
#include <vector>

namespace adora {

/// Makes a folder, with those above it that aren't there, and takes away again what stayed empty.
class MadeFolders {
 public:
  /// Throws `Error` "PATH: cannot be made: …", and leaves nothing, where that fails or something else has the name.
  explicit MadeFolders(const std::string& path);
  /// Removes the folders that were made and in which nothing came into being.
  ~MadeFolders();
  MadeFolders(const MadeFolders&) = delete;
  MadeFolders& operator=(const MadeFolders&) = delete;

 private:
  void remove_empty() const;

  std::vector<std::string> made_;  ///< from the outermost to the innermost
};

}  // namespace adora
