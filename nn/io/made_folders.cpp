#include "made_folders.h"

#include <filesystem>

#include "../../core/error.h"

namespace adora {

namespace fs = std::filesystem;

MadeFolders::MadeFolders(const std::string& path) {
  std::error_code error;
  std::vector<std::string> missing;
  for (fs::path at = path; !at.empty() && !fs::exists(at, error); at = at.parent_path()) missing.push_back(at.string());
  for (auto folder = missing.rbegin(); folder != missing.rend(); ++folder)
    if (fs::create_directory(*folder, error)) made_.push_back(*folder);
  if (!error && fs::is_directory(path, error)) return;
  remove_empty();
  fail("{}: cannot be made: {}", path, error ? error.message() : "it is not a folder");
}

MadeFolders::~MadeFolders() { remove_empty(); }

void MadeFolders::remove_empty() const {
  std::error_code ignored;
  for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder) fs::remove(*folder, ignored);
}

}  // namespace adora
