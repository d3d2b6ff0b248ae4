#pragma once
#include <chrono>
#include <string>
#include <vector>

namespace adora {

/// Numbers as a curve of `rows` lines and `columns` characters of Unicode's Braille patterns, each 2 by 4 dots, with
/// the largest and the least number at the left; more numbers than dots are averaged. What is not finite leaves a gap.
std::string text_curve(const std::vector<double>& values, int columns = 60, int rows = 6);

/// The loss while a model trains, drawn over again on a terminal as it grows. Elsewhere nothing is written before the
/// end, which draws it once. Writes to standard error.
///
///     LossCurve curve("loss");
///     for (…) curve.add(item(loss));
class LossCurve {
 public:
  explicit LossCurve(std::string title);
  /// Draws it for the last time.
  ~LossCurve();
  LossCurve(const LossCurve&) = delete;
  LossCurve& operator=(const LossCurve&) = delete;

  void add(double loss);
  const std::vector<double>& values() const { return values_; }

 private:
  void draw();

  std::string title_;
  std::vector<double> values_;
  std::chrono::steady_clock::time_point drawn_;
  bool terminal_;
  int lines_ = 0;  ///< that stand on the terminal
};

}  // namespace adora
