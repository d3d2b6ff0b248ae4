#include "../../../../nn/io/folder_writer.h"

#include <signal.h>
#include <sys/wait.h>

#include <thread>

#include "../../../files.h"

using namespace adora;
using namespace adora::test;

namespace {

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

using Names = std::vector<std::string>;

void write_all(const std::string& folder, const std::string& content) {
  FolderWriter writer(folder, "key");
  writer.file("key").write(content);
  writer.file("a").write(content);
  writer.file("b").write(content);
  writer.commit();
}

}  // namespace

TEST_CASE("folder writer: files come together, take the place of older ones, and others stay") {
  TemporaryFolder folder;
  write_all(folder / "new/below", "1");
  CHECK(files_in(folder / "new/below") == Names{"a", "b", "key"});
  put(folder / "new/below/mine", "mine");
  put(folder / "new/below/old", "old");
  std::filesystem::create_directory_symlink(folder / "new/below", folder / "link");
  FolderWriter writer(folder / "link", "key");
  writer.file("a").write("2");
  writer.file("key").write("2");
  writer.remove("old");
  writer.remove("never");
  CHECK(bytes_of(folder / "link/a") == "1");
  writer.commit();
  CHECK(files_in(folder / "new/below") == Names{"a", "b", "key", "mine"});
  CHECK(bytes_of(folder / "link/a") + bytes_of(folder / "link/key") + bytes_of(folder / "link/b") == "221");
  CHECK(bytes_of(folder / "link/mine") == "mine");
  CHECK(std::filesystem::is_symlink(folder / "link"));
}

TEST_CASE("folder writer: without commit, and where a file can't be written, nothing has happened") {
  TemporaryFolder folder;
  { FolderWriter(folder / "a/b", "key").file("x").write("1"); }
  CHECK_FALSE(std::filesystem::exists(folder / "a"));
  write_all(folder / "out", "1");
  std::filesystem::create_directory(folder / "out/c");
  {
    FolderWriter writer(folder / "out", "key");
    writer.file("key").write("2");
    writer.file("a").write("2");
    CHECK_THAT(error_of([&] { writer.file("c"); }), ContainsSubstring("out/c") && ContainsSubstring("folder"));
  }
  CHECK(files_in(folder / "out") == Names{"a", "b", "c", "key"});
  CHECK(bytes_of(folder / "out/key") + bytes_of(folder / "out/a") == "11");
  put(folder / "file", "");
  CHECK_THAT(error_of([&] { write_all(folder / "file", "1"); }), ContainsSubstring(folder / "file"));
  CHECK_THAT(error_of([&] { write_all(folder / "file/below", "1"); }), ContainsSubstring(folder / "file/below"));
  CHECK_THAT(error_of([&] {
               FolderWriter writer(folder / "out", "key");
               writer.file("a");
               writer.commit();
             }),
             ContainsSubstring("key"));
  CHECK(bytes_of(folder / "out/a") == "1");
}

TEST_CASE("folder writer: where a file can't take its place the old ones come back") {
  TemporaryFolder folder;
  write_all(folder / "out", "1");
  put(folder / "out/old", "1");
  {
    FolderWriter writer(folder / "out", "key");
    writer.file("key").write("2");
    writer.file("fresh").write("2");
    writer.file("b").write("2");
    writer.remove("old");
    writer.file("a").write("2");
    std::filesystem::remove(folder / "out/a");  // meanwhile something else takes the name
    std::filesystem::create_directory(folder / "out/a");
    put(folder / "out/a/mine", "");
    CHECK_THAT(error_of([&] { writer.commit(); }), ContainsSubstring("out/a"));
  }
  CHECK(files_in(folder / "out") == Names{"a", "b", "key", "old"});
  CHECK(bytes_of(folder / "out/key") + bytes_of(folder / "out/b") + bytes_of(folder / "out/old") == "111");
}

TEST_CASE("folder writer: after 100 kills at random moments the folder is whole or without its key", "[cpu]") {
  TemporaryFolder folder;
  const std::string out = folder / "out";
  write_all(out, std::string(50'000, 'a'));
  put(out + "/mine", "mine");
  Generator random(7);
  int cut_short = 0;
  for (int kill_number = 0; kill_number < 100; ++kill_number) {
    pid_t child = fork();
    if (child == 0)
      for (int i = 0;; ++i) write_all(out, std::string(50'000, static_cast<char>('a' + i % 26)));
    std::this_thread::sleep_for(std::chrono::microseconds(200 + random.below(4000)));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    const std::string key = bytes_of(out + "/key");
    if (std::filesystem::exists(out + "/key")) {
      REQUIRE(key.size() == 50'000);
      REQUIRE(bytes_of(out + "/a") == key);
      REQUIRE(bytes_of(out + "/b") == key);
    }
    REQUIRE(bytes_of(out + "/mine") == "mine");
    if (files_in(out) != Names{"a", "b", "key", "mine"}) ++cut_short;
  }
  CHECK(cut_short > 0);  // otherwise the kills hit nothing
  write_all(out, "1");
  CHECK(files_in(out) == Names{"a", "b", "key", "mine"});
}

TEST_CASE("folder writer: what a killed process left is removed, and what looks like it is not") {
  TemporaryFolder folder;
  for (const char* name : {".gone.partial-123-0", ".a.partial-9-17", "mine.partial-1-2", ".mine.partial-1",
                           ".partial-1-1", ".mine.partial-1-x", ".mine.partial--1"})
    put(folder / name, "");
  AtomicFile busy(folder / "busy");
  write_file(folder / "new", "");
  Names left = files_in(folder.path());
  std::erase_if(left, [](const std::string& name) { return name.starts_with(".busy.partial-"); });
  CHECK(left ==
        Names{".mine.partial--1", ".mine.partial-1", ".mine.partial-1-x", ".partial-1-1", "mine.partial-1-2", "new"});
  busy.commit();
  CHECK(std::filesystem::exists(folder / "busy"));
}
