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

Tensor lengths_of(const Attributes& a, const char* name, Device device) {
  const Shape lengths = a.list({name});
  return to(tensor(std::vector<std::int64_t>(lengths.begin(), lengths.end())), device);
}

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
    {"hinge_embedding_loss",
     one([](In in, At a) { return hinge_embedding_loss(in("input"), in("target"), a.number({"margin"}, 1)); })},
    {"poisson_nll_loss", one([](In in, At) { return poisson_nll_loss(in("input"), in("target")); })},
    {"gaussian_nll_loss", one([](In in, At) { return gaussian_nll_loss(in("input"), in("target"), in("var")); })},
    {"cosine_embedding_loss",
     one([](In in, At a) { return cosine_embedding_loss(in("a"), in("b"), in("target"), a.number({"margin"}, 0)); })},
    {"margin_ranking_loss",
     one([](In in, At a) { return margin_ranking_loss(in("a"), in("b"), in("target"), a.number({"margin"}, 0)); })},
    {"triplet_margin_loss", one([](In in, At a) {
       return triplet_margin_loss(in("anchor"), in("positive"), in("negative"), {.margin = a.number({"margin"}, 1)});
     })},
    {"multi_margin_loss", one([](In in, At) { return multi_margin_loss(in("input"), classes_of(in)); })},
    {"multilabel_soft_margin_loss",
     one([](In in, At) { return multilabel_soft_margin_loss(in("input"), in("target")); })},
    {"ctc_loss", one([](In in, At a) {
       const Device device = in("log_probs").device();
       return ctc_loss(log_softmax(in("log_probs"), 2), in("targets"), lengths_of(a, "input_lengths", device),
                       lengths_of(a, "target_lengths", device));
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
