#include "../../../../nn/io/csv.h"

#include <cmath>

#include "../../../catch.h"
#include "../../../files.h"

using namespace adora;
using adora::test::TemporaryFolder;

TEST_CASE("a table's columns are numbers, texts or classes") {
  TemporaryFolder folder;
  test::put(folder / "flowers.csv",
            "\xef\xbb\xbflength,width,kind\r\n"
            "5.1, 3.5 ,setosa\r\n"
            "\r\n"
            "-6e-1,,\"a \"\"b\"\",\nc\"\r\n"
            "+2,NA,setosa");
  const CsvTable table(folder / "flowers.csv");
  CHECK(table.columns() == std::vector<std::string>{"length", "width", "kind"});
  CHECK(table.rows() == 3);
  CHECK(table.text("kind") == std::vector<std::string>{"setosa", "a \"b\",\nc", "setosa"});
  const std::vector<double> x = to_vector<double>(table.numbers({"width", "length"}, float64));
  REQUIRE(x.size() == 6);
  CHECK(x[0] == 3.5);
  CHECK(x[1] == 5.1);
  CHECK((std::isnan(x[2]) && std::isnan(x[4])));
  CHECK(x[3] == -0.6);
  CHECK(x[5] == 2);
  CHECK(table.numbers({"length"}).dtype() == float32);
  const auto classes = table.classes("kind");
  CHECK(classes.second == std::vector<std::string>{"a \"b\",\nc", "setosa"});
  CHECK(to_vector<int>(classes.first) == std::vector<int>{1, 0, 1});
  CHECK_THROWS_WITH(table.numbers(),
                    ContainsSubstring("flowers.csv: line 2: 'setosa' in the column 'kind' is no number"));
  CHECK_THROWS_WITH(table.text("height"),
                    ContainsSubstring("no column 'height'") && ContainsSubstring("length, width, kind"));
}

TEST_CASE("a table without header numbers its columns, and may have another delimiter") {
  TemporaryFolder folder;
  test::put(folder / "x.tsv", "1\t2\n3\t\n");
  const CsvTable table(folder / "x.tsv", {.delimiter = '\t', .header = false});
  CHECK(table.columns() == std::vector<std::string>{"0", "1"});
  CHECK(table.rows() == 2);
  CHECK(table.text("1") == std::vector<std::string>{"2", ""});
  test::put(folder / "none.csv", "a,b\n");
  CHECK(CsvTable(folder / "none.csv").numbers().shape() == Shape{0, 2});
}

TEST_CASE("a table that isn't one is refused with its line") {
  TemporaryFolder folder;
  auto refused = [&](const std::string& bytes) {
    test::put(folder / "x.csv", bytes);
    return test::error_of([&] { CsvTable(folder / "x.csv"); });
  };
  CHECK_THAT(refused("a,b\n1,2\n3\n"), ContainsSubstring("x.csv: line 3: has 1 values, where 2 columns are"));
  CHECK_THAT(refused("a,b\n1,\"2\n3\n"), ContainsSubstring("line 2: a quote never ends"));
  CHECK_THAT(refused("a,b\n\"1\"x,2\n"), ContainsSubstring("line 2: text stands behind a closing quote"));
  CHECK_THAT(refused("a,a\n"), ContainsSubstring("two columns are named 'a'"));
  CHECK_THAT(refused("\n"), ContainsSubstring("x.csv: is empty"));
}

TEST_CASE("thousands of damaged tables are either read or refused with the file's name") {
  TemporaryFolder folder;
  std::int64_t cells = 0;
  const int refused =
      test::read_damaged("a,b,\"c\"\n1,2,\"x, y\"\n3,4.5,z\n", folder / "x.csv", 3000, [&](const std::string& path) {
        const CsvTable table(path);
        cells += table.numbers({table.columns().at(0)}).numel();
      });
  CHECK(refused > 100);
  CHECK(cells > 0);
}
