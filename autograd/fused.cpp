#include "fused.h"

#include "backward.h"
#include "variable.h"

namespace adora {

void record_fused(const char* op, const Tensors& outputs, const Tensors& inputs, std::initializer_list<ToSave> saved,
                  GradientFn gradient, GradientFn composed) {
  check(composed != nullptr, "{}: its composed gradient is empty", op);
  detail::record_node(op, outputs, inputs, saved, std::move(gradient), std::move(composed));
}

Tensors gradients_through(const std::function<Tensors(const Tensors&)>& f, const Tensors& inputs,
                          const Tensors& arrived) {
  const bool record_pass = grad_enabled();
  GradMode mode(true);
  // Each input as a tensor of its own: one tensor may be several inputs.
  Tensors own, wanted, outputs, upstream;
  for (const Tensor& x : inputs) {
    if (!grad_required(x)) own.push_back(x);
    else if (record_pass) own.push_back(record("alias", x.detach(), input(x, [](const Tensor& g) { return g; })));
    else own.push_back(requires_grad(x.detach()));
    if (grad_required(x)) wanted.push_back(own.back());
  }
  const Tensors all = f(own);
  check(all.size() == arrived.size(), "gradients_through: the function gave {} tensors for {} gradients", all.size(),
        arrived.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!arrived[i].defined() || !grad_required(all[i])) continue;
    outputs.push_back(all[i]), upstream.push_back(arrived[i]);
  }
  Tensors found(wanted.size());
  if (!outputs.empty() && !wanted.empty()) {
    found =
        gradients(outputs, wanted,
                  {.create_graph = record_pass, .allow_unused = true, .gradients = upstream, .through_inputs = false});
  }
  Tensors results;
  for (std::size_t i = 0, k = 0; i < own.size(); ++i)
    results.push_back(grad_required(inputs[i]) ? found[k++] : Tensor());
  return results;
}

Tensor where_asked(std::size_t input, const Tensor& x) {
  return !x.defined() || input_grad_required(input) ? x : x.detach();
}

}  // namespace adora
