#pragma once
#include <string>
#include <utility>
#include <vector>

#include "../../core/tensor.h"

namespace adora {

/// A drawing with two axes, as an SVG file that is readable on light and dark ground:
///
///     Plot plot("A spiral", "x", "y");
///     plot.points("first arm", x, y);
///     plot.line("boundary", u, v);
///     plot.save("spiral.svg");
///
/// What is added is numbers, in vectors or in tensors of any shape and dtype, as many for x as for y. A point that is
/// not finite is left out, and a line is broken there.
class Plot {
 public:
  explicit Plot(std::string title, std::string x_label = "", std::string y_label = "");

  void line(const std::string& name, const std::vector<double>& x, const std::vector<double>& y);
  void points(const std::string& name, const std::vector<double>& x, const std::vector<double>& y);
  /// Between two lines, such as an interval of confidence.
  void band(const std::string& name, const std::vector<double>& x, const std::vector<double>& low,
            const std::vector<double>& high);
  void line(const std::string& name, const Tensor& x, const Tensor& y);
  void points(const std::string& name, const Tensor& x, const Tensor& y);
  void band(const std::string& name, const Tensor& x, const Tensor& low, const Tensor& high);
  /// Values y at x = 0, 1, 2, …
  void line(const std::string& name, const std::vector<double>& y);
  /// A picture behind lines and points, from x_low … x_high and y_low … y_high, its first row above: as write_png takes
  /// it.
  void image(const Tensor& picture, double x_low, double x_high, double y_low, double y_high);
  /// Names at x = 0, 1, 2, … in the place of numbers, such as the characters of a text; and at y = 0, 1, 2, …
  void x_names(std::vector<std::string> names) { x_names_ = std::move(names); }
  void y_names(std::vector<std::string> names) { y_names_ = std::move(names); }
  /// The y axis shows powers of ten at equal distances; what is not positive is left out.
  void log_y() { log_y_ = true; }

  std::string svg() const;
  /// See AtomicFile.
  void save(const std::string& path) const;

 private:
  enum class Form { line, points, band };
  struct Series {
    std::string name;
    Form form;
    std::vector<double> x, y, high;
  };
  struct Picture {
    std::string png;
    double x_low, x_high, y_low, y_high;
  };
  void add(const char* what, Series series);

  std::string title_, x_label_, y_label_;
  std::vector<std::string> x_names_, y_names_;
  std::vector<Series> series_;
  std::vector<Picture> pictures_;
  bool log_y_ = false;
};

}  // namespace adora
