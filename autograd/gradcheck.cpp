#include "gradcheck.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../backends/basic.h"
#include "backward.h"
#include "grad_mode.h"
#include "variable.h"

namespace adora {
namespace {

const char* name_of(InputLayout layout) {
  const char* names[] = {"contiguous", "transposed", "sliced", "drawn"};
  return names[static_cast<int>(layout)];
}

/// A float64 tensor with the given elements, on `like`'s device.
Tensor with_values(const std::vector<double>& values, const Tensor& like, InputLayout layout, std::uint64_t seed) {
  Tensor y = empty(like.shape(), float64, cpu);
  std::copy(values.begin(), values.end(), y.data<double>());
  if (like.device() != cpu) {
    Tensor there = empty(like.shape(), float64, like.device());
    backends::transfer(y, there);
    y = there;
  }
  return laid_out(y, layout, seed);
}

void check_call(const char* name, bool callable, const Tensors& inputs, const GradCheckOptions& options) {
  check(callable, "{}: the function is empty", name);
  check(options.differentiable.empty() || options.differentiable.size() == inputs.size(),
        "{}: `differentiable` has {} entries for {} inputs", name, options.differentiable.size(), inputs.size());
  check(options.step > 0 && std::isfinite(options.step) && options.atol >= 0 && options.rtol >= 0,
        "{}: the step ({}) must be positive and finite, the tolerances (atol {}, rtol {}) not negative", name,
        options.step, options.atol, options.rtol);
  check(!options.layouts.empty(), "{}: without a layout nothing would be checked", name);
}

/// One check of one function in one layout.
class Check {
 public:
  Check(const TensorsFunction& f, const Tensors& inputs, const GradCheckOptions& options, InputLayout layout)
      : f_(f), inputs_(inputs), options_(options), layout_(layout) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Tensor& x = inputs[i];
      bool floating = x.defined() && is_floating(x.dtype());
      checked_.push_back(options.differentiable.empty() ? floating : x.defined() && options.differentiable[i]);
      check(!checked_[i] || x.dtype() == float64, "gradcheck: input {} is {}; differences need float64", i,
            describe(x));
      point_.push_back(x.defined() ? laid_out(x, layout, seed_of(i)) : Tensor());
      if (checked_[i]) requires_grad(point_[i]);
    }
  }

  void run() {
    GradMode mode(true);
    const Tensors outputs = f_(point_);
    check_same(outputs);
    check(std::any_of(outputs.begin(), outputs.end(), grad_required),
          "gradcheck: no output depends on any of the inputs that are checked");
    for (std::size_t o = 0; o < outputs.size(); ++o) check_output(outputs, o);
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      check(!inputs_[i].defined() || to_vector<double>(inputs_[i]) == to_vector<double>(point_[i]),
            "gradcheck: the function or its gradient changed input {} in place", i);
    }
  }

 private:
  std::uint64_t seed_of(std::size_t input) const { return options_.seed * 64 + input; }

  /// A second call must give the same bits.
  void check_same(const Tensors& outputs) const {
    const Tensors again = f_(point_);
    check(outputs.size() == again.size(), "gradcheck: the function gave {} outputs, then {}", outputs.size(),
          again.size());
    for (std::size_t o = 0; o < outputs.size(); ++o) {
      check(outputs[o].defined() && again[o].defined(), "gradcheck: output {} of the function is undefined", o);
      const std::vector<double> a = to_vector<double>(outputs[o]), b = to_vector<double>(again[o]);
      bool same = a.size() == b.size();
      for (std::size_t e = 0; same && e < a.size(); ++e) same = a[e] == b[e] || (std::isnan(a[e]) && std::isnan(b[e]));
      check(same, "gradcheck: the function gave another output {} when called again", o);
    }
  }

  void check_output(const Tensors& outputs, std::size_t o) const {
    const Tensor& y = outputs[o];
    const auto n = static_cast<std::size_t>(y.numel());
    // jacobian[i][e·numel(i) + j]: of element e of the output by element j of input i
    std::vector<std::vector<double>> jacobian;
    for (const Tensor& x : inputs_) jacobian.emplace_back(x.defined() ? n * static_cast<std::size_t>(x.numel()) : 0);
    if (grad_required(y)) {
      for (std::size_t e = 0; e < n; ++e) fill_row(y, e, jacobian);
      if (n == 0) gradients_of(y, {});  // the shapes still have to fit
    }
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!checked_[i]) continue;
      for (std::size_t j = 0; j < static_cast<std::size_t>(inputs_[i].numel()); ++j) {
        compare_column(o, i, j, n, jacobian[i]);
      }
    }
  }

  Tensors gradients_of(const Tensor& y, const std::vector<double>& upstream) const {
    Tensors leaves;
    for (std::size_t i = 0; i < point_.size(); ++i) {
      if (checked_[i]) leaves.push_back(point_[i]);
    }
    return gradients(
        {y}, leaves,
        {.retain_graph = true, .allow_unused = true, .gradients = {with_values(upstream, y, layout_, seed_of(63))}});
  }

  /// Element e's derivatives by everything. The gradient sent back is not 1, so that one
  /// that is not multiplied by it shows.
  void fill_row(const Tensor& y, std::size_t e, std::vector<std::vector<double>>& jacobian) const {
    constexpr double upstream = 0.75;
    std::vector<double> one_hot(static_cast<std::size_t>(y.numel()));
    one_hot[e] = upstream;
    const Tensors grads = gradients_of(y, one_hot);
    for (std::size_t i = 0, k = 0; i < inputs_.size(); ++i) {
      if (!checked_[i]) continue;
      const Tensor& g = grads[k++];
      if (!g.defined()) continue;
      const std::vector<double> row = to_vector<double>(g);
      for (std::size_t j = 0; j < row.size(); ++j) jacobian[i][e * row.size() + j] = row[j] / upstream;
    }
  }

  std::vector<double> moved_output(std::size_t o, std::size_t i, std::size_t j, double by) const {
    NoGrad no_grad;
    std::vector<double> values = to_vector<double>(inputs_[i]);
    values[j] += by;
    Tensors moved = point_;
    moved[i] = with_values(values, inputs_[i], layout_, seed_of(i));
    return to_vector<double>(f_(moved)[o]);
  }

  void compare_column(std::size_t o, std::size_t i, std::size_t j, std::size_t n,
                      const std::vector<double>& jacobian) const {
    if (n == 0) return;
    const std::vector<double> above = moved_output(o, i, j, options_.step),
                              below = moved_output(o, i, j, -options_.step);
    const auto columns = static_cast<std::size_t>(inputs_[i].numel());
    for (std::size_t e = 0; e < n; ++e) {
      const double numeric = (above[e] - below[e]) / (2 * options_.step), recorded = jacobian[e * columns + j];
      check(std::abs(recorded - numeric) <= options_.atol + options_.rtol * std::abs(numeric),
            "gradcheck: the derivative of output {} element {} by input {} element {} ({} inputs, seed {}) is {} as "
            "recorded and {} numerically",
            o, e, i, j, name_of(layout_), options_.seed, recorded, numeric);
    }
  }

  const TensorsFunction& f_;
  const Tensors& inputs_;
  const GradCheckOptions& options_;
  InputLayout layout_;
  std::vector<bool> checked_;
  Tensors point_;  ///< the inputs laid out, those checked as leaves
};

/// The place of a tensor in a larger one, along a dimension: every step-th element from `begin` on.
struct Stretch {
  std::int64_t begin, step;
};

/// A tensor of x's shape within a larger one, which starts `offset` elements into its storage and is NaN elsewhere.
Tensor amid_nan(const Tensor& x, const std::vector<Stretch>& stretches, std::int64_t offset) {
  Shape larger;
  for (int d = 0; d < x.ndim(); ++d) {
    const Stretch& stretch = stretches[static_cast<std::size_t>(d)];
    larger.push_back(stretch.begin + stretch.step * x.shape()[d]);
  }
  Tensor base = empty_like(x, {numel(larger) + offset});
  backends::fill(base, is_floating(x.dtype()) ? std::numeric_limits<double>::quiet_NaN() : 0.0);
  Layout layout = Layout::contiguous(larger);
  layout.offset = offset;
  for (int d = 0; d < x.ndim(); ++d) {
    const auto& [begin, step] = stretches[static_cast<std::size_t>(d)];
    layout = layout.sliced(d, begin, begin + step * x.shape()[d], step);
  }
  return base.with_layout(layout);
}

TensorsFunction several(const TensorFunction& f) {
  return [&f](const Tensors& inputs) { return Tensors{f(inputs)}; };
}

}  // namespace

Tensor laid_out(const Tensor& x, InputLayout layout, std::uint64_t seed) {
  check_inputs("laid_out", {&x});
  Tensor y;
  if (layout == InputLayout::contiguous) {
    y = empty_like(x);
  } else if (layout == InputLayout::transposed) {
    Shape reversed, order;
    for (int d = x.ndim() - 1; d >= 0; --d) reversed.push_back(x.shape()[d]), order.push_back(d);
    Tensor base = empty_like(x, reversed);
    y = base.with_layout(base.layout().permuted(order));
  } else if (layout == InputLayout::sliced) {
    const std::vector<Stretch> every_other(static_cast<std::size_t>(x.ndim()), {1, 2});
    y = amid_nan(x, every_other, 0);
  } else {
    Generator generator(seed);
    auto below = [&](int n) { return static_cast<std::int64_t>(generator.below(static_cast<std::uint64_t>(n))); };
    std::vector<Stretch> stretches;
    Shape order, back = Shape::filled(x.ndim(), 0);
    for (int d = 0; d < x.ndim(); ++d) {
      const std::int64_t begin = below(3), step = 1 + below(3);
      stretches.push_back({begin, step});
      order.insert(static_cast<int>(below(d + 1)), d);
    }
    for (int d = 0; d < x.ndim(); ++d) back[static_cast<int>(order[d])] = d;
    // Made with its dimensions in that order, then seen in their own.
    y = amid_nan(x.with_layout(x.layout().permuted(order)), stretches, below(8));
    y = y.with_layout(y.layout().permuted(back));
  }
  backends::copy(x.detach(), y);
  return y;
}

bool gradcheck(const TensorsFunction& f, const Tensors& inputs, const GradCheckOptions& options) {
  check_call("gradcheck", f != nullptr, inputs, options);
  for (InputLayout layout : options.layouts) Check(f, inputs, options, layout).run();
  return true;
}

bool gradcheck(const TensorFunction& f, const Tensors& inputs, const GradCheckOptions& options) {
  check_call("gradcheck", f != nullptr, inputs, options);
  return gradcheck(several(f), inputs, options);
}

bool gradgradcheck(const TensorsFunction& f, const Tensors& inputs, const GradCheckOptions& options) {
  check_call("gradgradcheck", f != nullptr, inputs, options);
  // The function under test: (inputs, gradients of f's outputs) to gradients of f's inputs.
  Tensors all;
  for (const Tensor& x : inputs) all.push_back(x.defined() ? laid_out(x, InputLayout::contiguous) : x);
  std::vector<bool> checked = options.differentiable;
  for (std::size_t i = 0; options.differentiable.empty() && i < inputs.size(); ++i) {
    checked.push_back(inputs[i].defined() && is_floating(inputs[i].dtype()));
  }
  Generator generator(0);
  for (const Tensor& y : f(all)) {
    check_inputs("gradgradcheck", {&y});
    check(y.dtype() == float64, "gradgradcheck: an output is {}; differences need float64", describe(y));
    Tensor g = empty_like(y);
    backends::fill_uniform(g, 0.5, 1.5, generator);
    all.push_back(g);
    checked.push_back(true);
  }
  auto gradients_of = [&](const Tensors& in) {
    const bool record_pass = grad_enabled();
    GradMode mode(true);
    Tensors x(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(inputs.size())), wanted;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!checked[i]) continue;
      if (!grad_required(x[i])) x[i] = requires_grad(x[i].detach());
      wanted.push_back(x[i]);
    }
    const Tensors upstream(in.begin() + static_cast<std::ptrdiff_t>(inputs.size()), in.end());
    Tensors grads = gradients(f(x), wanted, {.create_graph = record_pass, .allow_unused = true, .gradients = upstream});
    for (std::size_t i = 0; i < grads.size(); ++i) {
      if (grads[i].defined()) continue;
      grads[i] = empty_like(wanted[i]);
      backends::fill(grads[i], 0.0);
    }
    return grads;
  };
  GradCheckOptions second = options;
  second.differentiable = checked;
  return gradcheck(TensorsFunction(gradients_of), all, second);
}

bool gradgradcheck(const TensorFunction& f, const Tensors& inputs, const GradCheckOptions& options) {
  check_call("gradgradcheck", f != nullptr, inputs, options);
  return gradgradcheck(several(f), inputs, options);
}

}  // namespace adora
