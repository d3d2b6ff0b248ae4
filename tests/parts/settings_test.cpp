// A run's command line: as it is given, and as it is kept for --resume.
#include "../../examples/finetune/kept_arguments.h"
#include "../../examples/finetune/settings.h"
#include "../../examples/finetune/update_settings.h"

#include "../catch.h"
#include "../files.h"

using namespace adora;
using namespace adora::finetune;
using adora::test::TemporaryFolder;

TEST_CASE("a kept command line comes back as it was") {
  TemporaryFolder folder;
  const Settings settings = *parse_settings({"--method", "lora,dora", "--rank=3", "--no-shuffle", "--lr", "1e-3"});
  write_arguments(folder.path(), settings);
  CHECK(read_arguments(folder.path()) == settings.arguments);
  const Settings resumed = *parse_settings({"--resume", folder.path(), "--rank", "4"});
  CHECK(resumed.methods == settings.methods);
  CHECK(resumed.rank == 4);
  CHECK(resumed.lr == 1e-3);
  CHECK(resumed.no_shuffle);
}

TEST_CASE("the warm-up is as it is given, and otherwise 100 steps or a tenth of them") {
  const auto warmup = [](const std::vector<std::string>& arguments, std::int64_t steps) {
    return warmup_of(*parse_settings(arguments), steps);
  };
  CHECK(warmup({}, 5000) == 100);
  CHECK(warmup({}, 1000) == 100);
  CHECK(warmup({}, 999) == 100);
  CHECK(warmup({}, 990) == 99);
  CHECK(warmup({}, 3) == 1);
  CHECK(warmup({}, 0) == 0);
  CHECK(warmup({"--warmup-steps=100"}, 3) == 100);
  CHECK(warmup({"--warmup-ratio=0.07"}, 100) == 7);
  CHECK(warmup({"--warmup-ratio=0.03"}, 1001) == 31);
}

TEST_CASE("options of a file are kept as if the command line had them") {
  TemporaryFolder folder;
  test::put(folder / "run.toml", "rank = 3\nmethod = ['lora', 'dora']\nno-shuffle = true\nlr = 1e-3\ncsv = false\n");
  const Settings settings = *parse_settings({"--config", folder / "run.toml", "--rank=4", "--tensorboard"});
  CHECK(settings.rank == 4);
  CHECK(settings.methods == std::vector<std::string>{"lora", "dora"});
  CHECK(settings.logs == std::vector<std::string>{"tensorboard"});
  write_arguments(folder.path(), settings);
  const Settings resumed = *parse_settings({"--resume", folder.path()});
  const auto sorted = [](const std::vector<std::string>& words) {
    return std::set<std::string>(words.begin(), words.end());
  };
  CHECK(sorted(resumed.arguments) == sorted(settings.arguments));
  CHECK(resumed.methods == settings.methods);
  CHECK(resumed.no_shuffle);
  CHECK(resumed.lr == 1e-3);
  CHECK(resumed.logs == settings.logs);
  CHECK(parse_settings({"--resume", folder.path(), "--tensorboard=false"})->logs.empty());
}

TEST_CASE("options kept in a file that is no such one are an error naming it, and never the defaults") {
  TemporaryFolder folder;
  const std::string path = folder / "options.json";
  for (const std::string text : {
           R"({"argument": ["--model=x"]})",
           R"({"arguments": null})",
           R"({})",
           R"([])",
           R"({"arguments": "--rank=3"})",
           R"({"arguments": ["--rank=3", 4]})",
           R"({"arguments": [["--rank=3"]]})",
           R"({"arguments": ["--rank=3"], "more": 1})",
           R"({"arguments": ["--rnak=3"]})",
           R"({"arguments": ["--rank=3", "--rank=3"]})",
           R"({"arguments": ["--rank=\u0000"]})",
           R"({"arguments": ["--model=a\u0000b"]})",
           R"({"arguments": ["--model"]})",
           R"({"arguments": ["--model=tiny", "word"]})",
           R"({"arguments": [""]})",
           R"({"arguments": ["--method=none"]})",
           R"({"arguments": ["--method=full", "--quantize=nf4"]})",
           R"({"arguments": ["--help"]})",
           R"({"arguments": ["-h"]})",
           R"({"arguments": ["--output=elsewhere"]})",
           R"({"arguments": ["--resume=elsewhere"]})",
           R"({"arguments": ["--overwrite"]})",
           R"({"arguments": ["--config=elsewhere"]})",
           R"({"arguments": ["--rank=3"])",
           "",
       }) {
    INFO(text);
    test::put(path, text);
    CHECK(test::error_of([&] { parse_settings({"--resume", folder.path()}); }).starts_with(path + ": "));
  }
}

TEST_CASE("thousands of damaged files of kept options are read or refused") {
  TemporaryFolder folder;
  const std::string path = folder / "options.json";
  write_arguments(folder.path(), *parse_settings({"--method", "dora", "--rank=3", "--no-shuffle", "--data", "x.json"}));
  const int refused = test::read_damaged(test::bytes_of(path), path, 2000, [&](const std::string&) {
    parse_settings({"--resume", folder.path()});
  });
  CHECK(refused > 500);
  CHECK(refused < 2000);
}
