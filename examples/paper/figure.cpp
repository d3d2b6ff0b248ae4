#include "figure.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "../../nn/plot/chart_scale.h"
#include "../common/html.h"

namespace adora::reproduce {

namespace {

using programs::html_text;

constexpr double width = 560, height = 330, left = 68, right = 14, top = 12, bottom = 46;

struct Scales {
  ChartScale x, y;
};

// Finds scales that hold all marks with their intervals, and a little more; false where there are no marks.
bool find_scales(const Figure& figure, Scales& scales) {
  double x_low = INFINITY, x_high = -INFINITY, y_low = INFINITY, y_high = -INFINITY;
  auto take_y = [&](double y) { y_low = std::min(y_low, y), y_high = std::max(y_high, y); };
  for (const Series& series : figure.series)
    for (const Mark& m : series.marks) {
      if (!std::isfinite(m.y)) continue;
      x_low = std::min(x_low, m.x), x_high = std::max(x_high, m.x);
      take_y(m.y);
      if (m.interval) take_y(m.interval->first), take_y(m.interval->second);
    }
  if (!(x_low <= x_high && y_low <= y_high)) return false;
  if (figure.level) take_y(*figure.level);
  if (!figure.categories.empty()) x_low = 0, x_high = static_cast<double>(figure.categories.size() - 1);
  auto room = [](double low, double high) {
    return high > low ? 0.06 * (high - low) : std::max(1e-6, 0.1 * std::abs(high));
  };
  const double x_room = figure.categories.empty() ? room(x_low, x_high) : 0.5, y_room = room(y_low, y_high);
  scales.x = {x_low - x_room, x_high + x_room, left, width - right};
  scales.y = {y_low - y_room, y_high + y_room, height - bottom, top};
  return true;
}

std::string axes(const Figure& figure, const Scales& s) {
  std::string text;
  for (const double value : chart_ticks(s.y.low, s.y.high))
    text += fmt::format(
        "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text x=\"{}\" y=\"{:.1f}\" "
        "text-anchor=\"end\">{:.4g}</text>\n",
        left, width - right, s.y(value), s.y(value), left - 8, s.y(value) + 4, value);
  auto x_tick = [&](double value, const std::string& name) {
    text += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", s.x(value),
                        height - bottom + 18, html_text(name));
  };
  if (figure.categories.empty())
    for (const double value : chart_ticks(s.x.low, s.x.high)) x_tick(value, fmt::format("{:.4g}", value));
  for (std::size_t i = 0; i < figure.categories.size(); ++i) x_tick(static_cast<double>(i), figure.categories[i]);
  text += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", width - right, height - 8,
                      html_text(figure.x_label));
  text += fmt::format("<text transform=\"translate(14 {}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
                      (top + height - bottom) / 2, html_text(figure.y_label));
  if (figure.level)
    text += fmt::format(
        "<line stroke=\"var(--faint)\" stroke-dasharray=\"5 4\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
        "<text x=\"{}\" y=\"{:.1f}\">{}</text>\n",
        left, width - right, s.y(*figure.level), s.y(*figure.level), left + 4, s.y(*figure.level) - 4,
        html_text(figure.level_name));
  return text;
}

// Shapes differ as well, for those who don't tell the colors apart.
std::string dot(std::size_t shape, double x, double y, const std::string& color) {
  constexpr double r = 4.5;
  switch (shape % 4) {
    case 0: return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"{}\"/>", x, y, r, color);
    case 1:
      return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>", x - 0.9 * r,
                         y - 0.9 * r, 1.8 * r, 1.8 * r, color);
    case 2:
      return fmt::format("<polygon points=\"{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}\" fill=\"{}\"/>", x, y - 1.2 * r,
                         x - 1.1 * r, y + 0.9 * r, x + 1.1 * r, y + 0.9 * r, color);
    default:
      return fmt::format("<polygon points=\"{:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f} {:.1f},{:.1f}\" fill=\"{}\"/>", x,
                         y - 1.3 * r, x - 1.3 * r, y, x, y + 1.3 * r, x + 1.3 * r, y, color);
  }
}

// Series beside one another at the same places stand a little apart.
double shifted(const Figure& figure, std::size_t i, double x) {
  if (figure.categories.empty()) return x;
  const auto n = static_cast<double>(figure.series.size());
  return x + (static_cast<double>(i) - (n - 1) / 2) * std::min(0.12, 0.6 / n);
}

std::string drawn(const Figure& figure, std::size_t i, const Scales& s) {
  const Series& series = figure.series[i];
  const std::string color = chart_color(i);
  std::string text, line;
  for (const Mark& m : series.marks) {
    if (!std::isfinite(m.y)) continue;
    const double x = s.x(shifted(figure, i, m.x)), y = s.y(m.y);
    line += fmt::format("{}{:.1f} {:.1f}", line.empty() ? "M" : "L", x, y);
    if (m.interval)
      text += fmt::format("<path stroke=\"{}\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\"/>\n", color, x,
                          s.y(m.interval->first), x, s.y(m.interval->second));
    if (series.dots) text += dot(i, x, y, color) + "\n";
  }
  if (series.joined && series.marks.size() > 1)
    text = fmt::format("<path stroke=\"{}\" d=\"{}\"/>\n", color, line) + text;
  return fmt::format("<g><title>{}</title>{}</g>\n", html_text(series.name), text);
}

std::string as_text(const Figure& figure) {
  std::string text =
      fmt::format("{}. {} by {}.", figure.title, figure.y_label, figure.x_label.empty() ? "name" : figure.x_label);
  if (figure.level) text += fmt::format(" {}: {:.4g}.", figure.level_name, *figure.level);
  for (const Series& series : figure.series) {
    text += " " + series.name + ":";
    for (const Mark& m : series.marks) {
      const bool named = !figure.categories.empty() && m.x >= 0 &&
                         static_cast<std::size_t>(std::lround(m.x)) < figure.categories.size();
      const std::string place =
          named ? figure.categories[static_cast<std::size_t>(std::lround(m.x))] : fmt::format("{:.4g}", m.x);
      text += fmt::format(" {} {:.4g}", place, m.y);
      if (m.interval) text += fmt::format(" ({:.4g} to {:.4g})", m.interval->first, m.interval->second);
      text += ";";
    }
  }
  return text;
}

}  // namespace

Mark mark(double x, const Estimate& estimate) {
  Mark m{x, estimate.mean};
  if (estimate.has_interval()) m.interval = {estimate.low, estimate.high};
  return m;
}

std::string figure_html(const Figure& figure) {
  Scales scales{};
  std::string picture = "<p>There is nothing to show.</p>\n", legend;
  if (find_scales(figure, scales)) {
    std::string drawings;
    for (std::size_t i = 0; i < figure.series.size(); ++i) drawings += drawn(figure, i, scales);
    picture = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n{}{}</svg>\n", width, height,
                          html_text(as_text(figure)), axes(figure, scales), drawings);
  }
  for (std::size_t i = 0; i < figure.series.size(); ++i)
    legend += fmt::format("<li><svg class=\"key\" viewBox=\"0 0 14 14\" aria-hidden=\"true\">{}</svg>{}</li>\n",
                          figure.series[i].dots ? dot(i, 7, 7, chart_color(i))
                                                : fmt::format("<path stroke=\"{}\" d=\"M0 7L14 7\"/>", chart_color(i)),
                          html_text(figure.series[i].name));
  return fmt::format(
      "<figure>\n<h3>{}</h3>\n{}<ul class=\"legend\">\n{}</ul>\n<figcaption>{}</figcaption>\n</figure>\n",
      html_text(figure.title), picture, legend, html_text(figure.caption));
}

}  // namespace adora::reproduce
