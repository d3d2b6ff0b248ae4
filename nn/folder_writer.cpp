#include "folder_writer.h"

#include <filesystem>

#include "../core/error.h"
#include "file.h"

namespace adora {
namespace {

namespace fs = std::filesystem;

void remove_file(const std::string& path) {
  std::error_code error;
  fs::remove(path, error);
  check(!error, "{}: cannot be removed: {}", path, error.message());
}

}  // namespace

FolderWriter::FolderWriter(const std::string& folder, std::string key)
    : folder_(folder), key_(std::move(key)), made_(folder) {
  remove_leftovers(folder_);
}

FolderWriter::~FolderWriter() = default;

AtomicFile& FolderWriter::file(const std::string& name) {
  files_.push_back(std::make_unique<AtomicFile>((fs::path(folder_) / name).string()));
  if (name == key_) key_file_ = files_.back().get();
  return *files_.back();
}

void FolderWriter::remove(const std::string& name) { obsolete_.push_back((fs::path(folder_) / name).string()); }

void FolderWriter::commit() {
  check(key_file_ != nullptr, "{}: was to be written without its {}", folder_, key_);
  for (const auto& file : files_) file->flush();
  // The old key vanishes from the disk before anything that it goes with.
  remove_file(key_file_->path());
  flush_folder(folder_);
  try {
    put();
  } catch (const Error& error) {
    fail("{}; {} is left without its {}: write it anew", error.what(), folder_, key_);
  }
}

void FolderWriter::put() {
  std::vector<std::string> fresh;  // that no old file has made room for
  try {
    for (const std::string& path : obsolete_) remove_file(path);
    for (const auto& file : files_) {
      if (file.get() == key_file_) continue;
      const bool there = file_exists(file->path());
      file->commit();
      if (!there) fresh.push_back(file->path());
    }
    key_file_->commit();
  } catch (...) {
    std::error_code ignored;
    for (const std::string& path : fresh) fs::remove(path, ignored);
    throw;
  }
}

}  // namespace adora
