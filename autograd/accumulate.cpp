#include "accumulate.h"

#include <mutex>

#include "../backends/basic.h"
#include "record.h"
#include "variable.h"

namespace adora {
namespace {

/// The sum of two gradients of one tensor, differentiable where recording is on.
Tensor sum_of(const Tensor& a, const Tensor& b) {
  Tensor y = empty_like(a);
  backends::add(a, b, y);
  return record("accumulate", y, input(a, [](const Tensor& g) { return g; }),
                input(b, [](const Tensor& g) { return g; }));
}

/// Whether nobody else sees the tensor's memory, so that it may be changed.
bool owned(const Tensor& x) { return x.use_count() == 1 && x.storage().use_count() == 1 && x.is_contiguous(); }

}  // namespace

void detail::add_into(Tensor& sum, Tensor gradient) {
  if (!sum.defined()) {
    sum = std::move(gradient);
  } else if (!grad_enabled() && owned(sum)) {
    backends::add(sum, gradient, sum);
  } else {
    sum = sum_of(sum, gradient);
  }
}

void detail::add_to_leaf(AutogradMeta& leaf, Tensor gradient) {
  static std::mutex locks[16];
  std::lock_guard lock(locks[reinterpret_cast<std::uintptr_t>(&leaf) / sizeof(AutogradMeta) % 16]);
  // One that is a view somebody gave, perhaps with elements that share their place.
  const bool view = leaf.grad.defined() && !leaf.grad.is_contiguous();
  if (leaf.grad.defined() && (view || grad_enabled() || grad_required(leaf.grad))) {
    leaf.grad = sum_of(leaf.grad, gradient);
  } else if (leaf.grad.defined()) {
    backends::add(leaf.grad, gradient, leaf.grad);
    leaf.grad.storage()->bump_version();
  } else if (grad_required(gradient) || owned(gradient)) {
    leaf.grad = std::move(gradient);
  } else {
    // Others see this memory (two leaves may get the same gradient): the leaf keeps a copy.
    leaf.grad = empty_like(gradient);
    backends::copy(gradient, leaf.grad);
  }
}

}  // namespace adora
