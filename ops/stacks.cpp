#include "stacks.h"

#include "join.h"
#include "op.h"
#include "reshape.h"

namespace adora {
namespace {

/// The parts, which can be joined along `dim`, each with at least so many dimensions.
Tensor joined(const char* op, const Tensors& parts, Tensor (*shaped)(const Tensor&), int dim) {
  check(!parts.empty(), "{}: there is no tensor to join", op);
  Tensors thick;
  for (const Tensor& part : parts) {
    check_inputs(op, {&parts[0], &part});
    thick.push_back(shaped(part));
    Shape wanted = thick[0].shape(), shape = thick.back().shape();
    const int d = std::min(dim, wanted.size() - 1);
    if (shape.size() == wanted.size()) shape[d] = wanted[d];
    check(shape == wanted && part.dtype() == parts[0].dtype(),
          "{}: {} and {} cannot be joined: dtype and all other sizes must be the same", op, describe(parts[0]),
          describe(part));
  }
  return cat(thick, std::min(dim, thick[0].ndim() - 1));
}

}  // namespace

Tensor hstack(const Tensors& parts) { return joined("hstack", parts, atleast_1d, 1); }
const Op hstack_op{"hstack"};

Tensor vstack(const Tensors& parts) { return joined("vstack", parts, atleast_2d, 0); }
const Op vstack_op{"vstack"};

Tensor dstack(const Tensors& parts) { return joined("dstack", parts, atleast_3d, 2); }
const Op dstack_op{"dstack"};

}  // namespace adora
