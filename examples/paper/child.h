#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace adora::reproduce {

/// A program running beside this one, with nothing on its standard input and what it prints in a file. It is asked to
/// end where this one ends, however that comes about, and where the object goes away before it has ended.
class Child {
 public:
  /// Throws `Error` where the program can't be started or the file can't be written.
  Child(const std::vector<std::string>& words, const std::string& output);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  /// Its exit status once it has ended (128 and the signal's number where a signal ended it); nothing before.
  std::optional<int> status();
  /// Has it end its step and leave a checkpoint; doesn't wait for that.
  void ask_to_end();

 private:
  void end();

  pid_t pid_ = -1;
  bool asked_ = false;  ///< a second time would end it at once
};

}  // namespace adora::reproduce
