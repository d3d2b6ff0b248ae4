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

/// Rows are gone through piece by piece, so that a long one needs no memory of its length.
constexpr std::int64_t piece = 1024;

/// The rows of a tensor, of which pieces are read and written as numbers of type W.
template <class W> struct Pieces {
  RowAddress address;
  DType dtype;
  W numbers[piece];

  explicit Pieces(const Tensor& x) : address(x), dtype(x.dtype()) {}

  const W* read(std::int64_t row, std::int64_t begin, std::int64_t count) {
    load(element(address.at<const void>(row), dtype, begin * address.stride), dtype, address.stride, numbers, count);
    return numbers;
  }
  void written(std::int64_t row, std::int64_t begin, std::int64_t count) {
    store(numbers, element(address.at<void>(row), dtype, begin * address.stride), dtype, address.stride, count);
  }
};

/// Calls f(begin, count) for the pieces of a row of n elements, from its first or its last on.
template <class F> void for_pieces(std::int64_t n, bool reverse, F&& f) {
  for (std::int64_t done = 0; done < n; done += piece) {
    const std::int64_t count = std::min(piece, n - done);
    f(reverse ? n - done - count : done, count);
  }
}

/// Calls f(i) for the elements of a piece in the same order.
template <class F> void for_elements(std::int64_t count, bool reverse, F&& f) {
  if (reverse) {
    for (std::int64_t i = count - 1; i >= 0; --i) f(i);
  } else {
    for (std::int64_t i = 0; i < count; ++i) f(i);
  }
}

template <class W, bool multiplies> void run_scan(const Tensor& x, const Tensor& out, bool reverse) {
  const std::int64_t n = x.size(-1);
  parallel_for(count_rows(x), row_grain(n), [&](std::int64_t first, std::int64_t last) {
    Pieces<W> from(x), to(out);
    for (std::int64_t r = first; r < last; ++r) {
      W so_far = multiplies ? W(1) : W(0);
      for_pieces(n, reverse, [&](std::int64_t begin, std::int64_t count) {
        const W* numbers = from.read(r, begin, count);
        for_elements(count, reverse, [&](std::int64_t i) {
          so_far = multiplies ? wrapping_product(so_far, numbers[i]) : wrapping_sum(so_far, numbers[i]);
          to.numbers[i] = so_far;
        });
        to.written(r, begin, count);
      });
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
    parallel_for(count_rows(a), row_grain(n), [&](std::int64_t first, std::int64_t last) {
      Pieces<W> factors(a), summands(b), to(out);
      for (std::int64_t r = first; r < last; ++r) {
        W so_far = 0;
        bool any = false;  // the first factor is not used, not even to multiply 0 with
        for_pieces(n, reverse, [&](std::int64_t begin, std::int64_t count) {
          const W *factor = factors.read(r, begin, count), *summand = summands.read(r, begin, count);
          for_elements(count, reverse, [&](std::int64_t i) {
            so_far = any ? wrapping_sum(wrapping_product(factor[i], so_far), summand[i]) : summand[i];
            any = true;
            to.numbers[i] = so_far;
          });
          to.written(r, begin, count);
        });
      }
    });
  });
}

void scan_argmax_cpu(const Tensor& x, const Tensor& out, bool smallest) {
  if (out.numel() == 0) return;
  const std::int64_t n = x.size(-1);
  visit_wide(x.dtype(), [&]<class W>() {
    parallel_for(count_rows(x), row_grain(n), [&](std::int64_t first, std::int64_t last) {
      Pieces<W> from(x);
      Pieces<std::int64_t> to(out);
      for (std::int64_t r = first; r < last; ++r) {
        W best = *from.read(r, 0, 1);
        std::int64_t place = 0;
        for_pieces(n, false, [&](std::int64_t begin, std::int64_t count) {
          const W* numbers = from.read(r, begin, count);
          for (std::int64_t i = 0; i < count; ++i) {
            if (takes_over(numbers[i], best, smallest)) best = numbers[i], place = begin + i;
            to.numbers[i] = place;
          }
          to.written(r, begin, count);
        });
      }
    });
  });
}

double product_of(const double* row, std::int64_t n) {
  // Four at once, which need not wait for one another.
  double products[4] = {1, 1, 1, 1};
  std::int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (std::int64_t k = 0; k < 4; ++k) products[k] *= row[i + k];
  }
  for (; i < n; ++i) products[0] *= row[i];
  return (products[0] * products[1]) * (products[2] * products[3]);
}

/// One by one: of four at once GCC 12 makes wrong code for AVX-512, which loses every other four where n is a multiple
/// of eight.
std::int64_t product_of(const std::int64_t* row, std::int64_t n) {
  std::int64_t product = 1;
  for (std::int64_t i = 0; i < n; ++i) product = wrapping_product(product, row[i]);
  return product;
}

void product_cpu(const Tensor& x, const Tensor& out) {
  if (out.numel() == 0) return;
  const std::int64_t n = x.size(-1);
  visit_wide(x.dtype(), [&]<class W>() {
    parallel_for(out.numel(), row_grain(n), [&](std::int64_t first, std::int64_t last) {
      Pieces<W> from(x), to(out);
      for (std::int64_t r = first; r < last; ++r) {
        W product = 1;
        for_pieces(n, false, [&](std::int64_t begin, std::int64_t count) {
          product = wrapping_product(product, product_of(from.read(r, begin, count), count));
        });
        to.numbers[0] = product;
        to.written(r, 0, 1);
      }
    });
  });
}

[[maybe_unused]] const bool registered =
    scan.on(DeviceType::cpu, scan_cpu) && linear_scan.on(DeviceType::cpu, linear_scan_cpu) &&
    scan_argmax.on(DeviceType::cpu, scan_argmax_cpu) && product.on(DeviceType::cpu, product_cpu);

}  // namespace
}  // namespace adora::backends::cpu
