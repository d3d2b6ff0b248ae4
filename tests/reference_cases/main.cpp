#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "case.h"

namespace fs = std::filesystem;

namespace {

/// The folders whose cases are always run, where they are, and those that ADORA_REFERENCE_DIR names.
std::vector<fs::path> folders() {
  const fs::path root = ADORA_SOURCE_ROOT;
  std::vector<fs::path> result;
  for (const fs::path& folder :
       {root / "tests/reference", root / "../shared/reference/ops", root / "../shared/reference/toys"}) {
    if (fs::is_directory(folder)) result.push_back(folder);
  }
  const char* more = std::getenv("ADORA_REFERENCE_DIR");
  std::istringstream list(more ? more : "");
  for (std::string folder; std::getline(list, folder, ':');) {
    if (!folder.empty()) result.push_back(folder);
  }
  return result;
}

std::vector<fs::path> files_in(const fs::path& place) {
  std::vector<fs::path> files;
  if (!fs::is_directory(place)) return {place};
  for (const fs::directory_entry& entry : fs::directory_iterator(place)) {
    if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

/// Runs the reference cases in the folders and files given as arguments, or in the usual places.
int main(int count, char** arguments) {
  std::vector<fs::path> places(arguments + 1, arguments + count);
  if (places.empty()) places = folders();
  int passed = 0, failed = 0;
  for (const fs::path& place : places) {
    for (const fs::path& file : files_in(place)) {
      const std::string name = file.stem().string(), problem = adora::reference::run_case(file.string());
      if (problem.empty()) fmt::print("ok {}\n", name);
      else fmt::print("FAIL {}: {}\n", name, problem);
      (problem.empty() ? passed : failed) += 1;
    }
  }
  fmt::print("{} passed, {} failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
