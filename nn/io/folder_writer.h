#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "atomic_file.h"
#include "made_folders.h"

namespace adora {

/// Replaces several files of a folder that belong together, so that nobody takes a mixture for the whole: whatever
/// ends the process, the folder holds the old files, or the new ones, or is without its key, the file that
/// every reader asks for first (config.json). All are written and flushed beside their places; only then, where nothing
/// can be lacking any more, the old files step aside, the key first, and the new ones take their places, the key last.
///
/// The folder is made where it isn't there. It may hold other files, which stay, be a link or a mount point: files
/// are renamed in it and not the folder itself.
///
///     FolderWriter folder(path, "config.json");
///     write_safetensors(folder.file("model.safetensors"), tensors);
///     write_json_file(folder.file("config.json"), config);
///     folder.commit();
class FolderWriter {
 public:
  /// Throws `Error` naming the folder where it can't be made.
  FolderWriter(const std::string& folder, std::string key);
  /// Without commit() nothing has happened to the folder.
  ~FolderWriter();
  FolderWriter(const FolderWriter&) = delete;
  FolderWriter& operator=(const FolderWriter&) = delete;

  /// A file to be written, which commit() puts at its name; the key's among them. Throws as AtomicFile does.
  AtomicFile& file(const std::string& name);
  /// Has commit() remove a file, where there is one, that doesn't hold any longer: a name in the folder, or a path.
  void remove(const std::string& name);
  /// Throws `Error` where the disk is full or something else goes wrong, and the folder is as it was.
  void commit();

 private:
  void put_aside(const std::string& path);
  void put_back();

  std::string folder_, key_;
  MadeFolders made_;  // goes after the files in it
  std::vector<std::unique_ptr<AtomicFile>> files_;
  AtomicFile* key_file_ = nullptr;
  std::vector<std::string> obsolete_;
  std::vector<std::pair<std::string, std::string>> aside_;  ///< where an old file was, and where it is
  std::vector<std::string> put_;                            ///< the new files that are in their places
};

}  // namespace adora
