#include <cmath>
#include <vector>

#include "../basic.h"
#include "../loss.h"
#include "blas.h"
#include "parallel.h"
#include "exp_row.h"

namespace adora::backends::cpu {
namespace {

// A block of logits, with the rows of x and of the weight that it is the product of, fits the second cache.
constexpr std::int64_t token_block = 256, class_block = 512;
// Where the weight's gradient is wanted the probabilities of so many tokens are kept at once.
constexpr std::int64_t strip_tokens = 256;

/// One call: x [N, D] times the weight [V, D], with the softmax and both products of its gradient block by block
/// with running maxima (Milakov and Gimelshein 2018; Dao et al. 2022, section 3.1, has the same for attention):
/// each logit is computed once and no other pass over the logits is made.
template <class T>
class LinearCrossEntropy {
  using C = Compute<T>;

 public:
  LinearCrossEntropy(const Tensor& x, const Tensor& weight, const Tensor& targets, const Tensor& weights,
                     const Tensor& losses, const Tensor& dx, const Tensor& dweight)
      : x_(x), weight_(rows_apart(weight) ? weight : contiguous(weight)), targets_(targets), weights_(weights),
        losses_(losses), dx_(dx), dweight_(dweight), classes_(weight.size(0)), width_(weight.size(1)) {
    const C* w = weights.data<C>();
    for (std::int64_t t = 0; t < x.size(0); ++t) {
      std::int64_t y = target(t);
      if (w[t] != C(0) && y >= 0 && y < classes_) active_.push_back(t);
    }
  }

  void run() {
    fill(losses_, 0);
    if (dx_.defined()) fill(dx_, 0);
    if (dweight_.defined()) fill(dweight_, 0);
    std::int64_t n = static_cast<std::int64_t>(active_.size());
    if (n == 0) return;
    // Blocks of equal size, as many for one thread as for another.
    std::int64_t all = omp_get_max_threads();
    std::int64_t strip = dweight_.defined() ? std::min(n, strip_tokens) : n;
    std::int64_t rounds = (strip + all * token_block - 1) / (all * token_block);
    rows_ = (strip + rounds * all - 1) / (rounds * all);
    blocks_ = (classes_ + class_block - 1) / class_block;
    std::int64_t tasks = (strip + rows_ - 1) / rows_;
    std::int64_t threads = std::max(threads_for(tasks), dweight_.defined() ? threads_for(blocks_) : 1);
    bool convert = !std::is_same_v<T, C>;
    each_ = rows_ * width_ + rows_ * width_ + rows_ * class_block + (convert ? class_block * width_ : 0) + 3 * rows_;
    each_ = std::max(each_, dweight_.defined() ? strip * width_ : 0);
    each_ = (each_ + 63) / 64 * 64;
    scratch_ = empty({threads, each_}, dtype_of<C>());
    if (dweight_.defined()) {
      strip_ = empty({strip, classes_}, dtype_of<C>());
      maxima_ = empty({strip, blocks_}, dtype_of<C>());
      final_ = empty({strip, 2}, dtype_of<C>());
    }
    for (std::int64_t first = 0; first < n; first += strip) {
      std::int64_t count = std::min(strip, n - first);
      parallel_tasks((count + rows_ - 1) / rows_, threads, [&](std::int64_t task, std::int64_t thread) {
        std::int64_t begin = task * rows_;
        tokens(first, begin, std::min(begin + rows_, count), thread);
      });
      if (!dweight_.defined()) continue;
      parallel_tasks(blocks_, threads, [&](std::int64_t block, std::int64_t thread) { weight_gradient(first, count, block, thread); });
    }
  }

 private:
  /// Whether BLAS can read the rows where they are.
  static bool rows_apart(const Tensor& w) { return w.strides()[1] == 1 && w.strides()[0] >= w.size(1); }

  std::int64_t target(std::int64_t t) const { return targets_.data<std::int64_t>()[t * targets_.strides()[0]]; }

  void load_x(std::int64_t t, C* to, C scale = C(1)) const {
    const T* row = x_.data<T>() + t * x_.strides()[0];
    std::int64_t stride = x_.strides()[1];
    for (std::int64_t i = 0; i < width_; ++i) to[i] = scale * static_cast<C>(row[i * stride]);
  }

  /// The rows of the weight from `first` on, `count` of them, and how far they lie apart.
  std::pair<const C*, std::int64_t> weight_rows(std::int64_t first, std::int64_t count, C* buffer) const {
    std::int64_t ld = weight_.strides()[0];
    const T* rows = weight_.data<T>() + first * ld;
    if constexpr (std::is_same_v<T, C>) {
      return {rows, ld};
    } else {
      for (std::int64_t v = 0; v < count; ++v) {
        for (std::int64_t i = 0; i < width_; ++i) buffer[v * width_ + i] = static_cast<C>(rows[v * ld + i]);
      }
      return {buffer, width_};
    }
  }

  /// Losses and dx of the active tokens first + begin … first + end.
  void tokens(std::int64_t first, std::int64_t begin, std::int64_t end, std::int64_t thread) const {
    std::int64_t n = end - begin;
    C* x = scratch_.data<C>() + thread * each_;  // [n, D]
    C* sum_w = x + rows_ * width_;               // [n, D]: Σ_v exp(logit - maximum)·W_v
    C* local = sum_w + rows_ * width_;           // [n, class_block]
    C* buffer = local + rows_ * class_block;
    C* maximum = buffer + (std::is_same_v<T, C> ? 0 : class_block * width_);
    C* sum = maximum + rows_;
    C* wanted = sum + rows_;  // the target's logit
    for (std::int64_t i = 0; i < n; ++i) {
      load_x(active_[static_cast<std::size_t>(first + begin + i)], x + i * width_);
      maximum[i] = -std::numeric_limits<C>::infinity();
      sum[i] = 0;
    }
    for (std::int64_t b = 0; b < blocks_; ++b) {
      std::int64_t v0 = b * class_block, count = std::min(class_block, classes_ - v0);
      auto [w, ldw] = weight_rows(v0, count, buffer);
      C* logits = dweight_.defined() ? strip_.data<C>() + begin * classes_ + v0 : local;
      std::int64_t ld = dweight_.defined() ? classes_ : class_block;
      blas_gemm(false, true, n, count, width_, C(1), x, width_, w, ldw, C(0), logits, ld);
      for (std::int64_t i = 0; i < n; ++i) {
        C* row = logits + i * ld;
        std::int64_t y = target(active_[static_cast<std::size_t>(first + begin + i)]) - v0;
        if (y >= 0 && y < count) wanted[i] = row[y];
        C most = std::max(maximum[i], row_max(row, count));
        if (most > maximum[i]) {
          C shrink = math::exp(maximum[i] - most);
          sum[i] *= shrink;
          if (dx_.defined() && b > 0) {
            for (std::int64_t c = 0; c < width_; ++c) sum_w[i * width_ + c] *= shrink;
          }
          maximum[i] = most;
        }
        sum[i] += row_exp(row, count, maximum[i]);
        if (dweight_.defined()) maxima_.data<C>()[(begin + i) * blocks_ + b] = maximum[i];
      }
      if (dx_.defined()) blas_gemm(false, false, n, width_, count, C(1), logits, ld, w, ldw, C(b > 0), sum_w, width_);
    }
    for (std::int64_t i = 0; i < n; ++i) {
      std::int64_t t = active_[static_cast<std::size_t>(first + begin + i)];
      C weight = weights_.data<C>()[t];
      losses_.data<C>()[t] = weight * (maximum[i] - wanted[i] + std::log(sum[i]));
      if (dweight_.defined()) {
        final_.data<C>()[(begin + i) * 2] = maximum[i];
        final_.data<C>()[(begin + i) * 2 + 1] = weight / sum[i];
      }
      if (!dx_.defined()) continue;
      const T* w = weight_.data<T>() + target(t) * weight_.strides()[0];
      C* out = dx_.data<C>() + t * width_;
      for (std::int64_t c = 0; c < width_; ++c) out[c] = weight * (sum_w[i * width_ + c] / sum[i] - static_cast<C>(w[c]));
    }
  }

  /// Adds the strip's part to the gradient of one block of the weight's rows.
  void weight_gradient(std::int64_t first, std::int64_t count, std::int64_t b, std::int64_t thread) const {
    std::int64_t v0 = b * class_block, classes = std::min(class_block, classes_ - v0);
    C* scaled = scratch_.data<C>() + thread * each_;  // [count, D]
    C* out = dweight_.data<C>() + v0 * width_;
    for (std::int64_t i = 0; i < count; ++i) {
      const C* last = final_.data<C>() + i * 2;
      load_x(active_[static_cast<std::size_t>(first + i)], scaled + i * width_,
             math::exp(maxima_.data<C>()[i * blocks_ + b] - last[0]) * last[1]);
    }
    blas_gemm(true, false, classes, width_, count, C(1), strip_.data<C>() + v0, classes_, scaled, width_, C(1), out,
              width_);
    for (std::int64_t i = 0; i < count; ++i) {
      std::int64_t t = active_[static_cast<std::size_t>(first + i)], y = target(t) - v0;
      if (y < 0 || y >= classes) continue;
      load_x(t, scaled, weights_.data<C>()[t]);
      for (std::int64_t c = 0; c < width_; ++c) out[y * width_ + c] -= scaled[c];
    }
  }

  Tensor x_, weight_, targets_, weights_, losses_, dx_, dweight_;
  std::int64_t classes_, width_, rows_ = 0, blocks_ = 0, each_ = 0;
  std::vector<std::int64_t> active_;   ///< the tokens that count
  Tensor scratch_;                     ///< [threads, each_]
  Tensor strip_, maxima_, final_;      ///< for dweight: exp(logits - maxima), [tokens, V]; [tokens, blocks]; [tokens, 2]
};

void linear_cross_entropy_cpu(const Tensor& x, const Tensor& weight, const Tensor& targets, const Tensor& weights,
                              const Tensor& losses, const Tensor& dx, const Tensor& dweight) {
  visit_floating("linear_cross_entropy", x.dtype(), [&]<class T>() {
    LinearCrossEntropy<T>(x, weight, targets, weights, losses, dx, dweight).run();
  });
}

[[maybe_unused]] const bool registered = linear_cross_entropy.on(DeviceType::cpu, linear_cross_entropy_cpu);

}  // namespace
}  // namespace adora::backends::cpu
