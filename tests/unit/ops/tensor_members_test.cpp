#include "../../../ops/elementwise/abs.h"
#include "../../../ops/elementwise/clamp.h"
#include "../../../ops/elementwise/cos.h"
#include "../../../ops/elementwise/exp.h"
#include "../../../ops/elementwise/log.h"
#include "../../../ops/elementwise/pow.h"
#include "../../../ops/elementwise/relu.h"
#include "../../../ops/elementwise/rsqrt.h"
#include "../../../ops/elementwise/sigmoid.h"
#include "../../../ops/elementwise/sin.h"
#include "../../../ops/elementwise/sqrt.h"
#include "../../../ops/elementwise/square.h"
#include "../../../ops/elementwise/tanh.h"
#include "../../numeric.h"
#include "../../refused.h"

using namespace adora;

namespace {
using Numbers = std::vector<double>;
}  // namespace

TEST_CASE("members are the functions of their names") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 7}}, float64);
  const std::pair<Tensor, Tensor> pairs[] = {{x.sum(), sum(x)},
                                             {x.sum(1), sum(x, {1})},
                                             {x.sum({0, 1}, true), sum(x, {0, 1}, true)},
                                             {x.mean(0, true), mean(x, {0}, true)},
                                             {x.max(-1), max(x, {-1})},
                                             {x.min(), min(x)},
                                             {x.norm(1), norm(x, {1})},
                                             {x.argmax(1), argmax(x, 1)},
                                             {x.logsumexp(0), logsumexp(x, 0)},
                                             {x.any(1), any(x, 1)},
                                             {x.all(), all(x)},
                                             {x.reshape({3, 2}), reshape(x, {3, 2})},
                                             {x.view(-1), reshape(x, {-1})},
                                             {x.flatten(), reshape(x, {6})},
                                             {x.transpose(0, 1), transpose(x, 0, 1)},
                                             {x.permute({1, 0}), transpose(x)},
                                             {x.t(), transpose(x)},
                                             {x.T(), transpose(x)},
                                             {x.unsqueeze(1), unsqueeze(x, 1)},
                                             {x.unsqueeze(1).squeeze(1), x},
                                             {x.unsqueeze(0).unsqueeze(-1).squeeze(), x},
                                             {x[0].expand({2, 3}), expand(x[0], {2, 3})},
                                             {(x - 4).abs(), abs(x - 4)},
                                             {x.exp(), exp(x)},
                                             {x.log(), log(x)},
                                             {x.sqrt(), sqrt(x)},
                                             {x.rsqrt(), rsqrt(x)},
                                             {x.square(), square(x)},
                                             {x.pow(3), pow(x, 3)},
                                             {x.clamp(2, 4), clamp(x, 2, 4)},
                                             {x.sin(), sin(x)},
                                             {x.cos(), cos(x)},
                                             {x.tanh(), tanh(x)},
                                             {x.sigmoid(), sigmoid(x)},
                                             {(x - 4).relu(), relu(x - 4)},
                                             {x.matmul(x.t()), matmul(x, transpose(x))},
                                             {x.softmax(0), softmax(x, 0)},
                                             {x.log_softmax(-1), log_softmax(x, -1)},
                                             {x.clone(), x},
                                             {x.t().contiguous(), contiguous(transpose(x))},
                                             {x.to(float32), to(x, float32)},
                                             {x.to(cpu), to(x, cpu)}};
  for (std::size_t i = 0; i < std::size(pairs); ++i) {
    INFO("pair " << i);
    CHECK(pairs[i].first.dtype() == pairs[i].second.dtype());
    CHECK(equal(pairs[i].first, pairs[i].second));
  }
  CHECK(x.sum().item() == 22);
  CHECK(x.argmax().item() == 5);
  const Tensor cube = arange(24).reshape({2, 3, 4});
  CHECK(cube.flatten(1).shape() == Shape{2, 12});
  CHECK(cube.flatten(0, -2).shape() == Shape{6, 4});
  CHECK(tensor(3).flatten().shape() == Shape{1});
  CHECK(zeros({2}).fill_(3).sum().item() == 6);
  CHECK(zeros({2}).copy_(ones({2})).sum().item() == 2);
  CHECK(ones({2}).zero_().sum().item() == 0);
}

TEST_CASE("gradients are found by members") {
  const Tensor x = tensor({1.0, 2.0}).requires_grad_();
  CHECK(x.requires_grad());
  CHECK(x.is_leaf());
  CHECK_FALSE(x.grad().defined());
  const Tensor y = x * x;
  CHECK_FALSE(y.is_leaf());
  y.sum().backward();
  (x * 1).backward(tensor({10.0, 20.0}));
  CHECK(to_vector<double>(x.grad()) == Numbers{12, 24});
  x.clear_grad();
  CHECK_FALSE(x.grad().defined());
  CHECK_FALSE(x.requires_grad_(false).requires_grad());
}

TEST_CASE("members refuse what has no such form") {
  const Tensor x = zeros({2, 3, 4}), none;
  check_refused({
      {"t: ", [=] { x.t(); }},
      {"view: ",
       [=] {
         x.transpose(0, 1).view({6, 4});
       }},
      {"flatten: ", [=] { x.flatten(2, 1); }},
      {"flatten: ", [=] { x.flatten(3); }},
      {"undefined", [=] { none.sum(); }},
      {"undefined", [=] { none.view({1}); }},
      {"undefined", [=] { none.squeeze(); }},
      {"expand: ",
       [=] {
         x.expand({2, 2, 4});
       }},
  });
}

TEST_CASE("a dimension can be a plain number") {
  const Tensor x = tensor({{1, 2}, {3, 5}}, float32);
  CHECK(to_vector<double>(sum(x, 0)) == Numbers{4, 7});
  CHECK(to_vector<double>(mean(x, -1)) == Numbers{1.5, 4});
  CHECK(to_vector<double>(max(x, 0)) == Numbers{3, 5});
  CHECK(min(x, 1, true).shape() == Shape{2, 1});
  CHECK(zeros(3).shape() == Shape{3});
  CHECK(reshape(x, 4).shape() == Shape{4});
}

TEST_CASE("numbers in braces make a tensor of the dtype that they have in PyTorch") {
  const Tensor whole = tensor({{1, 2}, {3, 4}, {5, 6}});
  CHECK(whole.dtype() == int64);
  CHECK(whole.shape() == Shape{3, 2});
  CHECK(to_vector<double>(whole) == Numbers{1, 2, 3, 4, 5, 6});
  CHECK(tensor({1.5, 2.0}).dtype() == float32);
  CHECK(tensor({1.f, 2.f}).dtype() == float32);
  CHECK(tensor({1, 2.5}).dtype() == float32);
  CHECK(tensor({true, false}).dtype() == boolean);
  CHECK(tensor({true, false, 2}).dtype() == int64);
  CHECK(tensor(3.0).shape() == Shape{});
  CHECK(tensor(3).item() == 3);
  CHECK(tensor({3}).shape() == Shape{1});
  CHECK(tensor({{3}}).shape() == Shape{1, 1});
  CHECK(tensor({{{1, 2}}}).shape() == Shape{1, 1, 2});
  CHECK(tensor({}).shape() == Shape{0});
  CHECK(tensor({}).dtype() == float32);
  CHECK(tensor({{}, {}}).shape() == Shape{2, 0});
  CHECK(tensor({{1, 2}, {3, 4}}, float64).dtype() == float64);
  CHECK(tensor({1, 0}, boolean).dtype() == boolean);
  CHECK(tensor({1, 2}, cpu).device() == cpu);
  const std::int64_t odd = (std::int64_t{1} << 53) + 1;
  CHECK(to_vector<std::int64_t>(tensor({odd}))[0] == odd);
  CHECK(tensor(std::vector<double>{1, 2}).dtype() == float64);
  CHECK(tensor(std::vector<std::int64_t>{1, 2}).shape() == Shape{2});
  const std::vector<float> three{1, 2, 3};
  CHECK(to_vector<double>(tensor(std::span(three).first(2))) == Numbers{1, 2});
  check_refused({
      {"rows of shapes [2] and [1]",
       [] {
         tensor({{1, 2}, {3}});
       }},
      {"rows of shapes",
       [] {
         tensor({{1, 2}, 3});
       }},
      {"1.5 is no number of int64", [] { tensor({1.5}, int64); }},
      {"300 is no number of uint8", [] { tensor(300, uint8); }},
      {"2 is no number of bool",
       [] {
         tensor({0, 2}, boolean);
       }},
      {"at most 8", [] { tensor({{{{{{{{{1}}}}}}}}}); }},
  });
}
