#include "../ctc.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "../ctc_sequence.h"
#include "parallel.h"

namespace adora::backends::cpu {
namespace {

template <class T>
CtcSequence<T> sequence(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                        const Tensor& target_lengths, std::int64_t blank, std::int64_t n) {
  return {log_probs.data<T>() + n * log_probs.size(2),        log_probs.size(1) * log_probs.size(2),
          targets.data<std::int64_t>() + n * targets.size(1), input_lengths.data<std::int64_t>()[n],
          2 * target_lengths.data<std::int64_t>()[n] + 1,     blank};
}

void ctc_loss_cpu(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                  const Tensor& target_lengths, std::int64_t blank, const Tensor& losses, const Tensor& log_alpha) {
  const std::int64_t row = log_alpha.size(2), each = log_alpha.size(1) * row;
  visit_floating("ctc_loss", log_probs.dtype(), [&]<class T>() {
    parallel_for(losses.numel(), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) {
        const auto one = sequence<T>(log_probs, targets, input_lengths, target_lengths, blank, n);
        double* alpha = log_alpha.data<double>() + n * each;
        for (std::int64_t t = 0; t < one.times; ++t) {
          for (std::int64_t s = 0; s < one.states; ++s) {
            alpha[t * row + s] = t == 0 ? one.first(s) : one.alpha(t, s, alpha + (t - 1) * row);
          }
        }
        losses.data<T>()[n] = static_cast<T>(static_cast<Compute<T>>(one.loss(alpha + (one.times - 1) * row)));
      }
    });
  });
}

void ctc_loss_gradient_cpu(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                           const Tensor& target_lengths, std::int64_t blank, const Tensor& log_alpha, const Tensor& g,
                           const Tensor& out) {
  const std::int64_t row = log_alpha.size(2), each = log_alpha.size(1) * row, classes = out.size(2);
  visit_floating("ctc_loss", log_probs.dtype(), [&]<class T>() {
    using C = Compute<T>;
    std::fill_n(out.data<T>(), out.numel(), static_cast<T>(C(0)));
    parallel_for(g.numel(), 1, [&](std::int64_t begin, std::int64_t end) {
      std::vector<double> beta(static_cast<std::size_t>(row)), after(beta), occupied(static_cast<std::size_t>(classes));
      for (std::int64_t n = begin; n < end; ++n) {
        const auto one = sequence<T>(log_probs, targets, input_lengths, target_lengths, blank, n);
        const double* alpha = log_alpha.data<double>() + n * each;
        // In full precision: what a float32 loss of some hundreds lost would be a factor of every probability.
        const double loss = one.loss(alpha + (one.times - 1) * row);
        const double share = static_cast<double>(static_cast<C>(g.data<T>()[n]));
        if (std::isinf(loss)) continue;
        for (std::int64_t t = one.times - 1; t >= 0; --t) {
          std::swap(beta, after);
          for (std::int64_t s = 0; s < one.states; ++s) {
            const auto state = static_cast<std::size_t>(s);
            beta[state] = one.beta(t, s, after.data());
            occupied[static_cast<std::size_t>(one.label(s))] += std::exp(alpha[t * row + s] + beta[state] + loss);
          }
          for (std::int64_t s = 0; s < one.states; ++s) {
            double& sum = occupied[static_cast<std::size_t>(one.label(s))];
            if (sum == 0) continue;
            out.data<T>()[t * one.step + n * classes + one.label(s)] = static_cast<T>(static_cast<C>(-share * sum));
            sum = 0;
          }
        }
      }
    });
  });
}

[[maybe_unused]] const bool registered =
    ctc_loss.on(DeviceType::cpu, ctc_loss_cpu) && ctc_loss_gradient.on(DeviceType::cpu, ctc_loss_gradient_cpu);

}  // namespace
}  // namespace adora::backends::cpu
