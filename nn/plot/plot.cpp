#include "plot.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "../../autograd/grad_mode.h"
#include "../io/atomic_file.h"
#include "../io/image.h"
#include "chart_scale.h"

namespace adora {
namespace {

constexpr double width = 640, height = 420, left = 64, right = 14, top = 34, bottom = 44, legend_line = 18;

/// The page's variables of chart_color, on light ground and on dark.
constexpr const char* style =
    "<style>svg{--g:#fff;--t:#1f2328;--l:#d8dee4;--c0:#0969da;--c1:#bc4c00;--c2:#1a7f37;--c3:#bf3989;--c4:#8250df;"
    "--c5:#57606a;--c6:#9a6700;--c7:#0a7ea4;background:var(--g);font:12px system-ui,sans-serif}"
    "@media(prefers-color-scheme:dark){svg{--g:#0d1117;--t:#e6edf3;--l:#30363d;--c0:#58a6ff;--c1:#ffa657;--c2:#56d364;"
    "--c3:#ff7bc2;--c4:#bc8cff;--c5:#b1bac4;--c6:#e3b341;--c7:#39c5cf}}"
    "text{fill:var(--t)}.grid{stroke:var(--l)}path{fill:none;stroke-width:1.6}</style>\n";

/// Text with what XML would read as its own replaced.
std::string xml_text(const std::string& text) {
  std::string result;
  for (const char c : printable(text)) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      default: result += c;
    }
  }
  return result;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned block = 0;
    for (std::size_t k = 0; k < 3; ++k)
      block = block << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : digits[block >> (18 - 6 * k) & 63];
  }
  return text;
}

/// The least and the largest of what is to be seen.
struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void take(double value) { low = std::min(low, value), high = std::max(high, value); }
  /// With `margin` of itself at both ends; about 0 or about the only value where there is no extent.
  void widen(double margin) {
    if (low > high) low = 0, high = 1;
    double extent = margin * (high - low);
    if (!(high - low > 1e-12 * std::max(std::abs(low), std::abs(high)))) extent = std::max(0.5 * std::abs(low), 0.5);
    low -= extent, high += extent;
  }
};

/// What stands beside an axis, and where.
struct Label {
  double place;
  std::string text;
};

/// The names from 0 on that lie in the range, or round numbers where there are no names.
std::vector<Label> labels(const std::vector<std::string>& names, const Range& range, bool powers_of_ten) {
  std::vector<Label> result;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double place = static_cast<double>(i);
    if (range.low <= place && place <= range.high) result.push_back({place, names[i]});
  }
  if (!names.empty()) return result;
  for (const double tick : (powers_of_ten ? chart_log_ticks : chart_ticks)(range.low, range.high))
    result.push_back({tick, powers_of_ten ? fmt::format("{:.4g}", std::pow(10, tick)) : fmt::format("{:.6g}", tick)});
  return result;
}

}  // namespace

Plot::Plot(std::string title, std::string x_label, std::string y_label)
    : title_(std::move(title)), x_label_(std::move(x_label)), y_label_(std::move(y_label)) {}

void Plot::add(const char* what, Series series) {
  check(series.x.size() == series.y.size() && (series.form != Form::band || series.x.size() == series.high.size()),
        "Plot::{}: '{}' has {} numbers for x and {} for y", what, series.name, series.x.size(),
        series.form == Form::band ? std::max(series.y.size(), series.high.size()) : series.y.size());
  series_.push_back(std::move(series));
}

void Plot::line(const std::string& name, const std::vector<double>& x, const std::vector<double>& y) {
  add("line", {name, Form::line, x, y, {}});
}

void Plot::points(const std::string& name, const std::vector<double>& x, const std::vector<double>& y) {
  add("points", {name, Form::points, x, y, {}});
}

void Plot::band(const std::string& name, const std::vector<double>& x, const std::vector<double>& low,
                const std::vector<double>& high) {
  add("band", {name, Form::band, x, low, high});
}

void Plot::line(const std::string& name, const Tensor& x, const Tensor& y) {
  line(name, to_vector<double>(x), to_vector<double>(y));
}

void Plot::points(const std::string& name, const Tensor& x, const Tensor& y) {
  points(name, to_vector<double>(x), to_vector<double>(y));
}

void Plot::band(const std::string& name, const Tensor& x, const Tensor& low, const Tensor& high) {
  band(name, to_vector<double>(x), to_vector<double>(low), to_vector<double>(high));
}

void Plot::line(const std::string& name, const std::vector<double>& y) {
  std::vector<double> x;
  for (std::size_t i = 0; i < y.size(); ++i) x.push_back(static_cast<double>(i));
  line(name, x, y);
}

void Plot::image(const Tensor& picture, double x_low, double x_high, double y_low, double y_high) {
  check(x_low < x_high && y_low < y_high, "Plot::image: x from {} to {} and y from {} to {} is no place", x_low, x_high,
        y_low, y_high);
  pictures_.push_back({png_bytes(picture), x_low, x_high, y_low, y_high});
}

std::string Plot::svg() const {
  Range x_range, y_range;
  auto height_of = [&](double y) { return log_y_ ? std::log10(y) : y; };
  auto seen = [&](double x, double y) { return std::isfinite(x) && std::isfinite(height_of(y)); };
  for (const Series& series : series_) {
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      for (const double y : {series.y[i], series.form == Form::band ? series.high[i] : series.y[i]})
        if (seen(series.x[i], y)) x_range.take(series.x[i]), y_range.take(height_of(y));
    }
  }
  for (const Picture& picture : pictures_) {
    for (const double x : {picture.x_low, picture.x_high}) x_range.take(x);
    for (const double y : {picture.y_low, picture.y_high}) y_range.take(height_of(y));
  }
  x_range.widen(pictures_.empty() ? 0.02 : 0), y_range.widen(pictures_.empty() ? 0.05 : 0);
  const ChartScale x_scale{x_range.low, x_range.high, left, width - right};
  const ChartScale y_scale{y_range.low, y_range.high, height - bottom, top};
  auto across = [&](double x) { return x_scale(x); };
  auto up = [&](double y) { return y_scale(height_of(y)); };

  std::string text =
      fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n",
                  width, height, xml_text(title_));
  text += style;
  text += fmt::format("<text x=\"{}\" y=\"20\" text-anchor=\"middle\" font-size=\"15\">{}</text>\n",
                      (left + width - right) / 2, xml_text(title_));
  for (const auto& [tick, label] : labels(y_names_, y_range, log_y_)) {
    if (y_names_.empty())
      text += fmt::format("<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>", left,
                          width - right, y_scale(tick));
    text += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", left - 6, y_scale(tick) + 4,
                        xml_text(label));
  }
  for (const Picture& picture : pictures_) {
    text += fmt::format(
        "<image x=\"{:.2f}\" y=\"{:.2f}\" width=\"{:.2f}\" height=\"{:.2f}\" preserveAspectRatio=\"none\" "
        "image-rendering=\"pixelated\" href=\"data:image/png;base64,{}\"/>\n",
        across(picture.x_low), up(picture.y_high), across(picture.x_high) - across(picture.x_low),
        up(picture.y_low) - up(picture.y_high), base64(picture.png));
  }
  for (const auto& [tick, label] : labels(x_names_, x_range, false)) {
    text += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", x_scale(tick),
                        height - bottom + 16, xml_text(label));
  }
  text += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", (left + width - right) / 2,
                      height - 8, xml_text(x_label_));
  text += fmt::format("<text x=\"14\" y=\"{0}\" text-anchor=\"middle\" transform=\"rotate(-90 14 {0})\">{1}</text>\n",
                      (top + height - bottom) / 2, xml_text(y_label_));
  double legend = top + 14;
  for (std::size_t k = 0; k < series_.size(); ++k) {
    const Series& series = series_[k];
    const std::string color = chart_color(k);
    std::string path, back;
    bool open = false;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (!seen(series.x[i], series.y[i]) || (series.form == Form::band && !seen(series.x[i], series.high[i]))) {
        open = false;
        continue;
      }
      const double x = across(series.x[i]), y = up(series.y[i]);
      if (series.form == Form::points) path += fmt::format("M{:.1f} {:.1f}h0", x, y);
      else
        path += fmt::format("{}{:.1f} {:.1f}", open || (series.form == Form::band && !path.empty()) ? "L" : "M", x, y);
      if (series.form == Form::band) back = fmt::format("L{:.1f} {:.1f}", x, up(series.high[i])) + back;
      open = true;
    }
    const char* look = series.form == Form::points ? "stroke-width:5;stroke-linecap:round;opacity:.75"
                       : series.form == Form::band ? "stroke:none;opacity:.25"
                                                   : "";
    text += fmt::format("<path d=\"{}{}\" style=\"{};{}:{}\"><title>{}</title></path>\n", path, back, look,
                        series.form == Form::band ? "fill" : "stroke", color, xml_text(series.name));
    if (series.name.empty()) continue;
    text += fmt::format(
        "<rect x=\"{}\" y=\"{}\" width=\"12\" height=\"4\" fill=\"{}\"/><text x=\"{}\" y=\"{}\">{}</text>\n", left + 10,
        legend - 6, color, left + 27, legend, xml_text(series.name));
    legend += legend_line;
  }
  return text + "</svg>\n";
}

void Plot::save(const std::string& path) const { write_file(path, svg()); }

}  // namespace adora
