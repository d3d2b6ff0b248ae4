#include "calls.h"

namespace adora::reference {
namespace {

Reduction reduction_of(const Attributes& a) {
  const std::string name = a.text("reduction", "mean");
  if (name == "mean") return Reduction::mean;
  if (name == "sum") return Reduction::sum;
  check(name == "none" || name == "batchmean", "reduction is '{}'", name);
  return name == "none" ? Reduction::none : Reduction::batchmean;
}

Tensor classes_of(const Inputs& in) { return to(in({"targets", "target"}), int64); }

/// The loss of an input and a target that has only a reduction.
Maker pair(Tensor (*loss)(const Tensor&, const Tensor&, Reduction)) {
  return one([=](const Inputs& in, const Attributes& a) { return loss(in("input"), in("target"), reduction_of(a)); });
}

using In = const Inputs&;
using At = const Attributes&;
const RegisterCalls calls{
    {"mse_loss", pair(mse_loss)},
    {"l1_loss", pair(l1_loss)},
    {"soft_margin_loss", pair(soft_margin_loss)},
    {"huber_loss",
     one([](In in, At a) { return huber_loss(in("input"), in("target"), reduction_of(a), a.number({"delta"}, 1)); })},
    {"smooth_l1_loss", one([](In in, At a) {
       return smooth_l1_loss(in("input"), in("target"), reduction_of(a), a.number({"beta"}, 1));
     })},
    {"binary_cross_entropy", one([](In in, At a) {
       return binary_cross_entropy(in("input"), in("target"), in.optional({"weight"}), reduction_of(a));
     })},
    {"binary_cross_entropy_with_logits", one([](In in, At a) {
       return binary_cross_entropy_with_logits(in("input"), in("target"),
                                               {.weight = in.optional({"weight"}),
                                                .reduction = reduction_of(a),
                                                .pos_weight = in.optional({"pos_weight"})});
     })},
    {"kl_div", one([](In in, At a) {
       return kl_div(in("input"), in("target"), reduction_of(a), a.flag({"log_target"}, false));
     })},
    {"nll_loss", one([](In in, At a) {
       return nll_loss(in("input"), classes_of(in),
                       {.weight = in.optional({"weight"}),
                        .ignore_index = a.whole({"ignore_index"}, -100),
                        .reduction = reduction_of(a)});
     })},
};

}  // namespace
}  // namespace adora::reference
