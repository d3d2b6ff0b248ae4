#include "digits.h"

#include <array>
#include <cmath>

namespace adora::gallery {
namespace {

struct Point {
  double x, y;
};
using Line = std::vector<Point>;

constexpr std::int64_t side = 20;

/// The points that a pen goes through, from 0, left and above, to 1.
const std::array<Line, 10>& lines() {
  static const std::array<Line, 10> all = [] {
    std::array<Line, 10> digits{{
        {{.5, 0},
         {.2, .1},
         {.05, .35},
         {.05, .65},
         {.2, .9},
         {.5, 1},
         {.8, .9},
         {.95, .65},
         {.95, .35},
         {.8, .1},
         {.5, 0}},
        {{.25, .25}, {.55, 0}, {.55, 1}},
        {{.1, .25}, {.25, .05}, {.5, 0}, {.8, .08}, {.88, .28}, {.7, .52}, {.08, 1}, {.92, 1}},
        {{.12, .1}, {.5, 0}, {.82, .1}, {.82, .35}, {.4, .48}, {.85, .62}, {.88, .88}, {.5, 1}, {.1, .9}},
        {{.65, 1}, {.65, 0}, {.08, .68}, {.95, .68}},
        {{.85, 0}, {.2, 0}, {.15, .42}, {.5, .36}, {.82, .48}, {.88, .75}, {.62, .97}, {.1, .93}},
        {{.8, .04}, {.4, .18}, {.12, .55}, {.15, .85}, {.5, 1}, {.84, .88}, {.86, .65}, {.55, .5}, {.14, .68}},
        {{.08, 0}, {.92, 0}, {.4, 1}},
        {{.5, .47},
         {.18, .3},
         {.25, .08},
         {.5, 0},
         {.75, .08},
         {.82, .3},
         {.5, .47},
         {.12, .68},
         {.18, .92},
         {.5, 1},
         {.82, .92},
         {.88, .68},
         {.5, .47}},
        {},
    }};
    for (const Point& point : digits[6]) digits[9].push_back({1 - point.x, 1 - point.y});
    return digits;
  }();
  return all;
}

/// The distance of p to the line from a to b.
double distance(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
  const double t = length > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0.0, 1.0) : 0;
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

/// A digit's points in pixels.
Line place(Line line, double variety, Generator& generator) {
  auto about = [&](double middle, double most) { return middle + variety * most * (2 * generator.uniform() - 1); };
  const double width = about(9, 2), height = about(13, 2), turn = about(0, 0.3), slant = about(0.15, 0.25);
  const Point middle{about(0.5 * side, 1.5), about(0.5 * side, 1.5)};
  for (Point& point : line) {
    const double y = about(point.y - 0.5, 0.09) * height, x = about(point.x - 0.5, 0.13) * width - slant * y;
    point = {middle.x + std::cos(turn) * x - std::sin(turn) * y, middle.y + std::sin(turn) * x + std::cos(turn) * y};
  }
  return line;
}

void draw(float* pixels, const Line& line, double pen) {
  for (std::int64_t row = 0; row < side; ++row) {
    for (std::int64_t column = 0; column < side; ++column) {
      const Point pixel{static_cast<double>(column) + 0.5, static_cast<double>(row) + 0.5};
      double nearest = side;
      for (std::size_t i = 1; i < line.size(); ++i) nearest = std::min(nearest, distance(pixel, line[i - 1], line[i]));
      pixels[row * side + column] = static_cast<float>(std::clamp(pen + 0.5 - nearest, 0.0, 1.0));
    }
  }
}

Tensor read_part(const std::string& folder, const std::string& name) {
  const std::string path = folder + "/" + name;
  return read_idx(file_exists(path) ? path : path + ".gz");
}

}  // namespace

Digits draw_digits(std::int64_t count, Generator& generator, DigitOptions options) {
  const Tensor images = empty({count, 1, side, side}, float32, cpu);
  for (std::int64_t i = 0; i < count; ++i) {
    const Line line = place(lines()[static_cast<std::size_t>(i % 10)], options.variety, generator);
    draw(images.data<float>() + i * side * side, line, 0.6 + 0.6 * generator.uniform());
  }
  const Tensor noisy = images + options.noise * randn(images.shape(), generator, float32, cpu);
  return {to(clamp(noisy, 0, 1), default_device()), remainder(arange(count), tensor(10))};
}

Digits read_mnist(const std::string& folder, const std::string& part) {
  const Tensor images = read_part(folder, part + "-images-idx3-ubyte");  // uint8 [N, 28, 28]
  const Tensor labels = read_part(folder, part + "-labels-idx1-ubyte");
  return {images.unsqueeze(1).to(float32) / 255, labels.to(int64)};
}

}  // namespace adora::gallery
