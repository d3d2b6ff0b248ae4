#include "grid.h"

#include <numeric>

#include "broadcast.h"
#include "creation.h"
#include "index.h"
#include "join.h"
#include "op.h"
#include "view.h"

namespace adora {
namespace {

void check_vectors(const char* op, const Tensors& vectors) {
  check(!vectors.empty() && vectors.size() <= static_cast<std::size_t>(Shape::max_size),
        "{}: a grid is of one vector to {}, not of {}", op, Shape::max_size, vectors.size());
  for (const Tensor& x : vectors) {
    check_inputs(op, {&vectors[0], &x});
    check(x.ndim() <= 1 && x.dtype() == vectors[0].dtype(),
          "{}: {} and {} must be vectors of one dtype: reshape or convert them", op, describe(vectors[0]), describe(x));
  }
}

/// Above this many, choices are not listed: so no product below overflows.
constexpr std::int64_t most_choices = std::int64_t{1} << 32, most_elements = std::int64_t{1} << 30;

/// n over r, for n below twice most_elements.
std::int64_t choices(std::int64_t n, std::int64_t r) {
  r = std::min(r, n - r);
  std::int64_t count = 1;
  for (std::int64_t i = 1; i <= r; ++i) {
    count = count * (n - r + i) / i;  // i neighbors in a row: their product can be divided
    check(count < most_choices, "combinations: {} choices out of {} are more than can be listed", r, n);
  }
  return count;
}

Tensor triangle_indices(const char* op, std::int64_t rows, std::int64_t columns, std::int64_t offset, bool upper,
                        Device device) {
  check(rows >= 0 && columns >= 0, "{}: there is no matrix of {} rows and {} columns", op, rows, columns);
  numel({rows, columns}, op);
  offset = std::clamp(offset, -rows - 1, columns + 1);  // beyond the corners nothing changes
  // The columns from `begin` to `end` of a row.
  auto begin = [&](std::int64_t i) { return upper ? std::clamp<std::int64_t>(i + offset, 0, columns) : 0; };
  auto end = [&](std::int64_t i) { return upper ? columns : std::clamp<std::int64_t>(i + offset + 1, 0, columns); };
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < rows && columns > 0; ++i) count += end(i) - begin(i);
  Tensor y = empty({2, count}, int64, cpu);
  std::int64_t* row = y.data<std::int64_t>();
  std::int64_t* column = row + count;
  for (std::int64_t i = 0; i < rows && columns > 0; ++i) {
    for (std::int64_t j = begin(i); j < end(i); ++j) *row++ = i, *column++ = j;
  }
  return to(y, device);
}

}  // namespace

Tensors meshgrid(const Tensors& vectors, GridIndexing indexing) {
  check_vectors("meshgrid", vectors);
  const auto count = static_cast<int>(vectors.size());
  // The dimension along which a vector runs.
  auto along = [&](int i) { return indexing == GridIndexing::xy && count > 1 && i < 2 ? 1 - i : i; };
  Shape grid = Shape::filled(count, 1);
  for (int i = 0; i < count; ++i) grid[along(i)] = vectors[static_cast<std::size_t>(i)].numel();
  numel(grid, "meshgrid");
  Tensors result;
  for (int i = 0; i < count; ++i) {
    Shape shape = Shape::filled(count, 1);
    shape[along(i)] = grid[along(i)];
    result.push_back(broadcast_to(reshape(vectors[static_cast<std::size_t>(i)], shape), grid));
  }
  return result;
}
const Op meshgrid_op{"meshgrid"};

Tensor cartesian_prod(const Tensors& vectors) {
  check_vectors("cartesian_prod", vectors);
  if (vectors.size() == 1) return reshape(vectors[0], {vectors[0].numel()});
  Tensors columns = meshgrid(vectors);
  for (Tensor& x : columns) x = reshape(x, {x.numel()});
  return stack(columns, 1);
}
const Op cartesian_prod_op{"cartesian_prod"};

Tensor combinations(const Tensor& x, std::int64_t r, bool with_replacement) {
  check_inputs("combinations", {&x});
  check(x.ndim() == 1 && r >= 0, "combinations: there are no choices of {} out of {}; it must be a vector", r,
        describe(x));
  const std::int64_t n = x.numel();
  if (r == 0) return index_select(x, 0, empty({0}, int64, x.device()));  // PyTorch's answer
  check(n < most_elements && r < most_elements, "combinations: {} choices out of {} are more than can be listed", r, n);
  std::int64_t rows = 0;
  if (with_replacement && n > 0) rows = choices(n + r - 1, r);
  else if (!with_replacement && r <= n) rows = choices(n, r);
  numel({rows, r}, "combinations");
  Tensor places = empty({rows * r}, int64, cpu);
  std::vector<std::int64_t> row(static_cast<std::size_t>(rows > 0 ? r : 0), 0);
  if (!with_replacement) std::iota(row.begin(), row.end(), 0);
  std::int64_t* at = places.data<std::int64_t>();
  for (std::int64_t k = 0; k < rows; ++k) {
    at = std::copy(row.begin(), row.end(), at);
    // The last place that can move on moves on, and those after it begin anew behind it.
    auto last = [&](std::int64_t i) { return with_replacement ? n - 1 : n - r + i; };
    std::int64_t i = r - 1;
    while (i >= 0 && row[static_cast<std::size_t>(i)] == last(i)) --i;
    if (i < 0) break;
    std::int64_t next = ++row[static_cast<std::size_t>(i)];
    for (std::int64_t j = i + 1; j < r; ++j) row[static_cast<std::size_t>(j)] = with_replacement ? next : ++next;
  }
  return reshape(index_select(x, 0, to(places, x.device())), {rows, r});
}
const Op combinations_op{"combinations"};

Tensor tril_indices(std::int64_t rows, std::int64_t columns, std::int64_t offset, Device device) {
  return triangle_indices("tril_indices", rows, columns, offset, false, device);
}
Tensor triu_indices(std::int64_t rows, std::int64_t columns, std::int64_t offset, Device device) {
  return triangle_indices("triu_indices", rows, columns, offset, true, device);
}

}  // namespace adora
