#pragma once
#include <string>
#include <utility>
#include <vector>

namespace adora::finetune {

/// A named line through points (x, y), x ascending.
struct Curve {
  std::string name;
  std::vector<std::pair<double, double>> points;
};

/// The curves over steps as an SVG picture with a legend, each with what it was faintly behind it where it is smoothed.
/// `label` says what is shown to those who don't see it. Colors are the page's variables --c0 to --c7.
std::string line_chart(const std::vector<Curve>& curves, const std::string& label, bool smoothed);

}  // namespace adora::finetune
