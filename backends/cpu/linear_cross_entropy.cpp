#include <cmath>
#include <vector>

#include "../basic.h"
#include "../loss.h"
#include "exp_row.h"
#include "parallel.h"
#include "scratch.h"
#include "tile.h"

namespace adora::backends::cpu {
namespace {

// A block of logits, with what it is the product of and what it adds to, fits the second cache.
constexpr std::int64_t token_block = 256, class_block = 128;

/// One call: the weight [V, D] times the tokens of x [N, D], with the softmax and the products of its gradient block by
/// block under running maxima (Milakov and Gimelshein 2018; Dao et al. 2022, section 3.1, has the same for attention).
/// Each logit is computed once. The sums are over the classes that are not the target: where a token is nearly certain
/// of its target, its probability less 1 would keep few digits of the gradient, which is minus the others' sum. Blocks
/// of logits are [classes, tokens]: so the weight's rows are used where they lie, and the softmax runs over many tokens
/// side by side.
template <class T> class LinearCrossEntropy {
  using C = Compute<T>;
  static constexpr std::int64_t panel_width = tile_vectors * lanes<C>;

 public:
  LinearCrossEntropy(const Tensor& x, const Tensor& weight, const Tensor& targets, const Tensor& weights,
                     const Tensor& losses, const Tensor& dx, const Tensor& dweight)
      : x_(x),
        weight_(weight),
        targets_(targets),
        weights_(weights),
        losses_(losses),
        dx_(dx),
        dweight_(dweight),
        classes_(weight.size(0)),
        d_(weight.size(1)),
        width_(padded<C>(d_)) {
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
    std::int64_t all = omp_get_max_threads();
    // Tokens taken at once: where the weight's gradient is wanted few, since their probabilities are kept.
    std::int64_t strip = dweight_.defined() ? std::min(n, 2 * token_block) : n;
    std::int64_t rounds = (strip + all * token_block - 1) / (all * token_block);
    rows_ = padded<C>((strip + rounds * all - 1) / (rounds * all));  // equal shares, as many for one thread as another
    blocks_ = (classes_ + class_block - 1) / class_block;
    std::int64_t tasks = (strip + rows_ - 1) / rows_;
    std::int64_t threads = std::max(threads_for(tasks), dweight_.defined() ? threads_for(blocks_) : 1);
    each_ = rows_ * (2 * width_ + class_block + 4) + class_block * width_ + 64;
    scratch_ = scratch_tensor({threads, each_}, dtype_of<C>());
    if (dweight_.defined()) {
      kept_ = scratch_tensor({tasks, classes_, rows_}, dtype_of<C>());
      maxima_ = scratch_tensor({tasks, blocks_, rows_}, dtype_of<C>());
      final_ = scratch_tensor({tasks, 3, rows_}, dtype_of<C>());
    }
    for (std::int64_t first = 0; first < n; first += strip) {
      std::int64_t count = std::min(strip, n - first), parts = (count + rows_ - 1) / rows_;
      parallel_tasks(parts, threads, [&](std::int64_t part, std::int64_t thread) {
        tokens(part, first + part * rows_, std::min(rows_, count - part * rows_), scratch_.data<C>() + thread * each_);
      });
      if (!dweight_.defined()) continue;
      parallel_tasks(blocks_, threads, [&](std::int64_t block, std::int64_t thread) {
        for (std::int64_t part = 0; part < parts; ++part) {
          weight_gradient(block, part, first + part * rows_, std::min(rows_, count - part * rows_),
                          scratch_.data<C>() + thread * each_);
        }
      });
    }
  }

 private:
  std::int64_t target(std::int64_t t) const { return targets_.data<std::int64_t>()[t * targets_.strides()[0]]; }
  std::int64_t active(std::int64_t i) const { return active_[static_cast<std::size_t>(i)]; }

  /// Row i of x or of the weight, times `scale`, to places `apart`.
  void load(const Tensor& from, std::int64_t i, C scale, C* to, std::int64_t apart) const {
    const T* row = from.data<T>() + i * from.strides()[0];
    std::int64_t stride = from.strides()[1];
    for (std::int64_t c = 0; c < d_; ++c) to[c * apart] = scale * static_cast<C>(row[c * stride]);
  }

  /// Rows of the weight from `first` on, of `width_` numbers: where they lie if they can be used there, else in
  /// `buffer`.
  std::pair<const C*, std::int64_t> weight_rows(std::int64_t first, std::int64_t count, C* buffer) const {
    if constexpr (std::is_same_v<T, C>) {
      if (weight_.strides()[1] == 1 && d_ == width_)
        return {weight_.data<T>() + first * weight_.strides()[0], weight_.strides()[0]};
    }
    for (std::int64_t v = 0; v < count; ++v) {
      load(weight_, first + v, C(1), buffer + v * width_, 1);
      std::fill(buffer + v * width_ + d_, buffer + (v + 1) * width_, C(0));
    }
    return {buffer, width_};
  }

  /// Losses and dx of the active tokens first … first + n.
  void tokens(std::int64_t part, std::int64_t first, std::int64_t n, C* memory) const {
    C* x = memory;                            // for each panel_width of the rows [D, panel_width]: tokens side by side
    C* sum_w = x + rows_ * width_;            // [rows, width]: Σ exp(logit - maximum)·W_v over the others
    C* local = sum_w + rows_ * width_;        // [class_block, rows]
    C* buffer = local + rows_ * class_block;  // [class_block, width]
    C* maximum = buffer + class_block * width_;
    C* sum = maximum + rows_;
    C* shrink = sum + rows_;
    C* wanted = shrink + rows_;  // the target's logit, which none of the others' sums has
    std::fill_n(x, rows_ * d_, C(0));
    for (std::int64_t i = 0; i < n; ++i) {
      std::int64_t panel = i / panel_width * panel_width;
      load(x_, active(first + i), C(1), x + panel * d_ + (i - panel), std::min(panel_width, rows_ - panel));
    }
    std::fill_n(sum_w, dx_.defined() ? rows_ * width_ : 0, C(0));
    std::fill_n(maximum, rows_, std::numeric_limits<C>::lowest());
    std::fill_n(sum, rows_, C(0));
    for (std::int64_t b = 0; b < blocks_; ++b) {
      std::int64_t v0 = b * class_block, count = std::min(class_block, classes_ - v0);
      auto [w, ldw] = weight_rows(v0, count, buffer);
      C* logits = dweight_.defined() ? kept_.data<C>() + (part * classes_ + v0) * rows_ : local;
      for (std::int64_t i = 0; i < rows_; i += panel_width) {
        std::int64_t side = std::min(panel_width, rows_ - i);
        small_gemm(count, side, d_, w, ldw, std::int64_t{1}, x + i * d_, side, logits + i, rows_, false);
      }
      for (std::int64_t i = 0; i < n; ++i) {
        std::int64_t y = target(active(first + i)) - v0;
        if (y < 0 || y >= count) continue;
        wanted[i] = logits[y * rows_ + i];
        logits[y * rows_ + i] = -std::numeric_limits<C>::infinity();
      }
      bool grew = softmax_block(logits, count, maximum, sum, shrink);
      if (dweight_.defined()) std::copy_n(maximum, rows_, maxima_.data<C>() + (part * blocks_ + b) * rows_);
      if (!dx_.defined()) continue;
      for (std::int64_t i = 0; grew && b > 0 && i < n; ++i) {
        if (shrink[i] == C(1)) continue;
        for (std::int64_t c = 0; c < width_; ++c) sum_w[i * width_ + c] *= shrink[i];
      }
      small_gemm(rows_, width_, count, logits, std::int64_t{1}, rows_, w, ldw, sum_w, width_, true);
    }
    for (std::int64_t i = 0; i < n; ++i) {
      std::int64_t t = active(first + i);
      C weight = weights_.data<C>()[t];
      // The larger of the target and the greatest other is 1, so that neither overflows; an infinite target is NaN.
      const C over = wanted[i] - maximum[i], own = over > 0 ? C(1) + (over - over) : math::exp(over);
      const C other = over > 0 ? math::exp(-over) * own : C(1), rest = other * sum[i];
      const C factor = weight * other / (rest + own);
      losses_.data<C>()[t] = weight * (over > 0 ? std::log1p(rest) : std::log(rest + own) - over);
      if (dweight_.defined()) {
        C* final = final_.data<C>() + part * 3 * rows_ + i;
        final[0] = maximum[i], final[rows_] = factor, final[2 * rows_] = factor * sum[i];
      }
      if (!dx_.defined()) continue;
      C* out = dx_.data<C>() + t * d_;
      load(weight_, target(t), C(1), buffer, 1);
      for (std::int64_t c = 0; c < d_; ++c) out[c] = factor * (sum_w[i * width_ + c] - sum[i] * buffer[c]);
    }
  }

  /// Logits [count, rows] to exp(logit - maximum), with the tokens' maxima and sums brought up to date; shrink is
  /// by what each token's earlier numbers are to be multiplied. Returns whether any maximum grew.
  bool softmax_block(C* logits, std::int64_t count, C* maximum, C* sum, C* shrink) const {
    constexpr std::int64_t side = lanes<C>;
    bool grew = false;
    for (std::int64_t i0 = 0; i0 < rows_; i0 += side) {
      C most[side], total[side];
      for (std::int64_t i = 0; i < side; ++i) most[i] = maximum[i0 + i], total[i] = C(0);
      for (std::int64_t v = 0; v < count; ++v) {
        const C* row = logits + v * rows_ + i0;
        for (std::int64_t i = 0; i < side; ++i) most[i] = row[i] > most[i] ? row[i] : most[i];
      }
      for (std::int64_t v = 0; v < count; ++v) {
        C* row = logits + v * rows_ + i0;
        for (std::int64_t i = 0; i < side; ++i) {
          C e = math::exp(row[i] - most[i]);
          row[i] = e;
          total[i] += e;
        }
      }
      for (std::int64_t i = 0; i < side; ++i) {
        bool same = !(most[i] > maximum[i0 + i]);
        grew = grew || !same;
        shrink[i0 + i] = same ? C(1) : math::exp(maximum[i0 + i] - most[i]);
        sum[i0 + i] = sum[i0 + i] * shrink[i0 + i] + total[i];
        maximum[i0 + i] = most[i];
      }
    }
    return grew;
  }

  /// Adds to the gradient of one block of the weight's rows what `n` tokens from `first` on give.
  void weight_gradient(std::int64_t b, std::int64_t part, std::int64_t first, std::int64_t n, C* memory) const {
    std::int64_t v0 = b * class_block, count = std::min(class_block, classes_ - v0);
    C* scaled = memory;                // [n, width]
    C* sum = scaled + rows_ * width_;  // [count, width], in the room of two blocks
    const C* last = final_.data<C>() + part * 3 * rows_;
    for (std::int64_t i = 0; i < n; ++i) {
      C factor = math::exp(maxima_.data<C>()[(part * blocks_ + b) * rows_ + i] - last[i]) * last[rows_ + i];
      load(x_, active(first + i), factor, scaled + i * width_, 1);
      std::fill(scaled + i * width_ + d_, scaled + (i + 1) * width_, C(0));
    }
    small_gemm(count, width_, n, kept_.data<C>() + (part * classes_ + v0) * rows_, rows_, std::int64_t{1}, scaled,
               width_, sum, width_, false);
    C* out = dweight_.data<C>() + v0 * d_;
    for (std::int64_t v = 0; v < count; ++v) {
      for (std::int64_t c = 0; c < d_; ++c) out[v * d_ + c] += sum[v * width_ + c];
    }
    for (std::int64_t i = 0; i < n; ++i) {
      std::int64_t t = active(first + i), y = target(t) - v0;
      if (y < 0 || y >= count) continue;
      load(x_, t, last[2 * rows_ + i], scaled, 1);
      for (std::int64_t c = 0; c < d_; ++c) out[y * d_ + c] -= scaled[c];
    }
  }

  Tensor x_, weight_, targets_, weights_, losses_, dx_, dweight_;
  std::int64_t classes_, d_, width_;  ///< width: d in whole registers
  std::int64_t rows_ = 0, blocks_ = 0, each_ = 0;
  std::vector<std::int64_t> active_;  ///< the tokens that count
  Tensor scratch_;                    ///< [threads, each_]
  /// For dweight: exp(logit - maximum) [parts, V, rows], 0 for targets; the maxima of each block; the last maximum, by
  /// what the others' exponentials are multiplied, and that times their sum.
  Tensor kept_, maxima_, final_;
};

void linear_cross_entropy_cpu(const Tensor& x, const Tensor& weight, const Tensor& targets, const Tensor& weights,
                              const Tensor& losses, const Tensor& dx, const Tensor& dweight) {
  visit_floating("linear_cross_entropy", x.dtype(),
                 [&]<class T>() { LinearCrossEntropy<T>(x, weight, targets, weights, losses, dx, dweight).run(); });
}

[[maybe_unused]] const bool registered = linear_cross_entropy.on(DeviceType::cpu, linear_cross_entropy_cpu);

}  // namespace
}  // namespace adora::backends::cpu
