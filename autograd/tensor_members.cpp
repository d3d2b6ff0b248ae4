#include "backward.h"
#include "variable.h"

namespace adora {
namespace {
const Tensor& tensor_of(const TensorMembers& x) { return static_cast<const Tensor&>(x); }
}  // namespace

void TensorMembers::backward() const { adora::backward(tensor_of(*this)); }
void TensorMembers::backward(const Tensor& gradient) const { adora::backward(tensor_of(*this), gradient); }
Tensor TensorMembers::grad() const { return adora::grad(tensor_of(*this)); }
void TensorMembers::clear_grad() const { adora::clear_grad(tensor_of(*this)); }
bool TensorMembers::requires_grad() const { return grad_required(tensor_of(*this)); }
Tensor TensorMembers::requires_grad_(bool required) const { return adora::requires_grad(tensor_of(*this), required); }
bool TensorMembers::is_leaf() const { return adora::is_leaf(tensor_of(*this)); }

}  // namespace adora
