#include <cmath>
#include <limits>

#include "../../refused.h"

using namespace adora;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max(),
                       least = std::numeric_limits<std::int64_t>::min();

}  // namespace

TEST_CASE("a value that a dtype of whole numbers has not is an error") {
  const Tensor bytes = zeros({2}, uint8);
  check_refused({
      {"full", [] { full({}, 300, uint8); }},
      {"full", [] { full({}, -1, uint8); }},
      {"full", [] { full({}, 0.5, int64); }},
      {"full", [] { full({}, not_a_number, int64); }},
      {"full", [] { full({}, inf, int32); }},
      {"full", [] { full({}, 0x1p63, int64); }},
      {"full", [] { full({}, 0x1p31, int32); }},
      {"full", [] { full({}, 2, boolean); }},
      {"fill_", [=] { fill_(bytes, 256); }},
      {"fill_", [=] { fill_(bytes, not_a_number); }},
      {"arange", [] { arange(257, uint8); }},
      {"arange", [] { arange(3, boolean); }},
  });
  CHECK(item(full({}, 255, uint8)) == 255);
  CHECK(item(full({}, -0x1p63, int64)) == -0x1p63);
  CHECK(item(full({}, -0x1p31, int32)) == -0x1p31);
  CHECK(item(full({}, 1, boolean)) == 1);
  CHECK(std::isnan(item(full({}, not_a_number))));
  CHECK(arange(256, uint8).numel() == 256);
  CHECK(arange(2, boolean).numel() == 2);
}

TEST_CASE("tensors refuse to be made of nonsense") {
  Generator g(1);
  const Tensor none;
  check_refused({
      {"full", [] { full({-1}, 0); }},
      {"full",
       [] {
         full({most, 2}, 0);
       }},
      {"zeros",
       [] {
         zeros({2, -2});
       }},
      {"ones",
       [] {
         ones({most, most, 0});
       }},
      {"zeros_like", [=] { zeros_like(none); }},
      {"ones_like", [=] { ones_like(none); }},
      {"arange", [] { arange(-1); }},
      {"uniform", [&] { uniform({2}, 1, -1, g); }},
      {"uniform", [&] { uniform({2}, not_a_number, 1, g); }},
      {"uniform", [&] { uniform({2}, 0, inf, g); }},
      {"uniform", [&] { uniform({2}, -1.7e308, 1.7e308, g); }},
      {"uniform", [&] { uniform({-2}, 0, 1, g); }},
      {"uniform", [&] { uniform({2}, 0, 1, g, int64); }},
      {"normal", [&] { normal({2}, 0, -1, g); }},
      {"normal", [&] { normal({2}, 0, not_a_number, g); }},
      {"normal", [&] { normal({2}, inf, 1, g); }},
      {"normal", [&] { normal({-2}, 0, 1, g); }},
      {"normal", [&] { normal({2}, 0, 1, g, boolean); }},
      {"tensor",
       [] {
         tensor(std::vector<float>{1, 2}, {3});
       }},
      {"tensor",
       [] {
         tensor(std::vector<float>{1, 2}, {-2});
       }},
      {"copy_", [] { copy_(zeros({2}), zeros({3})); }},
  });
  CHECK(to_vector<double>(uniform({2}, 3, 3, g)) == std::vector<double>{3, 3});
  CHECK(to_vector<double>(normal({2}, 3, 0, g)) == std::vector<double>{3, 3});
}

TEST_CASE("views refuse dimensions and shapes that are not there, under their own names") {
  const Tensor x = zeros({2, 3}), deep = zeros({1, 1, 1, 1, 1, 1, 1, 1});
  check_refused({
      {"transpose", [=] { transpose(x, 0, 2); }},
      {"transpose", [=] { transpose(zeros({})); }},
      {"transpose", [=] { transpose(x, least, 0); }},
      {"permute", [=] { permute(x, {0}); }},
      {"permute",
       [=] {
         permute(x, {0, 2});
       }},
      {"permute",
       [=] {
         permute(x, {1, 1});
       }},
      {"reshape", [=] { reshape(x, {5}); }},
      {"reshape",
       [=] {
         reshape(x, {-1, -1});
       }},
      {"reshape",
       [=] {
         reshape(x, {-2, -3});
       }},
      {"reshape",
       [=] {
         reshape(x, {4, -1});
       }},
      {"reshape",
       [=] {
         reshape(x, {0, -1});
       }},
      {"reshape",
       [=] {
         reshape(x, {most, 2, -1});
       }},
      {"reshape",
       [=] {
         reshape(zeros({0}), {most, most, 0});
       }},
      {"slice", [=] { slice(x, 2, 0, 1); }},
      {"slice", [=] { slice(x, 0, 0, 1, 0); }},
      {"slice", [=] { slice(x, 0, 0, 1, -1); }},
      {"select", [=] { select(x, 0, 2); }},
      {"select", [=] { select(x, 0, least); }},
      {"select", [=] { select(x, 5, 0); }},
      {"unsqueeze", [=] { unsqueeze(x, 4); }},
      {"unsqueeze", [=] { unsqueeze(deep, 0); }},
      {"squeeze", [=] { squeeze(x, 0); }},
      {"squeeze", [=] { squeeze(x, 2); }},
      {"expand",
       [=] {
         expand(x, {4, 3});
       }},
      {"expand",
       [=] {
         expand(x, {-1, 2, 3});
       }},
      {"expand", [=] { expand(x, {3}); }},
      {"expand",
       [=] {
         expand(x, {2, -3});
       }},
      {"expand", [=] { expand(zeros({1}), {-7}); }},
      {"broadcast_to", [=] { broadcast_to(x, {3}); }},
      {"broadcast_to", [=] { broadcast_to(zeros({1}), {-7}); }},
      {"broadcast_to",
       [=] {
         broadcast_to(zeros({1}), {most, most});
       }},
      {"sum_to", [=] { sum_to(x, {2}); }},
      {"sum_to",
       [=] {
         sum_to(x, {2, -1});
       }},
      {"cat", [=] { cat({}); }},
      {"cat",
       [=] {
         cat({x, zeros({3, 2})});
       }},
      {"cat",
       [=] {
         cat({x, x}, 2);
       }},
      {"cat",
       [=] {
         cat({x, Tensor()});
       }},
      {"stack", [=] { stack({}); }},
      {"stack",
       [=] {
         stack({x, x}, 4);
       }},
      {"stack",
       [=] {
         stack({deep, deep});
       }},
      {"stack",
       [=] {
         stack({Tensor(), x});
       }},
      {"split",
       [=] {
         split(x, {1, 3}, 0);
       }},
      {"split",
       [=] {
         split(x, {-1, 3}, 0);
       }},
      {"split",
       [=] {
         split(x, {most, most}, 0);
       }},
      {"split", [=] { split(x, {2}, 3); }},
  });
  // Bounds beyond the ends are cut, whatever the step, as in Python.
  const Tensor line = arange(5, float64);
  const auto cut = [&](std::int64_t start, std::int64_t end, std::int64_t step) {
    return to_vector<double>(slice(line, 0, start, end, step));
  };
  CHECK(cut(0, 5, most) == std::vector<double>{0});
  CHECK(cut(1, most, most) == std::vector<double>{1});
  CHECK(cut(least, most, most - 1) == std::vector<double>{0});
  CHECK(cut(least, most, 2) == std::vector<double>{0, 2, 4});
  CHECK(cut(most, least, 1).empty());
  requires_grad(line);
  CHECK(to_vector<double>(gradients({sum(slice(line, 0, 1, 5, most))}, {line})[0]) ==
        std::vector<double>{0, 1, 0, 0, 0});
}

TEST_CASE("reductions and choices refuse what they can't choose from") {
  const Tensor x = zeros({2, 3}), index = zeros({2, 3}, int64), nothing = zeros({0, 3});
  check_refused({
      {"sum", [=] { sum(x, {2}); }},
      {"sum",
       [=] {
         sum(x, {0, -2});
       }},
      {"mean", [=] { mean(x, {least}); }},
      {"mean", [=] { mean(index); }},
      {"max", [=] { max(nothing); }},
      {"min", [=] { min(nothing, {0}); }},
      {"norm", [=] { norm(index); }},
      {"logsumexp", [=] { logsumexp(x, 2); }},
      {"logsumexp", [=] { logsumexp(index, 0); }},
      {"argmax", [=] { argmax(nothing, 0); }},
      {"argmax", [=] { argmax(x, -3); }},
      {"softmax", [=] { softmax(x, 2); }},
      {"softmax", [=] { softmax(zeros({})); }},
      {"log_softmax", [=] { log_softmax(index); }},
      {"tril", [=] { tril(zeros({3})); }},
      {"where", [=] { where(x, x, x); }},
      {"where", [=] { where(eq(x, x), x, zeros({4})); }},
      {"where", [=] { where(eq(x, x), x, index); }},
      {"eq", [=] { eq(x, index); }},
      {"less", [=] { less(x, zeros({4})); }},
      {"add", [=] { add(x, zeros({4})); }},
      {"add", [=] { add(x, index); }},
      {"div", [=] { div(index, index); }},
      {"affine", [=] { affine(index, 0.5, 0); }},
      {"affine", [=] { affine(index, inf, 0); }},
      {"affine", [=] { affine(index, 1, not_a_number); }},
      {"affine", [=] { affine(index, 1, 1e300); }},
      {"gather", [=] { gather(x, 0, x); }},
      {"gather", [=] { gather(x, 2, index); }},
      {"gather",
       [=] {
         gather(x, 0, full({1, 3}, 7, int64));
       }},
      {"gather",
       [=] {
         gather(x, 0, full({1, 3}, -1, int64));
       }},
      {"scatter_add",
       [=] {
         scatter_add(x, 0, index, zeros({1, 1}));
       }},
      {"scatter_add",
       [=] {
         scatter_add(x, 0, full({1, 3}, least / 2, int64), x);
       }},
      {"index_select", [=] { index_select(x, 0, index); }},
      {"index_select", [=] { index_select(x, 0, full({1}, 2, int64)); }},
      {"index_add",
       [=] {
         index_add(x, 0, zeros({2}, int64), zeros({3, 3}));
       }},
      {"index_add", [=] { index_add(x, 0, full({2}, -1, int64), x); }},
      {"embedding", [=] { embedding(x, x); }},
      {"embedding", [=] { embedding(x, full({1}, 2, int64)); }},
      {"embedding", [=] { embedding(zeros({2}), index); }},
      {"embedding",
       [=] {
         embedding(x, zeros({1, 1, 1, 1, 1, 1, 1, 1}, int64));
       }},
  });
}

TEST_CASE("the parts of a network refuse shapes, scales and probabilities that are none") {
  Generator g(1);
  const Tensor x = ones({2, 4}), w = ones({3, 4}), v = ones({4}), q = ones({1, 2, 3, 4}), targets = zeros({2}, int64);
  const Tensor A = ones({2, 4}), B = ones({3, 2}), m = ones({3}), whole = zeros({2, 4}, int64);
  check_refused({
      {"linear", [=] { linear(x, v); }},
      {"linear",
       [=] {
         linear(x, ones({3, 5}));
       }},
      {"linear", [=] { linear(x, w, ones({4})); }},
      {"linear", [=] { linear(whole, whole); }},
      {"linear", [=] { linear(zeros({}), w); }},
      {"rms_norm", [=] { rms_norm(x, v, -1); }},
      {"rms_norm", [=] { rms_norm(x, v, not_a_number); }},
      {"rms_norm", [=] { rms_norm(x, m); }},
      {"rms_norm", [=] { rms_norm(whole, targets); }},
      {"layer_norm", [=] { layer_norm(x, v, m); }},
      {"layer_norm", [=] { layer_norm(x, v, v, inf); }},
      {"add_rms_norm", [=] { add_rms_norm(x, v, v); }},
      {"dropout", [&] { dropout(x, -0.1, g); }},
      {"dropout", [&] { dropout(x, not_a_number, g); }},
      {"dropout", [&] { dropout(whole, 0.5, g); }},
      {"swiglu", [=] { swiglu(x, w); }},
      {"swiglu", [=] { swiglu(whole, whole); }},
      {"rope",
       [=] {
         rope(ones({2, 3}));
       }},
      {"rope", [=] { rope(ones({4})); }},
      {"rope", [=] { rope(x, {.theta = not_a_number}); }},
      {"rope", [=] { rope(x, {.theta = inf}); }},
      {"rope", [=] { rope(x, {.theta = 0}); }},
      {"rope", [=] { rope(x, {.start = -1}); }},
      {"rope", [=] { rope(x, {.start = most}); }},
      {"scaled_dot_product_attention",
       [=] {
         scaled_dot_product_attention(q, q, ones({1, 2, 3, 5}));
       }},
      {"scaled_dot_product_attention",
       [=] {
         scaled_dot_product_attention(q, ones({1, 0, 3, 4}), ones({1, 0, 3, 4}));
       }},
      {"scaled_dot_product_attention", [=] { scaled_dot_product_attention(q, q, q, {.scale = not_a_number}); }},
      {"scaled_dot_product_attention", [=] { scaled_dot_product_attention(x, x, x); }},
      {"attention_composed", [=] { attention_composed(q, q, q, {.scale = inf}); }},
      {"cross_entropy", [=] { cross_entropy(x, zeros({3}, int64)); }},
      {"cross_entropy", [=] { cross_entropy(x, full({2}, 4, int64)); }},
      {"cross_entropy", [=] { cross_entropy(x, full({2}, -1, int64)); }},
      {"cross_entropy", [=] { cross_entropy(x, zeros({2})); }},
      {"cross_entropy", [=] { cross_entropy(whole, targets); }},
      {"cross_entropy",
       [=] {
         cross_entropy(zeros({2, 0}), targets);
       }},
      {"linear_cross_entropy", [=] { linear_cross_entropy(x, v, targets); }},
      {"linear_cross_entropy", [=] { linear_cross_entropy(x, w, full({2}, 3, int64)); }},
      {"low_rank_matmul",
       [=] {
         low_rank_matmul(x, A, ones({3, 5}), 1);
       }},
      {"low_rank_matmul", [=] { low_rank_matmul(zeros({}), A, B, 1); }},
      {"lora_linear", [=] { lora_linear(x, w, {}, A, B, {.scale = not_a_number}); }},
      {"lora_linear", [=] { lora_linear(x, w, {}, A, B, {.dropout = 0.5}); }},
      {"lora_linear", [=] { lora_linear(x, w, {}, A, B, {.dropout = 2}); }},
      {"lora_linear",
       [=] {
         lora_linear(x, w, {}, ones({0, 4}), ones({3, 0}));
       }},
      {"lora_linear", [=] { lora_linear(x, FrozenMatrix(), {}, A, B); }},
      {"lora_linear_composed", [=] { lora_linear_composed(x, w, {}, A, Tensor()); }},
      {"vera_linear", [=] { vera_linear(x, w, {}, A, B, v, m); }},
      {"vera_factor", [=] { vera_factor(B, v, m); }},
      {"dora_linear", [=] { dora_linear(x, w, {}, A, B, v); }},
      {"dora_linear", [=] { dora_linear(x, w, {}, A, B, Tensor()); }},
      {"dora_linear", [=] { dora_linear(x, w, {}, A, Tensor(), m); }},
      {"dora_linear", [=] { dora_linear(x, w, {}, A, B, m, {.scale = inf}); }},
      {"dora_linear", [=] { dora_linear(x, w, {}, A, B, m, {.dropout = not_a_number}); }},
      {"dora_linear_composed", [=] { dora_linear_composed(x, v, {}, A, B, m); }},
      {"dora_weight_norm", [=] { dora_weight_norm(v, A, B, 1); }},
      {"dora_weight_norm", [=] { dora_weight_norm(w, A, B, not_a_number); }},
      {"dora_weight_norm_composed", [=] { dora_weight_norm_composed(w, Tensor(), B, 1); }},
      {"dora_merge", [=] { dora_merge(w, A, B, v, 1); }},
      {"dora_merge", [=] { dora_merge(w, A, Tensor(), m, 1); }},
      {"dora_merge", [=] { dora_merge(whole, A, A, targets, 1); }},
      {"quantize", [=] { quantize(v, QuantizedFormat::nf4); }},
      {"quantize",
       [=] {
         quantize(full({2, 2}, not_a_number), QuantizedFormat::int8);
       }},
      {"dequantize", [] { dequantize(FrozenMatrix()); }},
      {"dequantized_rows", [=] { dequantized_rows(w, 2, 5); }},
      {"dequantized_rows", [=] { dequantized_rows(w, -1, 2); }},
      {"dequantized_rows", [=] { dequantized_rows(quantize(w, QuantizedFormat::nf4), 2, 1); }},
      {"frozen_linear",
       [=] {
         frozen_linear(x, quantize(ones({3, 5}), QuantizedFormat::nf4));
       }},
  });
}

TEST_CASE("a second op of one name is refused") {
  check_refused({{"matmul", [] { Op("matmul"); }}});
}

TEST_CASE("numbers drawn uniformly stay below the upper bound in every dtype") {
  Generator g(4);
  const std::pair<double, double> ranges[] = {{100, 101},    {0, 1},       {0, 0.1},      {-1, 0},
                                              {-0.1, 1e-30}, {-101, -100}, {65000, 65600}};
  for (DType dtype : {float32, float64, bfloat16, float16}) {
    for (const auto& [low, high] : ranges) {
      INFO(name(dtype) << " in [" << low << ", " << high << ")");
      double top = -inf, bottom = inf;
      for (double x : to_vector<double>(uniform({20000}, low, high, g, dtype)))
        top = std::max(top, x), bottom = std::min(bottom, x);
      CHECK(top < high);
      CHECK(bottom >= low - std::abs(low) / 256);  // which may be rounded itself
      CHECK(top > low + 0.4 * (high - low));
    }
  }
}
