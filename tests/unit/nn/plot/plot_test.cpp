// Drawings: where the numbers stand in them, and that any text and number leaves them well-formed.
#include "../../../../nn/plot/plot.h"

#include <cmath>
#include <limits>

#include "../../../../nn/plot/loss_curve.h"
#include "../../../catch.h"
#include "../../../files.h"
#include "ops/creation.h"

using namespace adora;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; at += part.size()) ++found;
  return found;
}

}  // namespace

TEST_CASE("a plot has a mark for every point, a title and names whose signs XML would read are replaced") {
  Plot plot("a < b & \"c\"", "x", "y");
  plot.points("p", tensor<double>({0, 1, 2, 3}), tensor<double>({0, 1, 4, 9}));
  plot.line("q <", {0.0, 1.0, 2.0}, {1.0, 1.0, 1.0});
  plot.band("r", {0.0, 3.0}, {-1.0, -2.0}, {1.0, 2.0});
  const std::string svg = plot.svg();
  CHECK(count(svg, "h0") == 4);
  CHECK(count(svg, "<path d=") == 3);
  CHECK(count(svg, "a &lt; b &amp; &quot;c&quot;") == 2);
  CHECK(count(svg, "q &lt;") == 2);
  CHECK(count(svg, "<svg") == count(svg, "</svg>"));
  CHECK_THROWS_WITH(plot.line("s", {0.0, 1.0}, {1.0}), ContainsSubstring("'s' has 2 numbers for x and 1 for y"));
}

TEST_CASE("a line's ends stand at the ends of the axes, and it is broken where a number is not finite") {
  Plot plot("line");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  plot.line("", {0.0, 1.0, 2.0, 3.0, 4.0}, {0.0, 1.0, nan, 1.0, 0.0});
  const std::string svg = plot.svg();
  CHECK(svg.find("nan") == svg.npos);
  const std::size_t begin = svg.find("<path d=\"M") + 10;
  const std::string path = svg.substr(begin, svg.find('"', begin) - begin);
  CHECK(count(path, "M") == 1);
  CHECK(count(path, "L") == 2);
}

TEST_CASE("plots of nothing, of one number and of numbers beyond all measure are drawn") {
  for (const std::vector<double>& y :
       std::vector<std::vector<double>>{{}, {3}, {0, 0}, {1e300, -1e300}, {INFINITY, 1}}) {
    Plot plot("few");
    plot.line("y", y);
    const std::string svg = plot.svg();
    CHECK(svg.find("nan") == svg.npos);
    CHECK(svg.size() < 10000);
  }
}

TEST_CASE("with log_y equal factors are equal distances") {
  Plot plot("log");
  plot.points("", {0.0, 1.0, 2.0}, {1.0, 10.0, 100.0});
  plot.log_y();
  const std::string svg = plot.svg();
  std::vector<double> heights;
  for (std::size_t at = 0; (at = svg.find("h0", at)) != svg.npos; at += 2) {
    const std::size_t space = svg.rfind(' ', at);
    heights.push_back(std::stod(svg.substr(space + 1, at - space - 1)));
  }
  REQUIRE(heights.size() == 3);
  CHECK(std::abs((heights[0] - heights[1]) - (heights[1] - heights[2])) < 0.25);
}

TEST_CASE("with log_y round numbers stand beside the axis") {
  auto named = [](std::vector<double> y) {
    Plot plot("log");
    plot.line("", y);
    plot.log_y();
    std::string names;
    const std::string svg = plot.svg(), mark = "text-anchor=\"end\">";
    for (std::size_t at = 0; (at = svg.find(mark, at)) != svg.npos; ++at)
      names += svg.substr(at + mark.size(), svg.find('<', at) - at - mark.size()) + " ";
    return names;
  };
  CHECK(named({0.3, 4.0}) == "0.5 1 2 ");
  CHECK(named({2e-4, 2e3}) == "0.0001 0.01 1 100 ");
  CHECK(named({1.1, 1.9}).size() > 4);
}

TEST_CASE("names stand beside an axis in place of numbers, where their places can be seen") {
  Plot plot("named");
  plot.image(zeros({3, 2}), -0.5, 1.5, -0.5, 2.5);
  plot.x_names({"no", "y<s", "far"});
  plot.y_names({"a", "b", "c"});
  const std::string svg = plot.svg();
  for (const char* name : {">no<", ">y&lt;s<", ">a<", ">b<", ">c<"}) CHECK(svg.find(name) != svg.npos);
  for (const char* name : {">far<", ">0<", ">1<", "class=\"grid\""}) CHECK(svg.find(name) == svg.npos);
}

TEST_CASE("a picture lies behind a plot") {
  Plot plot("picture");
  plot.image(zeros({4, 4}), -1, 1, -1, 1);
  plot.points("p", {0.0}, {0.0});
  const std::string svg = plot.svg();
  CHECK(svg.find("data:image/png;base64,iVBORw0KGgo") < svg.find("<path d="));
  CHECK_THROWS_WITH(plot.image(zeros({4, 4}), 1, 1, 0, 1), ContainsSubstring("Plot::image"));
  test::TemporaryFolder folder;
  plot.save(folder / "x.svg");
  CHECK(test::bytes_of(folder / "x.svg") == svg);
}

TEST_CASE("a curve of text goes from its largest number to its least") {
  // One column: the left dot on top, the right one at the bottom.
  CHECK(text_curve({2, 1}, 1, 1) == "        2 \xe2\xa2\x81\n");
  const std::string falling = text_curve({4, 3, 2, 1}, 2, 2);
  CHECK(falling == "        4 \xe2\xa0\xa1\xe2\xa0\x80\n        1 \xe2\xa0\x80\xe2\xa2\x82\n");
  CHECK(count(text_curve({}, 5, 3), "\xe2\xa0\x80") == 15);
  CHECK(count(text_curve({INFINITY, 1, NAN}, 3, 1), "\xe2\xa0\x80") == 2);
  CHECK_THROWS_WITH(text_curve({1}, 0, 1), ContainsSubstring("text_curve"));
}
