#include "adafactor.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../../ops/elementwise/clamp.h"
#include "../../ops/elementwise/rsqrt.h"
#include "../../ops/elementwise/square.h"
#include "../../ops/matmul.h"
#include "../../ops/reduce.h"
#include "optimizer_registry.h"

namespace adora {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Shape without(const Shape& shape, int from_end) {
  Shape result = shape;
  result[result.size() - from_end] = 1;
  return result;
}
// What is not needed for a parameter's number of dimensions has no numbers.
Shape rows_of(const Shape& shape) { return shape.size() > 1 ? without(shape, 1) : Shape{0}; }
Shape columns_of(const Shape& shape) { return shape.size() > 1 ? without(shape, 2) : Shape{0}; }
Shape each_of(const Shape& shape) { return shape.size() > 1 ? Shape{0} : shape; }

void move_mean(const Tensor& mean, const Tensor& towards, double share) {
  copy_(mean, mean + (towards - mean) * share);
}

double root_mean_square(const Tensor& x) { return item(norm(x)) / std::sqrt(static_cast<double>(x.numel())); }

const RegisterOptimizer registered =
    register_optimizer<Adafactor, AdafactorOptions>("adafactor", {{"lr", &AdafactorOptions::lr},
                                                                  {"beta2_decay", &AdafactorOptions::beta2_decay},
                                                                  {"eps1", &AdafactorOptions::eps1},
                                                                  {"eps2", &AdafactorOptions::eps2},
                                                                  {"d", &AdafactorOptions::d},
                                                                  {"weight_decay", &AdafactorOptions::weight_decay}});

}  // namespace

Adafactor::Adafactor(Parameters parameters, AdafactorOptions options)
    : Optimizer(std::move(parameters), options.lr,
                {{"row_var", false, 0, rows_of}, {"col_var", false, 0, columns_of}, {"variance", false, 0, each_of}},
                options.weight_decay),
      options_(options) {
  check(std::isfinite(options.beta2_decay) && options.beta2_decay <= 0,
        "optimizer: beta2_decay must be a finite number of 0 or less, not {}", options.beta2_decay);
  check(std::isfinite(options.eps1), "optimizer: eps1 must be a finite number, not {}", options.eps1);
  check_not_negative("eps2", options.eps2), check_not_negative("weight_decay", options.weight_decay);
  check(std::isfinite(options.d) && options.d >= 1, "optimizer: d must be a finite number of 1 or more, not {}",
        options.d);
}

void Adafactor::step_together(const Stepping& those) {
  for (std::size_t i = 0; i < those.params.size(); ++i) {
    const Tensor& param = those.params[i];
    if (param.numel() == 0) continue;
    const Tensor gradient = to(those.gradients[i], param.dtype());
    const double t = static_cast<double>(those.count[i]), lr = those.lr[i];
    const double share = std::pow(t, options_.beta2_decay);
    const double least = options_.eps1 >= 0         ? options_.eps1
                         : param.dtype() == float64 ? std::numeric_limits<double>::epsilon()
                                                    : std::numeric_limits<float>::epsilon();
    const double step = std::max(options_.eps2, root_mean_square(param)) * std::min(lr, 1 / std::sqrt(t));
    Tensor mean_square;
    if (param.ndim() > 1) {
      const Tensor &rows = those.kept_for(0, i), &columns = those.kept_for(1, i);
      move_mean(rows, mean(square(gradient), {-1}, true), share);
      move_mean(columns, mean(square(gradient), {-2}, true), share);
      mean_square = matmul(rows, columns) / clamp(mean(rows, {-2}, true), least, infinity);
    } else {
      move_mean(those.kept_for(2, i), square(gradient), share);
      mean_square = those.kept_for(2, i);
    }
    const Tensor update = gradient * rsqrt(clamp(mean_square, least * least, infinity));
    const double too_large = std::max(1.0, root_mean_square(update) / options_.d);
    copy_(param, param * (1 - lr * those.weight_decay[i]) - update * (step / too_large));
  }
}

}  // namespace adora
