#include "calls.h"

#include "adora.h"

#include <map>

namespace adora::reference {

namespace {
std::map<std::string, Maker>& makers() {
  static std::map<std::string, Maker> all;
  return all;
}
}  // namespace

RegisterCalls::RegisterCalls(std::initializer_list<std::pair<const char*, Maker>> calls) {
  for (const auto& [op, maker] : calls)
    check(makers().emplace(op, maker).second, "the op '{}' has calls in two files", op);
}

std::vector<Call> calls_for(const std::string& op, const Attributes& attributes) {
  auto found = makers().find(op);
  return found == makers().end() ? std::vector<Call>{} : found->second(attributes);
}

Maker one(std::function<Tensor(const Inputs&, const Attributes&)> f) {
  return [f](const Attributes& a) { return Ways{{"", [=](const Inputs& in) { return Tensors{f(in, a)}; }}}; };
}
Maker several(std::function<Tensors(const Inputs&, const Attributes&)> f) {
  return [f](const Attributes& a) { return Ways{{"", [=](const Inputs& in) { return f(in, a); }}}; };
}
Maker unary(Tensor (*f)(const Tensor&)) {
  return one([f](const Inputs& in, const Attributes&) { return f(in({"x", "a", "input"})); });
}
Maker binary(Tensor (*f)(const Tensor&, const Tensor&)) {
  return one([f](const Inputs& in, const Attributes&) { return f(in({"a", "x"}), in({"b", "y", "other"})); });
}

namespace {

Maker reduction(Tensor (*f)(const Tensor&, const Shape&, bool)) {
  return one([f](const Inputs& in, const Attributes& a) {
    return f(in("x"), a.list({"dim", "dims", "axis"}), a.flag({"keepdim", "keepdims"}, false));
  });
}

Tensor index_of(const Inputs& in) { return to(in({"index", "indices", "ids", "tokens"}), int64); }
Tensor condition_of(const Inputs& in) { return to(in({"condition", "cond", "mask"}), boolean); }

Ways gelu_ways(const Attributes& a) {
  const std::string kind = a.text("approximate", "none");
  check(kind == "none" || kind == "tanh", "gelu: approximate is '{}'; it can be none or tanh", kind);
  return {{"", [=](const Inputs& in) { return Tensors{kind == "tanh" ? gelu_tanh(in("x")) : gelu(in("x"))}; }}};
}

Tensor matmul_of(const Inputs& in, const Attributes& a) {
  Tensor x = in({"a", "x"}), y = in({"b", "y", "other"});
  if (a.flag({"transpose_a", "trans_a"}, false)) x = transpose(x);
  if (a.flag({"transpose_b", "trans_b"}, false)) y = transpose(y);
  return matmul(x, y);
}

Tensor norm_of(const Inputs& in, const Attributes& a) {
  check(a.number({"p", "ord"}, 2) == 2, "norm: only the Euclidean one is known");
  return norm(in("x"), a.list({"dim", "dims", "axis"}), a.flag({"keepdim", "keepdims"}, false));
}

Ways rms_norm_ways(const Attributes& a) {
  const double eps = a.number({"eps", "epsilon"}, 1e-5);
  auto way = [=](const char* what, Tensor (*f)(const Tensor&, const Tensor&, double)) {
    return Call{what, [=](const Inputs& in) { return Tensors{f(in("x"), in.optional({"weight", "gamma"}), eps)}; }};
  };
  return {way("fused", rms_norm), way("composed", rms_norm_composed)};
}

Ways layer_norm_ways(const Attributes& a) {
  const double eps = a.number({"eps", "epsilon"}, 1e-5);
  auto way = [=](const char* what, Tensor (*f)(const Tensor&, const Tensor&, const Tensor&, double)) {
    return Call{what, [=](const Inputs& in) {
                  return Tensors{f(in("x"), in.optional({"weight", "gamma"}), in.optional({"bias", "beta"}), eps)};
                }};
  };
  return {way("fused", layer_norm), way("composed", layer_norm_composed)};
}

CrossEntropyOptions loss_options(const Attributes& a) {
  const std::string reduction = a.text("reduction", "mean");
  check(reduction == "mean" || reduction == "sum" || reduction == "none", "cross_entropy: reduction is '{}'",
        reduction);
  return {.ignore_index = a.whole({"ignore_index"}, -100),
          .reduction = reduction == "mean"  ? Reduction::mean
                       : reduction == "sum" ? Reduction::sum
                                            : Reduction::none};
}

/// Batches of rows become rows; one loss for each row gets the batch's shape back.
Tensor by_rows(const Tensor& x, const Tensor& targets,
               const std::function<Tensor(const Tensor&, const Tensor&)>& loss) {
  if (x.ndim() == 2) return loss(x, targets);
  Tensor y = loss(reshape(x, {-1, x.size(-1)}), reshape(targets, {-1}));
  return y.ndim() == 0 ? y : reshape(y, targets.shape());
}

Tensor targets_of(const Inputs& in) { return to(in({"targets", "target", "labels", "index", "indices"}), int64); }

Tensor cross_entropy_of(const Inputs& in, const Attributes& a) {
  return by_rows(in({"logits", "x", "input"}), targets_of(in), [&](const Tensor& x, const Tensor& t) {
    CrossEntropyOptions options = loss_options(a);
    options.weight = in.optional({"weight"});
    options.label_smoothing = a.number({"label_smoothing"}, 0);
    return cross_entropy(x, t, options);
  });
}

Tensor linear_cross_entropy_of(const Inputs& in, const Attributes& a) {
  return by_rows(in({"x", "hidden"}), targets_of(in), [&](const Tensor& x, const Tensor& t) {
    return linear_cross_entropy(x, in("weight"), t, loss_options(a));
  });
}

Tensor rope_of(const Inputs& in, const Attributes& a) {
  const std::string layout = a.text("layout", a.flag({"interleaved"}, false) ? "interleaved" : "half");
  check(layout == "half" || layout == "interleaved", "rope: the layout '{}' is not known", layout);
  return rope(in("x"), {.theta = a.number({"theta", "base"}, 10000),
                        .layout = layout == "half" ? RopeLayout::half : RopeLayout::interleaved,
                        .start = a.whole({"start", "offset", "position"}, 0)});
}

Ways attention_ways(const Attributes& a) {
  AttentionOptions options{.causal = a.flag({"causal", "is_causal"}, false)};
  if (a.has("scale")) options.scale = a.number({"scale"}, 1);
  auto way = [=](const char* what, auto f) {
    return Call{what, [=](const Inputs& in) {
                  return Tensors{f(in({"q", "query"}), in({"k", "key"}), in({"v", "value"}), options)};
                }};
  };
  return {way("fused", scaled_dot_product_attention), way("composed", attention_composed)};
}

/// The frozen weight, quantized where the case says so.
FrozenMatrix weight_of(const Inputs& in, const Attributes& a) {
  if (!a.has("quantize")) return in("weight");
  const std::optional<QuantizedFormat> format = quantized_format(a.text("quantize", ""));
  check(format.has_value(), "the format '{}' is not known; it is nf4 or int8", a.text("quantize", ""));
  return quantize(in("weight"), *format);
}

const Tensor& A_of(const Inputs& in) { return in({"lora_A", "A", "vera_A"}); }
const Tensor& B_of(const Inputs& in) { return in({"lora_B", "B", "vera_B"}); }

Ways lora_ways(const Attributes& a) {
  auto way = [a, scale = a.scale()](const char* what, auto f) {
    return Call{what, [=](const Inputs& in) {
                  return Tensors{f(in("x"), weight_of(in, a), in.optional({"bias"}), A_of(in), B_of(in),
                                   LoraOptions{.scale = scale})};
                }};
  };
  return {way("fused", lora_linear), way("composed", lora_linear_composed)};
}

NormAxis axis_of(const Attributes& a) {
  const std::string axis = a.text("norm_axis", "output");
  check(axis == "output" || axis == "input", "the norm axis '{}' is not known; it is output or input", axis);
  return axis == "output" ? NormAxis::output : NormAxis::input;
}

/// Both low-rank matrices, VeRA's times its vectors, or none.
std::pair<Tensor, Tensor> factors_of(const Inputs& in) {
  Tensor A = in.optional({"lora_A", "A", "vera_A"}), B = in.optional({"lora_B", "B", "vera_B"});
  const Tensor d = in.optional({"vera_d", "d"}), b = in.optional({"vera_b", "b"});
  if (d.defined()) A = A * unsqueeze(d, 1);
  if (b.defined()) B = B * unsqueeze(b, 1);
  return {A, B};
}

Ways dora_ways(const Attributes& a) {
  auto way = [&](const char* what, auto f, DoraRoute route, bool reference_dropout) {
    DoraOptions options{.scale = a.scale(),
                        .reference_dropout = reference_dropout,
                        .norm_axis = axis_of(a),
                        .detach_norm = a.flag({"detach_norm"}, true),
                        .route = route};
    return Call{
        what, [=](const Inputs& in) {
          const auto [A, B] = factors_of(in);
          return Tensors{f(in("x"), weight_of(in, a), in.optional({"bias"}), A, B, in({"magnitude", "m"}), options)};
        }};
  };
  return {way("automatic", dora_linear, DoraRoute::automatic, false),
          way("factored", dora_linear, DoraRoute::factored, false),
          way("merged", dora_linear, DoraRoute::merged, false),
          way("composed", dora_linear_composed, DoraRoute::automatic, false),
          way("reference dropout of nothing", dora_linear, DoraRoute::automatic, true)};
}

Ways dora_weight_norm_ways(const Attributes& a) {
  const double scale = a.scale();
  const NormAxis axis = axis_of(a);
  const bool detach = a.flag({"detach", "detach_norm"}, false);
  Ways ways{{"fused", [=](const Inputs& in) {
               return Tensors{dora_weight_norm(weight_of(in, a), A_of(in), B_of(in), scale, axis, detach)};
             }}};
  if (!detach) {
    ways.push_back({"composed", [=](const Inputs& in) {
                      return Tensors{dora_weight_norm_composed(weight_of(in, a), A_of(in), B_of(in), scale, axis)};
                    }});
  }
  return ways;
}

Ways split_ways(const Attributes& a) {
  return {{"", [=](const Inputs& in) {
             const Tensor& x = in("x");
             const std::int64_t dim = a.whole({"dim", "axis"}, 0);
             Shape sizes = a.list({"sizes", "split_sizes", "split_size"});
             std::vector<std::int64_t> parts(sizes.begin(), sizes.end());
             if (parts.size() == 1) {
               // One number is the size of every part but the last.
               const std::int64_t each = parts[0];
               for (std::int64_t rest = x.size(dim) - each; rest > 0; rest -= each)
                 parts.push_back(std::min(each, rest));
             }
             return split(x, parts, dim);
           }}};
}

std::int64_t dim_of(const Attributes& a, std::int64_t otherwise) { return a.whole({"dim", "axis"}, otherwise); }

Tensor clamp_of(const Inputs& in, const Attributes& a) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return clamp(in("x"), a.number({"min", "low"}, -infinity), a.number({"max", "high"}, infinity));
}

Tensor slice_of(const Inputs& in, const Attributes& a) {
  return slice(in("x"), dim_of(a, 0), a.whole({"start"}, 0),
               a.whole({"end", "stop"}, std::numeric_limits<std::int64_t>::max()), a.whole({"step"}, 1));
}

using In = const Inputs&;
using At = const Attributes&;
const Maker attention = attention_ways;
const RegisterCalls calls{
    {"add", binary(add)},
    {"sub", binary(sub)},
    {"mul", binary(mul)},
    {"div", binary(div)},
    {"maximum", binary(maximum)},
    {"minimum", binary(minimum)},
    {"neg", unary(neg)},
    {"exp", unary(exp)},
    {"expm1", unary(expm1)},
    {"log", unary(log)},
    {"log1p", unary(log1p)},
    {"sqrt", unary(sqrt)},
    {"rsqrt", unary(rsqrt)},
    {"abs", unary(abs)},
    {"sin", unary(sin)},
    {"cos", unary(cos)},
    {"tanh", unary(tanh)},
    {"erf", unary(erf)},
    {"sigmoid", unary(sigmoid)},
    {"relu", unary(relu)},
    {"silu", unary(silu)},
    {"softplus", unary(softplus)},
    {"square", unary(square)},
    {"reciprocal", unary(reciprocal)},
    {"gelu", gelu_ways},
    {"gelu_tanh", unary(gelu_tanh)},
    {"leaky_relu", one([](In in, At a) {
       return leaky_relu(in("x"), a.number({"negative_slope", "slope"}, 0.01));
     })},
    {"pow", one([](In in, At a) {
       const Tensor exponent = in.optional({"b", "y", "exponent"});
       return exponent.defined() ? pow(in({"a", "x"}), exponent) : pow(in("x"), a.number({"exponent", "p"}, 2));
     })},
    {"affine", one([](In in, At a) { return affine(in("x"), a.number({"scale"}, 1), a.number({"shift"}, 0)); })},
    {"clamp", one(clamp_of)},
    {"clone", unary(clone)},
    {"contiguous", unary(contiguous)},
    {"matmul", one(matmul_of)},
    {"bmm", one(matmul_of)},
    {"linear", one([](In in, At a) {
       return a.has("quantize") ? frozen_linear(in("x"), weight_of(in, a), in.optional({"bias"}))
                                : linear(in("x"), in("weight"), in.optional({"bias"}));
     })},
    {"sum", reduction(sum)},
    {"mean", reduction(mean)},
    {"max", reduction(max)},
    {"min", reduction(min)},
    {"amax", reduction(max)},
    {"amin", reduction(min)},
    {"norm", one(norm_of)},
    {"argmax", one([](In in, At a) {
       return argmax(in("x"), dim_of(a, -1), a.flag({"keepdim", "keepdims"}, false));
     })},
    {"logsumexp", one([](In in, At a) {
       return logsumexp(in("x"), dim_of(a, -1), a.flag({"keepdim", "keepdims"}, false));
     })},
    {"softmax", one([](In in, At a) { return softmax(in("x"), dim_of(a, -1)); })},
    {"log_softmax", one([](In in, At a) { return log_softmax(in("x"), dim_of(a, -1)); })},
    {"rms_norm", rms_norm_ways},
    {"layer_norm", layer_norm_ways},
    {"gather", one([](In in, At a) { return gather(in("x"), dim_of(a, 0), index_of(in)); })},
    {"scatter_add", one([](In in, At a) {
       return scatter_add(in("x"), dim_of(a, 0), index_of(in), in({"src", "source"}));
     })},
    {"index_select", one([](In in, At a) { return index_select(in("x"), dim_of(a, 0), index_of(in)); })},
    {"index_add", one([](In in, At a) {
       return index_add(in("x"), dim_of(a, 0), index_of(in), in({"src", "source"}));
     })},
    {"embedding", one([](In in, At) {
       return embedding(in({"weight", "table"}), index_of(in));
     })},
    {"cat", one([](In in, At a) { return cat(in.all(), dim_of(a, 0)); })},
    {"concatenate", one([](In in, At a) { return cat(in.all(), dim_of(a, 0)); })},
    {"stack", one([](In in, At a) { return stack(in.all(), dim_of(a, 0)); })},
    {"split", split_ways},
    {"where", one([](In in, At) {
       return where(condition_of(in), in({"a", "x"}), in({"b", "y", "other"}));
     })},
    {"tril", one([](In in, At a) { return tril(in("x"), a.whole({"diagonal"}, 0)); })},
    {"triu", one([](In in, At a) { return triu(in("x"), a.whole({"diagonal"}, 0)); })},
    {"transpose", one([](In in, At a) {
       return transpose(in("x"), a.whole({"dim0", "a"}, -2), a.whole({"dim1", "b"}, -1));
     })},
    {"permute", one([](In in, At a) {
       return permute(in("x"), a.list({"dims", "order", "dim"}));
     })},
    {"reshape", one([](In in, At a) { return reshape(in("x"), a.list({"shape"})); })},
    {"broadcast_to", one([](In in, At a) {
       return broadcast_to(in("x"), a.list({"shape", "size"}));
     })},
    {"expand", one([](In in, At a) {
       return broadcast_to(in("x"), a.list({"shape", "size"}));
     })},
    {"slice", one(slice_of)},
    {"select", one([](In in, At a) { return select(in("x"), dim_of(a, 0), a.whole({"index"}, 0)); })},
    {"unsqueeze", one([](In in, At a) { return unsqueeze(in("x"), dim_of(a, 0)); })},
    {"squeeze", one([](In in, At a) { return squeeze(in("x"), dim_of(a, 0)); })},
    {"cross_entropy", one(cross_entropy_of)},
    {"linear_cross_entropy", one(linear_cross_entropy_of)},
    {"rope", one(rope_of)},
    {"scaled_dot_product_attention", attention},
    {"attention", attention},
    {"swiglu", one([](In in, At) {
       return swiglu(in({"gate", "a", "x"}), in({"up", "b", "y"}));
     })},
    {"low_rank_matmul", one([](In in, At a) { return low_rank_matmul(in("x"), A_of(in), B_of(in), a.scale()); })},
    {"lora_linear", lora_ways},
    {"dora_linear", dora_ways},
    {"dora_weight_norm", dora_weight_norm_ways},
    {"dora_merge", one([](In in, At a) {
       return dora_merge(in("weight"), A_of(in), B_of(in), in({"magnitude", "m"}), a.scale(), axis_of(a));
     })},
    {"vera_linear", one([](In in, At a) {
       return vera_linear(in("x"), weight_of(in, a), in.optional({"bias"}), A_of(in), B_of(in), in({"vera_d", "d"}),
                          in({"vera_b", "b"}), {.scale = a.scale()});
     })},
};

}  // namespace
}  // namespace adora::reference
