#include "ranges.h"

#include <cmath>
#include <utility>

#include "creation.h"

namespace adora {
namespace {

/// The numbers f(0), f(1), …; f gives doubles or whole numbers.
template <class F> Tensor listed(const char* op, std::int64_t count, DType dtype, Device device, const F& f) {
  Tensor y = empty({count}, dtype, cpu);
  visit(dtype, [&]<class T>() {
    T* to = y.data<T>();
    for (std::int64_t i = 0; i < count; ++i) {
      const auto number = f(i);
      if constexpr (std::is_integral_v<T>) detail::check_holds(op, dtype, number);
      to[i] = static_cast<T>(static_cast<Compute<T>>(number));
    }
  });
  return to(y, device);
}

/// The count of a range as a double, which may be any.
std::int64_t range_count(double start, double end, double step) {
  check(std::isfinite(start) && std::isfinite(end) && std::isfinite(step) && step != 0,
        "arange: from {} to {} in steps of {} is no range; the numbers must be finite and the step not 0", start, end,
        step);
  const double count = std::ceil((end - start) / step);
  check(count >= 0, "arange: steps of {} lead from {} away from {}", step, start, end);
  check(count < 0x1p57, "arange: from {} to {} in steps of {} are too many numbers", start, end, step);
  return static_cast<std::int64_t>(count);
}

}  // namespace

Tensor detail::whole_range(std::int64_t start, std::int64_t end, std::int64_t step, DType dtype, Device device) {
  range_count(static_cast<double>(start), static_cast<double>(end), static_cast<double>(step));
  // Exactly, in unsigned numbers, which hold every distance.
  const auto distance =
      static_cast<std::uint64_t>(step > 0 ? end : start) - static_cast<std::uint64_t>(step > 0 ? start : end);
  const std::uint64_t width = step > 0 ? static_cast<std::uint64_t>(step) : -static_cast<std::uint64_t>(step);
  const std::uint64_t count = end == start ? 0 : (distance - 1) / width + 1;
  return listed("arange", static_cast<std::int64_t>(count), dtype, device, [=](std::int64_t i) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(start) +
                                     static_cast<std::uint64_t>(i) * static_cast<std::uint64_t>(step));
  });
}

Tensor detail::range(double start, double end, double step, DType dtype, Device device) {
  return listed("arange", range_count(start, end, step), dtype, device,
                [=](std::int64_t i) { return start + static_cast<double>(i) * step; });
}

namespace {
/// Number i of `steps` from start to end; from the nearer end, so that both are exact.
double between(double start, double end, std::int64_t steps, std::int64_t i) {
  if (steps == 1) return start;
  const double step = (end - start) / static_cast<double>(steps - 1);
  return i < steps / 2 ? start + step * static_cast<double>(i) : end - step * static_cast<double>(steps - 1 - i);
}
void check_steps(const char* op, double start, double end, std::int64_t steps) {
  check(steps >= 0, "{}: there can't be {} numbers", op, steps);
  check(std::isfinite(start) && std::isfinite(end - start), "{}: the numbers cannot go from {} to {}", op, start, end);
}
}  // namespace

Tensor linspace(double start, double end, std::int64_t steps, DType dtype, Device device) {
  check_steps("linspace", start, end, steps);
  return listed("linspace", steps, dtype, device, [=](std::int64_t i) { return between(start, end, steps, i); });
}

Tensor logspace(double start, double end, std::int64_t steps, double base, DType dtype, Device device) {
  check_steps("logspace", start, end, steps);
  return listed("logspace", steps, dtype, device,
                [=](std::int64_t i) { return std::pow(base, between(start, end, steps, i)); });
}

Tensor eye(std::int64_t rows, std::int64_t columns, DType dtype, Device device) {
  numel({rows, columns}, "eye");
  Tensor y = zeros({rows, columns}, dtype, device);
  const std::int64_t count = std::min(rows, columns);
  if (count > 0) fill_(y.with_layout({{count}, {columns + 1}, 0}), 1);
  return y;
}
Tensor eye(std::int64_t rows, DType dtype, Device device) { return eye(rows, rows, dtype, device); }

}  // namespace adora
