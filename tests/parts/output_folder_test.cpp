// The folder that a run writes into: made, held, and left as it was where nothing came of it.
#include "../../examples/finetune/output_folder.h"

#include <optional>

#include "../catch.h"
#include "../files.h"

using namespace adora;
using namespace adora::finetune;
using adora::test::TemporaryFolder;

TEST_CASE("folders that were made for an output are gone where nothing was written, and others stay") {
  TemporaryFolder folder;
  std::filesystem::create_directory(folder / "mine");
  { OutputFolder output(folder / "mine"); }
  CHECK(std::filesystem::is_directory(folder / "mine"));
  {
    OutputFolder output(folder / "mine/a/b/");
    CHECK(std::filesystem::is_directory(folder / "mine/a/b"));
  }
  CHECK_FALSE(std::filesystem::exists(folder / "mine/a"));
  {
    OutputFolder output(folder / "mine/a/b");
    test::put(folder / "mine/a/b/result", "");
  }
  CHECK(std::filesystem::exists(folder / "mine/a/b/result"));
}

TEST_CASE("an output that another run holds is refused until that has ended") {
  TemporaryFolder folder;
  std::optional<OutputFolder> first(folder / "out");
  CHECK_THROWS_WITH(OutputFolder(folder / "out"), ContainsSubstring("another run"));
  CHECK(std::filesystem::exists(folder / "out"));
  first.reset();
  CHECK_NOTHROW(OutputFolder(folder / "out"));
}

TEST_CASE("a file in the way of an output is named, and nothing is left") {
  TemporaryFolder folder;
  test::put(folder / "file", "");
  for (const char* path : {"file", "file/below", "file/a/b"})
    CHECK_THROWS_WITH(OutputFolder(folder / path), ContainsSubstring(std::string("--output ") + (folder / path)));
  CHECK(test::bytes_of(folder / "file").empty());
}
