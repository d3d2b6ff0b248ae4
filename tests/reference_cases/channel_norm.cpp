#include "calls.h"

#include "ops/channel_norm.h"

namespace adora::reference {
namespace {

/// Running values are inputs that the op changes: what they are after the call is an output.
Ways batch_norm_ways(const Attributes& a) {
  const BatchNormOptions options{
      .training = a.flag({"training"}, false), .momentum = a.number({"momentum"}, 0.1), .eps = a.number({"eps"}, 1e-5)};
  return {{"", [=](const Inputs& in) {
             const Tensor mean = clone(in("running_mean")), var = clone(in("running_var"));
             const Tensor y = batch_norm(in("x"), mean, var, in.optional({"weight"}), in.optional({"bias"}), options);
             return Tensors{mean, var, y};
           }}};
}

Ways group_norm_ways(const Attributes& a) {
  auto way = [&](const char* what, auto f) {
    return Call{what, [=](const Inputs& in) {
                  return Tensors{f(in("x"), a.whole({"num_groups"}, 1), in.optional({"weight"}), in.optional({"bias"}),
                                   a.number({"eps"}, 1e-5))};
                }};
  };
  return {way("fused", group_norm), way("composed", group_norm_composed)};
}

Ways instance_norm_ways(const Attributes& a) {
  const InstanceNormOptions options{.eps = a.number({"eps"}, 1e-5)};
  auto way = [&](const char* what, auto f) {
    return Call{what, [=](const Inputs& in) {
                  return Tensors{f(in("x"), {}, {}, in.optional({"weight"}), in.optional({"bias"}), options)};
                }};
  };
  return {way("fused", instance_norm), way("composed", instance_norm_composed)};
}

const RegisterCalls calls{
    {"batch_norm", batch_norm_ways}, {"group_norm", group_norm_ways}, {"instance_norm", instance_norm_ways}};

}  // namespace
}  // namespace adora::reference
