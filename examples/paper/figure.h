#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "statistics.h"

namespace adora::reproduce {

/// One mark of a figure, with an interval where there is one.
struct Mark {
  double x, y;
  std::optional<std::pair<double, double>> interval = {};
};
/// At x, with its interval.
Mark mark(double x, const Estimate& estimate);

/// A series of marks, drawn in one color and shape.
struct Series {
  std::string name;
  std::vector<Mark> marks;
  bool joined = true;  ///< by lines
  bool dots = true;    ///< whether each has a dot
};

/// A drawing with two axes.
struct Figure {
  std::string title;
  std::string caption;
  std::string x_label, y_label;
  std::vector<Series> series;
  std::vector<std::string> categories = {};  ///< named places on the x axis, 0, 1, …; empty: numbers
  std::optional<double> level = {};          ///< a broken line across, such as what guessing gets
  std::string level_name = {};
};

/// As HTML: an SVG picture with a legend and a caption, and all its numbers as text for those who don't see it. An
/// empty figure says that there is nothing to show.
std::string figure_html(const Figure& figure);

}  // namespace adora::reproduce
