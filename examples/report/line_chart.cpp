#include "line_chart.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "../../nn/plot/chart_scale.h"
#include "../common/html.h"

namespace adora::finetune {

namespace {

constexpr double width = 900, height = 360, left = 52, right = 10, top = 10, bottom = 34;
constexpr std::size_t most_points = 500;

using programs::html_text;
using Scale = ChartScale;
using Points = std::vector<std::pair<double, double>>;

// An average that forgets over about a fiftieth of the curve, corrected for its start as Adam's are.
Points smooth(const Points& points) {
  const double keep = 1 - 1 / std::max(1.0, static_cast<double>(points.size()) / 50);
  Points result;
  double sum = 0, weight = 0;
  for (const auto& [x, y] : points) {
    sum = keep * sum + (1 - keep) * y;
    weight = keep * weight + (1 - keep);
    result.emplace_back(x, sum / weight);
  }
  return result;
}

std::string path(const Points& points, const Scale& x, const Scale& y) {
  std::string text;
  const std::size_t stride = std::max<std::size_t>(1, points.size() / most_points);
  for (std::size_t i = 0; i < points.size(); i += stride) {
    const double place = std::clamp(y(points[i].second), top, height - bottom);
    text += fmt::format("{}{:.1f} {:.1f}", i == 0 ? "M" : "L", x(points[i].first), place);
  }
  return text;
}

std::string axes(const Scale& x, const Scale& y) {
  std::string text;
  for (const double value : chart_ticks(y.low, y.high))
    text += fmt::format(
        "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text x=\"{}\" y=\"{:.1f}\" "
        "text-anchor=\"end\">{:.3g}</text>\n",
        left, width - right, y(value), y(value), left - 8, y(value) + 4, value);
  for (const double value : chart_ticks(x.low, x.high))
    text += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.6g}</text>\n", x(value),
                        height - bottom + 18, value);
  return text + fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">step</text>\n", width - right, height - 2);
}

}  // namespace

std::string line_chart(const std::vector<Curve>& curves, const std::string& label, bool smoothed) {
  double last = 1, lowest = INFINITY, highest = -INFINITY;
  std::vector<Points> shown;
  for (const Curve& curve : curves) {
    shown.push_back(smoothed ? smooth(curve.points) : curve.points);
    for (const auto& [x, y] : shown.back()) {
      last = std::max(last, x);
      lowest = std::min(lowest, y);
      highest = std::max(highest, y);
    }
  }
  const double margin = std::max(0.05 * (highest - lowest), 1e-6);
  // Nothing shown is below zero; a curve that comes near it is drawn down to it.
  const double floor = lowest - margin < 0.2 * highest ? std::min(0.0, lowest) : lowest - margin;
  const Scale x{0, last, left, width - right}, y{floor, highest + margin, height - bottom, top};
  std::string lines, legend;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const std::string color = chart_color(i);
    if (smoothed && curves[i].points.size() > 50)
      lines += fmt::format("<path class=\"raw\" stroke=\"{}\" d=\"{}\"/>\n", color, path(curves[i].points, x, y));
    lines += fmt::format("<path stroke=\"{}\" d=\"{}\"><title>{}</title></path>\n", color, path(shown[i], x, y),
                         html_text(curves[i].name));
    legend += fmt::format("<li><span class=\"swatch\" style=\"background:{}\"></span>{}</li>\n", color,
                          html_text(curves[i].name));
  }
  return fmt::format(
      "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n{}{}</svg>\n<ul "
      "class=\"legend\">\n{}</ul>\n",
      width, height, html_text(label), axes(x, y), lines, legend);
}

}  // namespace adora::finetune
