#include "../../../../nn/io/checkpoint_file.h"

#include <signal.h>
#include <sys/wait.h>
#include <map>

#include <cstring>
#include <thread>

#include "../../../../nn/io/atomic_file.h"
#include "../../../../ops/creation.h"
#include "../../../files.h"

using namespace adora;
using namespace adora::test;

namespace {

/// A checkpoint whose every number tells its step.
StateDict state_of_step(std::int64_t step, std::size_t values) {
  return {
      {"exp_avg", tensor(std::vector<float>(values, static_cast<float>(step)), {static_cast<std::int64_t>(values)})},
      {"steps", tensor(std::vector<std::int64_t>{step}, {1})}};
}

std::size_t files_in(const std::string& folder) {
  auto all = std::filesystem::directory_iterator(folder);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST_CASE("checkpoint: what is written is read back into memory of its own") {
  TemporaryFolder folder;
  std::string path = folder / "checkpoint.state";
  write_checkpoint(path, state_of_step(3, 5), {{"step", "3"}, {"data.offset", "17"}});
  CheckpointFile file = read_checkpoint(path);
  CHECK(file.metadata == std::map<std::string, std::string>{{"step", "3"}, {"data.offset", "17"}});
  CHECK(to_vector<float>(file.tensors["exp_avg"]) == std::vector<float>(5, 3));
  CHECK(to_vector<std::int64_t>(file.tensors["steps"])[0] == 3);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("checkpoint: any changed byte is noticed") {
  TemporaryFolder folder;
  write_checkpoint(folder / "valid", state_of_step(3, 9), {{"step", "3"}});
  std::string valid = bytes_of(folder / "valid");
  std::string path = folder / "damaged";
  for (std::size_t at = 0; at < valid.size(); ++at) {
    std::string bytes = valid;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    put(path, bytes);
    INFO(at);
    try {
      CheckpointFile file = read_checkpoint(path);
      // The spaces after the header may be any white space; they say nothing.
      CHECK(valid[at] == ' ');
    } catch (const Error& error) {
      CHECK_THAT(error.what(), ContainsSubstring(path));
    }
  }
  CHECK(read_damaged(valid, path, 2000, [](const std::string& p) { read_checkpoint(p); }) > 1900);
  CHECK_THROWS_AS(read_checkpoint(folder / "absent"), Error);
}

TEST_CASE(
    "checkpoint: after 100 kills at random moments there is always one that loads, none older than the last that was "
    "finished",
    "[cpu]") {  // a GPU's context is not for a child of fork
  TemporaryFolder folder;
  std::string path = folder / "checkpoint.state";
  constexpr std::size_t values = 20'000;
  write_checkpoint(path, state_of_step(0, values), {{"step", "0"}});
  Generator random(5);
  std::int64_t newest = 0;
  int cut_short = 0;
  for (int kill_number = 0; kill_number < 100; ++kill_number) {
    int finished[2];
    REQUIRE(pipe(finished) == 0);
    pid_t child = fork();
    if (child == 0) {
      // Only async-signal-safe things and what the single thread of this process does.
      close(finished[0]);
      for (std::int64_t step = newest + 1;; ++step) {
        write_checkpoint(path, state_of_step(step, values), {{"step", std::to_string(step)}});
        if (write(finished[1], &step, sizeof step) != sizeof step) _exit(1);
      }
    }
    close(finished[1]);
    std::this_thread::sleep_for(std::chrono::microseconds(500 + random.below(8000)));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    std::int64_t step, reported = newest;
    while (read(finished[0], &step, sizeof step) == sizeof step) reported = step;
    close(finished[0]);

    CheckpointFile file = read_checkpoint(path);
    step = std::stoll(file.metadata.at("step"));
    REQUIRE(step >= reported);
    REQUIRE(step <= reported + 1);
    REQUIRE(to_vector<float>(file.tensors["exp_avg"]) == std::vector<float>(values, static_cast<float>(step)));
    newest = step;
    if (files_in(folder.path()) > 1) ++cut_short;
  }
  // Otherwise the kills hit nothing and the test shows nothing.
  CHECK(newest > 0);
  CHECK(cut_short > 0);
  // The next write clears away what the killed ones left.
  write_checkpoint(path, state_of_step(1, 1), {});
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("atomic file: without commit nothing happens, and odd targets are refused") {
  TemporaryFolder folder;
  put(folder / "a", "old");
  {
    AtomicFile file(folder / "a");
    file.write("new");
  }
  CHECK(bytes_of(folder / "a") == "old");
  CHECK(files_in(folder.path()) == 1);
  {
    AtomicFile first(folder / "a"), second(folder / "a");
    first.write("one");
    second.write("two");
    first.commit();
    second.commit();
  }
  CHECK(bytes_of(folder / "a") == "two");
  CHECK(files_in(folder.path()) == 1);
  std::filesystem::create_symlink(folder / "a", folder / "link");
  write_file(folder / "link", "three");
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(bytes_of(folder / "a") == "three");
  CHECK_THAT(error_of([&] { write_file(folder.path(), ""); }), ContainsSubstring("folder"));
  CHECK_THAT(error_of([&] { write_file("/dev/null", ""); }), ContainsSubstring("/dev/null"));
  CHECK_THAT(error_of([&] { write_file(folder / "none/x", ""); }), ContainsSubstring("none/x"));
}
