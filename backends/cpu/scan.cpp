#include "../scan.h"

#include "../scan_formula.h"
#include "parallel.h"
#include "strided_rows.h"

namespace adora::backends::cpu {
namespace {

/// Calls f.template operator()<W>() with the type that numbers of a dtype are joined in.
template <class F> void visit_wide(DType dtype, F&& f) {
  if (is_floating(dtype)) f.template operator()<double>();
  else f.template operator()<std::int64_t>();
}

/// Calls f(first, step) for the order in which a row of n elements is gone through.
template <class F> void in_order(std::int64_t n, bool reverse, F&& f) {
  if (reverse) f(n - 1, std::int64_t{-1});
  else f(std::int64_t{0}, std::int64_t{1});
}

template <class W, bool multiplies> void run_scan(const Tensor& x, const Tensor& out, bool reverse) {
  const std::int64_t n = x.size(-1);
  parallel_for(count_rows(x), row_grain(n), [&](std::int64_t begin, std::int64_t end) {
    Rows<W> from(x), results(out);
    for (std::int64_t r = begin; r < end; ++r) {
      const W* row = from.read(r);
      W* to = results.write(r);
      in_order(n, reverse, [&](std::int64_t i, std::int64_t step) {
        W so_far = multiplies ? W(1) : W(0);
        for (std::int64_t k = 0; k < n; ++k, i += step) {
          so_far = multiplies ? wrapping_product(so_far, row[i]) : wrapping_sum(so_far, row[i]);
          to[i] = so_far;
        }
      });
      results.written(r);
    }
  });
}

void scan_cpu(const Tensor& x, const Tensor& out, ScanOp op, bool reverse) {
  if (out.numel() == 0) return;
  visit_wide(x.dtype(), [&]<class W>() {
    op == ScanOp::product ? run_scan<W, true>(x, out, reverse) : run_scan<W, false>(x, out, reverse);
  });
}

void linear_scan_cpu(const Tensor& a, const Tensor& b, const Tensor& out, bool reverse) {
  if (out.numel() == 0) return;
  const std::int64_t n = a.size(-1);
  visit_wide(a.dtype(), [&]<class W>() {
    parallel_for(count_rows(a), row_grain(n), [&](std::int64_t begin, std::int64_t end) {
      Rows<W> factors(a), summands(b), results(out);
      for (std::int64_t r = begin; r < end; ++r) {
        const W *factor = factors.read(r), *summand = summands.read(r);
        W* to = results.write(r);
        in_order(n, reverse, [&](std::int64_t i, std::int64_t step) {
          W so_far = summand[i];
          to[i] = so_far;
          for (std::int64_t k = 1; k < n; ++k) {
            i += step;
            so_far = wrapping_sum(wrapping_product(factor[i], so_far), summand[i]);
            to[i] = so_far;
          }
        });
        results.written(r);
      }
    });
  });
}

void scan_argmax_cpu(const Tensor& x, const Tensor& out, bool smallest) {
  if (out.numel() == 0) return;
  const std::int64_t n = x.size(-1);
  visit_wide(x.dtype(), [&]<class W>() {
    parallel_for(count_rows(x), row_grain(n), [&](std::int64_t begin, std::int64_t end) {
      Rows<W> from(x);
      Rows<std::int64_t> results(out);
      for (std::int64_t r = begin; r < end; ++r) {
        const W* row = from.read(r);
        std::int64_t* to = results.write(r);
        std::int64_t best = 0;
        for (std::int64_t i = 0; i < n; ++i) {
          if (takes_over(row[i], row[best], smallest)) best = i;
          to[i] = best;
        }
        results.written(r);
      }
    });
  });
}

void product_cpu(const Tensor& x, const Tensor& out) {
  if (out.numel() == 0) return;
  const std::int64_t n = x.size(-1);
  visit_wide(x.dtype(), [&]<class W>() {
    parallel_for(out.numel(), row_grain(n), [&](std::int64_t begin, std::int64_t end) {
      Rows<W> from(x), results(out);
      for (std::int64_t r = begin; r < end; ++r) {
        const W* row = from.read(r);
        // Four at once, which need not wait for one another.
        W products[4] = {1, 1, 1, 1};
        std::int64_t i = 0;
        for (; i + 4 <= n; i += 4) {
          for (std::int64_t k = 0; k < 4; ++k) products[k] = wrapping_product(products[k], row[i + k]);
        }
        for (; i < n; ++i) products[0] = wrapping_product(products[0], row[i]);
        *results.write(r) =
            wrapping_product(wrapping_product(products[0], products[1]), wrapping_product(products[2], products[3]));
        results.written(r);
      }
    });
  });
}

[[maybe_unused]] const bool registered =
    scan.on(DeviceType::cpu, scan_cpu) && linear_scan.on(DeviceType::cpu, linear_scan_cpu) &&
    scan_argmax.on(DeviceType::cpu, scan_argmax_cpu) && product.on(DeviceType::cpu, product_cpu);

}  // namespace
}  // namespace adora::backends::cpu
