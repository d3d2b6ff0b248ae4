#include "fused.h"

#include "backward.h"
#include "variable.h"

namespace adora {

void record_fused(const char* op, const Tensors& outputs, const Tensors& inputs, std::initializer_list<ToSave> saved,
                  GradientFn gradient, GradientFn composed) {
  check(composed != nullptr, "{}: its composed gradient is empty", op);
  detail::record_node(op, outputs, inputs, saved, std::move(gradient), std::move(composed));
}

Tensors detail::gradients_at(Tensors outputs, const Tensors& tensors, const Tensors& arrived, bool create_graph) {
  Tensors reached, upstream, wanted;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!arrived[i].defined() || !grad_required(outputs[i])) continue;
    reached.push_back(outputs[i]), upstream.push_back(arrived[i]);
  }
  for (const Tensor& x : tensors) {
    if (x.defined()) wanted.push_back(x);
  }
  Tensors results(tensors.size());
  if (reached.empty() || wanted.empty()) return results;
  outputs.clear();  // an output that nothing depends on need not be kept
  const Tensors found =
      gradients(reached, wanted,
                {.create_graph = create_graph, .allow_unused = true, .gradients = upstream, .through_inputs = false});
  for (std::size_t i = 0, k = 0; i < tensors.size(); ++i) {
    if (tensors[i].defined()) results[i] = found[k++];
  }
  return results;
}

Tensors gradients_through(const std::function<Tensors(const Tensors&)>& f, const Tensors& inputs,
                          const Tensors& arrived) {
  const bool record_pass = grad_enabled();
  GradMode mode(true);
  // Each input as a tensor of its own: one tensor may be several inputs.
  Tensors own = inputs, wanted(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& x = inputs[i];
    if (!grad_required(x)) continue;
    own[i] = record_pass ? record("alias", x.detach(), input(x, [](const Tensor& g) { return g; }))
                         : requires_grad(x.detach());
    wanted[i] = own[i];
  }
  Tensors outputs = f(own);
  check(outputs.size() == arrived.size(), "gradients_through: the function gave {} tensors for {} gradients",
        outputs.size(), arrived.size());
  return detail::gradients_at(std::move(outputs), wanted, arrived, record_pass);
}

Tensor where_asked(std::size_t input, const Tensor& x) {
  return !x.defined() || input_grad_required(input) ? x : x.detach();
}

}  // namespace adora
