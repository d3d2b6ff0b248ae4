#include "einsum.h"

#include <algorithm>
#include <array>
#include <string>

#include "../core/printable.h"
#include "arithmetic.h"
#include "matmul.h"
#include "op.h"
#include "reduce.h"
#include "view.h"

namespace adora {
namespace {

/// An index by its number: a letter's ASCII code, or beyond those one of the dimensions that "..." stands for.
using Index = int;
using Indices = std::vector<Index>;
constexpr Index first_unnamed = 128;
constexpr Index index_count = first_unnamed + Shape::max_size;

bool has(const Indices& all, Index index) { return std::find(all.begin(), all.end(), index) != all.end(); }

/// What a letter stands for in messages.
std::string text(Index index) { return index < first_unnamed ? std::string(1, static_cast<char>(index)) : "..."; }

/// A tensor with an index for each of its dimensions.
struct Term {
  Tensor x;
  Indices indices;
};

/// The letters of an operand or of the result; "..." is `first_unnamed`, once.
Indices parsed(std::string_view equation, std::string_view subscripts) {
  Indices result;
  for (std::size_t i = 0; i < subscripts.size(); ++i) {
    const char c = subscripts[i];
    if (c == ' ') continue;
    if (subscripts.substr(i, 3) == "...") {
      check(!has(result, first_unnamed), "einsum: '{}' has '...' twice in one operand", equation);
      result.push_back(first_unnamed);
      i += 2;
      continue;
    }
    check((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), "einsum: '{}' has '{}' where a letter or '...' should be",
          equation, shortened(std::string(1, c)));
    result.push_back(c);
  }
  return result;
}

class Equation {
 public:
  Equation(std::string_view equation, const Tensors& operands) : equation_(shortened(equation)) {
    const std::size_t arrow = equation.find("->");
    std::string_view left = equation.substr(0, arrow);
    std::vector<Indices> subscripts;
    for (std::size_t begin = 0; begin <= left.size();) {
      const std::size_t end = std::min(left.find(',', begin), left.size());
      subscripts.push_back(parsed(equation_, left.substr(begin, end - begin)));
      begin = end + 1;
    }
    check(subscripts.size() == operands.size(), "einsum: '{}' is for {} operands; there are {}", equation_,
          subscripts.size(), operands.size());
    sizes_.fill(1);
    for (std::size_t i = 0; i < operands.size(); ++i) terms.push_back(named(operands[i], subscripts[i]));
    for (Term& term : terms) term = stretchable(std::move(term));
    if (arrow == std::string_view::npos) implicit_result();
    else explicit_result(parsed(equation_, equation.substr(arrow + 2)));
    check(result.size() <= Shape::max_size, "einsum: '{}' gives more than {} dimensions", equation_, Shape::max_size);
  }

  std::vector<Term> terms;
  Indices result;
  std::int64_t size(Index index) const { return sizes_[static_cast<std::size_t>(index)]; }
  const std::string& equation() const { return equation_; }

 private:
  /// An operand with an index for each dimension, each once. The last of the unnamed ones is the same for all.
  Term named(const Tensor& x, const Indices& subscripts) {
    const bool unnamed = has(subscripts, first_unnamed);
    const int letters = static_cast<int>(subscripts.size()) - (unnamed ? 1 : 0), others = x.ndim() - letters;
    check(unnamed ? others >= 0 : others == 0, "einsum: '{}' has {} letters for {}", equation_, letters, describe(x));
    Term term{x, {}};
    for (Index index : subscripts) {
      if (index != first_unnamed) {
        term.indices.push_back(index);
        ++uses_[static_cast<std::size_t>(index)];
      } else {
        for (int i = others; i > 0; --i) term.indices.push_back(index_count - i);
        unnamed_ = std::max(unnamed_, others);
      }
    }
    for (std::size_t i = 0; i < term.indices.size(); ++i) {
      const std::int64_t own = x.shape()[static_cast<int>(i)];
      std::int64_t& size = sizes_[static_cast<std::size_t>(term.indices[i])];
      check(own == size || own == 1 || size == 1, "einsum: '{}' of '{}' has the size {} in one place and {} in {}",
            text(term.indices[i]), equation_, size, own, describe(x));
      if (own != 1) size = own;
    }
    return diagonals(std::move(term));
  }

  /// Indices that occur twice are the diagonal of two dimensions: every (n + 1)th number of both as one.
  Term diagonals(Term term) const {
    for (std::size_t j = 1; j < term.indices.size(); ++j) {
      const auto first = std::find(term.indices.begin(), term.indices.end(), term.indices[j]) - term.indices.begin();
      if (first == static_cast<std::ptrdiff_t>(j)) continue;
      const int a = static_cast<int>(first), b = static_cast<int>(j);
      const std::int64_t n = term.x.shape()[a];
      check(term.x.shape()[b] == n, "einsum: '{}' of '{}' stands for the sizes {} and {} of {}", text(term.indices[j]),
            equation_, n, term.x.shape()[b], describe(term.x));
      Shape order, shape;
      for (int d = 0; d < term.x.ndim(); ++d) {
        if (d != a && d != b) order.push_back(d), shape.push_back(term.x.shape()[d]);
      }
      order.push_back(a), order.push_back(b), shape.push_back(n * n);
      term.x = slice(reshape(permute(term.x, order), shape), -1, 0, n * n, n + 1);
      const Index index = term.indices[j];
      term.indices.erase(term.indices.begin() + b), term.indices.erase(term.indices.begin() + a);
      term.indices.push_back(index);
      j = 0;
    }
    return term;
  }

  /// Without the dimensions of size 1 that are stretched: what is the same all along an index does not depend on it.
  Term stretchable(Term term) const {
    for (std::size_t i = term.indices.size(); i-- > 0;) {
      const int d = static_cast<int>(i);
      if (term.x.shape()[d] == size(term.indices[i])) continue;
      term.x = squeeze(term.x, d);
      term.indices.erase(term.indices.begin() + d);
    }
    return term;
  }

  void add_unnamed() {
    for (int i = unnamed_; i > 0; --i) result.push_back(index_count - i);
  }
  void implicit_result() {
    add_unnamed();
    for (Index index = 0; index < first_unnamed; ++index) {
      if (uses_[static_cast<std::size_t>(index)] == 1) result.push_back(index);
    }
  }
  void explicit_result(const Indices& subscripts) {
    for (Index index : subscripts) {
      if (index == first_unnamed) {
        add_unnamed();
        continue;
      }
      check(uses_[static_cast<std::size_t>(index)] > 0, "einsum: '{}' has '{}' in the result and in no operand",
            equation_, text(index));
      check(!has(result, index), "einsum: '{}' has '{}' twice in the result", equation_, text(index));
      result.push_back(index);
    }
  }

  std::string equation_;
  std::array<std::int64_t, index_count> sizes_{};
  std::array<int, first_unnamed> uses_{};
  int unnamed_ = 0;
};

/// Summed over the indices that are not wanted.
Term summed(Term term, const Indices& wanted) {
  Shape dims;
  Indices left;
  for (std::size_t i = 0; i < term.indices.size(); ++i) {
    if (has(wanted, term.indices[i])) left.push_back(term.indices[i]);
    else dims.push_back(static_cast<std::int64_t>(i));
  }
  return dims.empty() ? term : Term{sum(term.x, dims), left};
}

/// The dimensions in the order of their indices.
Tensor ordered(const Term& term, const Indices& indices) {
  Shape order;
  bool same = true;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const auto at = std::find(term.indices.begin(), term.indices.end(), indices[i]) - term.indices.begin();
    order.push_back(at);
    same = same && at == static_cast<std::ptrdiff_t>(i);
  }
  return same ? term.x : permute(term.x, order);
}

Indices operator+(Indices a, const Indices& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Two terms and the indices of their product that are still needed.
struct Pair {
  Indices both, contracted, left, right;

  Pair(const Term& a, const Term& b, const Indices& needed) {
    for (Index index : a.indices) {
      if (has(b.indices, index)) (has(needed, index) ? both : contracted).push_back(index);
      else if (has(needed, index)) left.push_back(index);
    }
    for (Index index : b.indices) {
      if (!has(a.indices, index) && has(needed, index)) right.push_back(index);
    }
  }
};

/// Σ a·b over what is not needed, as products of matrices [both, left, contracted] and [both, contracted, right].
Term contracted(Term a, Term b, const Indices& needed, const Equation& equation) {
  const Pair pair(a, b, needed);
  a = summed(std::move(a), pair.both + pair.left + pair.contracted);
  b = summed(std::move(b), pair.both + pair.contracted + pair.right);
  auto size_of_all = [&](const Indices& indices) {
    std::int64_t size = 1;
    for (Index index : indices) size *= equation.size(index);
    return size;
  };
  const std::int64_t batch = size_of_all(pair.both), m = size_of_all(pair.left), k = size_of_all(pair.contracted),
                     n = size_of_all(pair.right);
  Term result{{}, pair.both + pair.left + pair.right};
  check(result.indices.size() <= Shape::max_size, "einsum: a product on the way to '{}' has more than {} dimensions",
        equation.equation(), Shape::max_size);
  Tensor x = ordered(a, pair.both + pair.left + pair.contracted),
         y = ordered(b, pair.both + pair.contracted + pair.right);
  if (pair.contracted.empty()) {
    result.x = reshape(x, {batch, m, 1}) * reshape(y, {batch, 1, n});
  } else if (pair.both.empty()) {
    result.x = matmul(reshape(x, {m, k}), reshape(y, {k, n}));
  } else if (pair.left.empty() && pair.right.empty()) {
    result.x = sum(reshape(x, {batch, k}) * reshape(y, {batch, k}), {1});
  } else {
    result.x = matmul(reshape(x, {batch, m, k}), reshape(y, {batch, k, n}));
  }
  Shape shape;
  for (Index index : result.indices) shape.push_back(equation.size(index));
  result.x = reshape(result.x, shape);
  return result;
}

/// The indices that the result or a term other than these two has.
Indices needed_beyond(const Equation& equation, std::size_t i, std::size_t j) {
  Indices needed = equation.result;
  for (std::size_t k = 0; k < equation.terms.size(); ++k) {
    if (k != i && k != j) needed = std::move(needed) + equation.terms[k].indices;
  }
  return needed;
}

/// The two terms whose product is larger than they are by the least.
std::pair<std::size_t, std::size_t> cheapest_pair(const Equation& equation) {
  const std::vector<Term>& terms = equation.terms;
  std::pair<std::size_t, std::size_t> best{0, 1};
  if (terms.size() == 2) return best;
  double least = 0;
  for (std::size_t j = 1; j < terms.size(); ++j) {
    for (std::size_t i = 0; i < j; ++i) {
      const Pair pair(terms[i], terms[j], needed_beyond(equation, i, j));
      double growth = 1;
      for (Index index : pair.both + pair.left + pair.right) growth *= static_cast<double>(equation.size(index));
      growth -= static_cast<double>(terms[i].x.numel()) + static_cast<double>(terms[j].x.numel());
      if (j == 1 || growth < least) least = growth, best = {i, j};
    }
  }
  return best;
}

}  // namespace

Tensor einsum(std::string_view equation, const Tensors& operands) {
  check(!operands.empty(), "einsum: '{}' has no operands", shortened(equation));
  for (const Tensor& x : operands) {
    check_inputs("einsum", {&operands[0], &x});
    check(is_floating(x.dtype()) && x.dtype() == operands[0].dtype(),
          "einsum: {} and {} must have one floating dtype; convert with to(x, dtype)", describe(operands[0]),
          describe(x));
  }
  Equation all(equation, operands);
  while (all.terms.size() > 1) {
    const auto pair = cheapest_pair(all);
    Term product =
        contracted(all.terms[pair.first], all.terms[pair.second], needed_beyond(all, pair.first, pair.second), all);
    all.terms.erase(all.terms.begin() + static_cast<std::ptrdiff_t>(pair.second));
    all.terms[pair.first] = std::move(product);
  }
  return ordered(summed(all.terms[0], all.result), all.result);
}
const Op einsum_op{"einsum"};

Tensor tensordot(const Tensor& a, const Tensor& b, std::int64_t dims) {
  check_inputs("tensordot", {&a, &b});
  check(dims >= 0 && dims <= a.ndim() && dims <= b.ndim(), "tensordot: {} and {} have not {} dimensions to sum over",
        describe(a), describe(b), dims);
  Shape last, first;
  for (std::int64_t i = 0; i < dims; ++i) last.push_back(a.ndim() - dims + i), first.push_back(i);
  return tensordot(a, b, last, first);
}

Tensor tensordot(const Tensor& a, const Tensor& b, const Shape& dims_a, const Shape& dims_b) {
  const char* op = "tensordot";
  check_inputs(op, {&a, &b});
  check(is_floating(a.dtype()) && a.dtype() == b.dtype(), "{}: {} and {} must have one floating dtype", op, describe(a),
        describe(b));
  check(dims_a.size() == dims_b.size(), "{}: dimensions {} of the one and {} of the other are not as many", op, dims_a,
        dims_b);
  // The dimensions that stay, those that are summed over, and the sizes of the former.
  struct Side {
    Shape stays, summed, sizes;
    std::int64_t rows = 1, inner = 1;
  };
  auto side = [&](const Tensor& x, const Shape& dims) {
    Side result;
    Shape taken = Shape::filled(x.ndim(), 0);
    for (std::int64_t dim : dims) {
      const int d = wrap_dim(op, dim, x.ndim());
      check(taken[d] == 0, "{}: dimension {} of {} is named twice", op, dim, describe(x));
      taken[d] = 1;
      result.summed.push_back(d);
      result.inner *= x.shape()[d];
    }
    for (int d = 0; d < x.ndim(); ++d) {
      if (taken[d]) continue;
      result.stays.push_back(d), result.sizes.push_back(x.shape()[d]);
      result.rows *= x.shape()[d];
    }
    return result;
  };
  Side left = side(a, dims_a), right = side(b, dims_b);
  for (int i = 0; i < dims_a.size(); ++i) {
    const std::int64_t one = a.size(dims_a[i]), other = b.size(dims_b[i]);
    check(one == other, "{}: dimension {} of {} and {} of {} differ in size", op, dims_a[i], describe(a), dims_b[i],
          describe(b));
  }
  Shape order_a = left.stays, order_b = right.summed, shape = left.sizes;
  for (std::int64_t d : left.summed) order_a.push_back(d);
  for (std::int64_t d : right.stays) order_b.push_back(d);
  for (std::int64_t size : right.sizes) shape.push_back(size);
  return reshape(matmul(reshape(permute(a, order_a), {left.rows, left.inner}),
                        reshape(permute(b, order_b), {right.inner, right.rows})),
                 shape);
}
const Op tensordot_op{"tensordot"};

}  // namespace adora
