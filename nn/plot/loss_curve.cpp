#include "loss_curve.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "../../core/error.h"

namespace adora {
namespace {

constexpr auto interval = std::chrono::milliseconds(200);

/// The means of `count` parts of the numbers, or the numbers where they are fewer.
std::vector<double> means(const std::vector<double>& values, std::size_t count) {
  if (values.size() <= count) return values;
  std::vector<double> result;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t begin = i * values.size() / count, end = (i + 1) * values.size() / count;
    double sum = 0;
    for (std::size_t k = begin; k < end; ++k) sum += values[k];
    result.push_back(sum / static_cast<double>(end - begin));
  }
  return result;
}

/// The character U+2800 + dots in UTF-8.
std::string braille(unsigned dots) {
  return {'\xe2', static_cast<char>(0xa0 | dots >> 6), static_cast<char>(0x80 | (dots & 0x3f))};
}

}  // namespace

std::string text_curve(const std::vector<double>& values, int columns, int rows) {
  check(columns > 0 && rows > 0, "text_curve: {} columns and {} rows cannot be", columns, rows);
  const auto wide = static_cast<std::size_t>(columns), high = static_cast<std::size_t>(rows);
  const std::vector<double> shown = means(values, 2 * wide);
  double low = INFINITY, top = -INFINITY;
  for (const double value : shown)
    if (std::isfinite(value)) low = std::min(low, value), top = std::max(top, value);
  std::vector<unsigned> cells(wide * high, 0);
  // Dots of a character by column and row, as Unicode numbers them.
  constexpr unsigned dot[2][4] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};
  const std::size_t dots = 4 * high;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (!std::isfinite(shown[i])) continue;
    const double share = top > low ? (top - shown[i]) / (top - low) : 0.5;
    const auto down = static_cast<std::size_t>(std::lround(share * static_cast<double>(dots - 1)));
    cells[down / 4 * wide + i / 2] |= dot[i % 2][down % 4];
  }
  std::string text;
  for (std::size_t row = 0; row < high; ++row) {
    const bool first = row == 0, last = row + 1 == high && high > 1;
    text += std::isfinite(low) && (first || last) ? fmt::format("{:>9.4g} ", first ? top : low) : std::string(10, ' ');
    for (std::size_t column = 0; column < wide; ++column) text += braille(cells[row * wide + column]);
    text += '\n';
  }
  return text;
}

LossCurve::LossCurve(std::string title) : title_(std::move(title)), terminal_(isatty(STDERR_FILENO) != 0) {}

LossCurve::~LossCurve() {
  if (!values_.empty()) draw();
}

void LossCurve::add(double loss) {
  values_.push_back(loss);
  const auto now = std::chrono::steady_clock::now();
  if (!terminal_ || now - drawn_ < interval) return;
  drawn_ = now;
  draw();
}

void LossCurve::draw() {
  const std::string text =
      fmt::format("{}: {:.4g} after {} steps\n{}", title_, values_.back(), values_.size(), text_curve(values_));
  // Back up to where the last drawing began, whose lines are as long.
  if (lines_ > 0) std::fprintf(stderr, "\x1b[%dA\x1b[J", lines_);
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
  lines_ = terminal_ ? static_cast<int>(std::count(text.begin(), text.end(), '\n')) : 0;
}

}  // namespace adora
