#include "order_statistics.h"

#include <algorithm>
#include <limits>

#include "../autograd/record.h"
#include "along.h"
#include "arithmetic.h"
#include "compare.h"
#include "creation.h"
#include "cumulative.h"
#include "index.h"
#include "join.h"
#include "op.h"
#include "ordered.h"
#include "reduce.h"
#include "reduced.h"
#include "sort.h"

namespace adora {
namespace {

/// Calls places(x, d), which gives where the chosen elements stand, with size 1 in dimension d.
template <class F>
ValuesAndIndices choose(const char* op, const Tensor& x, std::int64_t dim, bool keepdim, F&& places) {
  return detail::along(op, x, dim, [&](const Tensor& row, int d) {
    detail::check_choice(op, x, detail::Reduced(op, row, {d}, true));
    const Tensor indices = places(row, d), values = gather(row, d, indices);
    // Of a tensor of no dimensions the row is undone by who made it.
    if (keepdim || x.ndim() == 0) return ValuesAndIndices{values, indices};
    return ValuesAndIndices{squeeze(values, d), squeeze(indices, d)};
  });
}

/// Where the middle of dimension d stands, or its first NaN.
Tensor places_of_median(const Tensor& x, int d) {
  const Tensor plain = x.detach(), middle = detail::ordered_places(plain, d, (x.shape()[d] - 1) / 2, 1, false);
  if (!is_floating(x.dtype())) return middle;
  const Tensor top = argmax(plain, d, true), largest = gather(plain, d, top);
  return where(eq(largest, largest), middle, top);
}

}  // namespace

ValuesAndIndices max_with_indices(const Tensor& x, std::int64_t dim, bool keepdim) {
  return choose("max_with_indices", x, dim, keepdim, [](const Tensor& x, int d) { return argmax(x, d, true); });
}
const Op max_with_indices_op{"max_with_indices"};

ValuesAndIndices min_with_indices(const Tensor& x, std::int64_t dim, bool keepdim) {
  return choose("min_with_indices", x, dim, keepdim, [](const Tensor& x, int d) { return argmin(x, d, true); });
}
const Op min_with_indices_op{"min_with_indices"};

ValuesAndIndices kthvalue(const Tensor& x, std::int64_t k, std::int64_t dim, bool keepdim) {
  return choose("kthvalue", x, dim, keepdim, [&](const Tensor& row, int d) {
    check(k >= 1 && k <= std::max<std::int64_t>(row.shape()[d], 1),
          "kthvalue: there is no number {} along dimension {} of {}; they are counted from 1", k, dim, describe(x));
    // Where the other dimensions hold nothing neither do the places, however many there are along this one.
    return detail::ordered_places(row, d, k - 1, 1, false);
  });
}
const Op kthvalue_op{"kthvalue"};

ValuesAndIndices median(const Tensor& x, std::int64_t dim, bool keepdim) {
  return choose("median", x, dim, keepdim, places_of_median);
}

Tensor median(const Tensor& x) {
  check_inputs("median", {&x});
  check(x.numel() > 0 || is_floating(x.dtype()), "median: there is nothing to choose from in {}", describe(x));
  const Tensor row = reshape(x.detach(), {x.numel()});
  const Tensor y = x.numel() > 0 ? detail::shaped(gather(row, 0, places_of_median(row, 0)), {})
                                 : full({}, std::numeric_limits<double>::quiet_NaN(), x.dtype(), x.device());
  return record("median", y, input(x, {{"x", x}, {"y", y}}, [](const Tensor& g, const Tensor& x, const Tensor& y) {
                  return detail::shared_among_equal(g, x, y, Shape::filled(x.ndim(), 1));
                }));
}
const Op median_op{"median"};

ValuesAndIndices mode(const Tensor& x, std::int64_t dim, bool keepdim) {
  return choose("mode", x, dim, keepdim, [](const Tensor& x, int d) {
    const Tensor plain = x.detach();
    const auto [sorted, places] = sort(plain, d);
    const std::int64_t n = x.shape()[d];
    // The length of the run of equal elements that ends at each: one more than at the one before, or 1.
    const Tensor same = to(eq(slice(sorted, d, 1, n), slice(sorted, d, 0, n - 1)), int64);
    Shape first = x.shape();
    first[d] = 1;
    const Tensor again = cat({zeros(first, int64, x.device()), same}, d);
    const Tensor lengths = linear_recurrence(again, ones_like(again), d);
    return gather(places, d, argmax(lengths, d, true));
  });
}
const Op mode_op{"mode"};

namespace {

/// Where a quantile lies in a sorted row.
struct Between {
  std::vector<std::int64_t> lower, upper;
  std::vector<double> part;  ///< of the way from one to the other

  Between(const std::vector<double>& q, std::int64_t n) {
    for (double one : q) {
      check(one >= 0 && one <= 1, "quantile: q is {}; it must lie between 0 and 1", one);
      const double place = one * static_cast<double>(n - 1);
      const std::int64_t at = std::clamp<std::int64_t>(static_cast<std::int64_t>(place), 0, n - 1);
      lower.push_back(at), part.push_back(place - static_cast<double>(at));
      upper.push_back(part.back() > 0 ? std::min(at + 1, n - 1) : at);
    }
  }
};

/// Quantiles along dimension d, in whose place they stand. `q` is what the numbers were read from, if anything.
Tensor quantiles(const Tensor& x, int d, const std::vector<double>& numbers, const Tensor& q) {
  const std::int64_t n = x.shape()[d], count = static_cast<std::int64_t>(numbers.size());
  const Between between(numbers, n);
  Shape along_d = Shape::filled(x.ndim(), 1);
  along_d[d] = count;
  auto on_device = [&](const std::vector<double>& values) {
    if (count == 1) return full(along_d, values[0], x.dtype(), x.device());
    return to(to(tensor(values, along_d, cpu), x.dtype()), x.device());
  };
  Tensor part = on_device(between.part);
  if (q.defined() && grad_required_now(q)) {
    const std::vector<double> whole(between.lower.begin(), between.lower.end());
    part = reshape(q, along_d) * static_cast<double>(n - 1) - on_device(whole);
  }
  const Tensor sorted = sort(x, d).values, largest = slice(sorted, d, n - 1, n);
  auto at = [&](const std::vector<std::int64_t>& places) {
    if (count == 1) return slice(sorted, d, places[0], places[0] + 1);
    return index_select(sorted, d, tensor(places, {count}, x.device()));
  };
  const Tensor low = at(between.lower), high = at(between.upper);
  // Equal ones may be infinite, where the line would give NaN.
  const Tensor y = where(eq(low, high), low, low * (1 - part) + high * part);
  return where(eq(largest, largest), y, largest);
}

Tensor quantile(const Tensor& x, const std::vector<double>& numbers, const Tensor& q, bool several,
                std::optional<std::int64_t> dim, bool keepdim) {
  check(is_floating(x.dtype()), "quantile: works on floating tensors, not on {}; convert with to(x, float32)",
        describe(x));
  // Places in long rows leave the range of half types.
  if (size_of(x.dtype()) == 2) {
    const Tensor wide = q.defined() ? to(q, float32) : q;
    return to(quantile(to(x, float32), numbers, wide, several, dim, keepdim), x.dtype());
  }
  const bool all = !dim || x.ndim() == 0;
  if (dim && x.ndim() == 0) wrap_dim("quantile", *dim, 1);
  const int d = all ? 0 : wrap_dim("quantile", *dim, x.ndim());
  const Tensor rows = all ? reshape(x, {x.numel()}) : x;
  check(rows.shape()[d] > 0, "quantile: there is nothing to choose from in {}", describe(x));
  Tensor y = quantiles(rows, d, numbers, q);
  // The quantiles' dimension comes first, or goes.
  Shape shape = all ? (keepdim ? Shape::filled(x.ndim(), 1) : Shape{}) : x.shape();
  if (!all && keepdim) shape[d] = 1;
  if (!all && !keepdim) shape.erase(d);
  if (several) {
    Shape order{d};
    for (int i = 0; i < y.ndim(); ++i) {
      if (i != d) order.push_back(i);
    }
    y = permute(y, order);
    shape.insert(0, static_cast<std::int64_t>(numbers.size()));
  }
  return reshape(y, shape);
}

}  // namespace

Tensor quantile(const Tensor& x, double q, std::optional<std::int64_t> dim, bool keepdim) {
  check_inputs("quantile", {&x});
  return quantile(x, std::vector<double>{q}, Tensor(), false, dim, keepdim);
}

Tensor quantile(const Tensor& x, const Tensor& q, std::optional<std::int64_t> dim, bool keepdim) {
  check_inputs("quantile", {&x, &q});
  check(q.ndim() <= 1 && q.dtype() == x.dtype(),
        "quantile: q is {}; it must be a number or a row of numbers of the dtype of {}", describe(q), describe(x));
  // The shape-only device has no numbers; any are as good.
  const std::vector<double> numbers =
      q.device() == meta ? std::vector<double>(static_cast<std::size_t>(q.numel())) : to_vector<double>(q);
  return quantile(x, numbers, q, q.ndim() == 1, dim, keepdim);
}
const Op quantile_op{"quantile"};

}  // namespace adora
