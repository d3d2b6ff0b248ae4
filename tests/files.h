#pragma once
// Temporary folders and damaged files, for the tests of what is read from disk.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "../core/error.h"
#include "../core/random.h"
#include "catch.h"

namespace adora::test {

/// A folder that is gone with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    // In memory where that can be: a disk that others keep busy may take seconds to flush a file.
    std::filesystem::path memory = "/dev/shm";
    bool usable = access(memory.c_str(), W_OK) == 0;
    std::string name = ((usable ? memory : std::filesystem::temp_directory_path()) / "adora-XXXXXX").string();
    if (!mkdtemp(name.data())) throw Error("no temporary folder can be made");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

inline void put(const std::string& path, const std::string& bytes) {
  // Cutting a file short makes some file systems flush it; a new one costs less.
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// `valid` with a few bytes changed, left out or put in, or its end cut off.
inline std::string damaged(const std::string& valid, Generator& random) {
  std::string bytes = valid;
  for (std::uint64_t changes = 1 + random.below(3); changes > 0 && !bytes.empty(); --changes) {
    std::size_t at = random.below(bytes.size());
    switch (random.below(7)) {
      case 0: bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8))); break;
      case 1: bytes[at] = static_cast<char>(random.below(256)); break;
      case 2: bytes[at] = "\"{}[]:,0-.e\\ \xff"[random.below(15)]; break;
      case 3: bytes.erase(at, 1 + random.below(8)); break;
      case 4: bytes.insert(at, "\"{}[]:,0-9e\\ \xff"[random.below(15)] + std::string(random.below(3), '9')); break;
      case 5: bytes.resize(at); break;
      case 6: bytes.insert(at, bytes.substr(random.below(bytes.size()), random.below(40))); break;
    }
  }
  return bytes;
}

/// Reads `cases` damaged copies of a valid file; `read(path)` must
/// return, or throw `Error` with a text of one line, of a length for people, that names the file. Returns how many were
/// refused.
template <class Read> int read_damaged(const std::string& valid, const std::string& path, int cases, Read&& read) {
  Generator random(17);
  int refused = 0;
  for (int i = 0; i < cases; ++i) {
    put(path, damaged(valid, random));
    try {
      read(path);
    } catch (const Error& error) {
      ++refused;
      const std::string text = error.what();
      if (printable(text) != text) FAIL("case " << i << ": an error that is not printable: " << text);
      if (text.find(path) == text.npos) FAIL("case " << i << ": an error that does not name the file: " << text);
      if (text.size() > 1000) FAIL("case " << i << ": an error of " << text.size() << " bytes: " << text);
    } catch (const std::exception& error) {
      FAIL("case " << i << ": another exception than Error: " << error.what());
    }
  }
  return refused;
}

/// The text of the `Error` that `run` throws; a failure where it throws none.
template <class Run> std::string error_of(Run&& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  FAIL("no error was thrown");
  return "";
}

}  // namespace adora::test
