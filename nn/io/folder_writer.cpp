#include "folder_writer.h"

#include <filesystem>

#include "../../core/error.h"

namespace adora {
namespace {

namespace fs = std::filesystem;

void rename_file(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);
  check(!error, "{}: cannot be replaced: {}", from, error.message());
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
  try {
    // The old key is gone from the disk before anything that it goes with.
    put_aside(key_file_->path());
    flush_folder(folder_);
    for (const std::string& path : obsolete_) put_aside(path);
    // The first goes last and comes first: it shows for the longest whose folder this is.
    for (auto file = files_.rbegin(); file != files_.rend(); ++file)
      if (file->get() != key_file_) put_aside((*file)->path());
    for (const auto& file : files_) {
      if (file.get() == key_file_) continue;
      file->commit();
      put_.push_back(file->path());
    }
    key_file_->commit();
  } catch (...) {
    put_back();
    throw;
  }
  std::error_code ignored;
  for (const auto& [path, aside] : aside_) fs::remove(aside, ignored);
}

void FolderWriter::put_aside(const std::string& path) {
  std::error_code error;
  const fs::file_type type = fs::symlink_status(path, error).type();
  if (type == fs::file_type::not_found || type == fs::file_type::directory) return;
  const std::string aside = temporary_beside(path);
  rename_file(path, aside);
  aside_.emplace_back(path, aside);
}

void FolderWriter::put_back() {
  std::error_code error;
  for (const std::string& path : put_) fs::remove(path, error);
  // The key, which went first, comes last, and not without the others.
  for (auto old = aside_.rbegin(); old != aside_.rend() && !error; ++old) fs::rename(old->second, old->first, error);
}

}  // namespace adora
