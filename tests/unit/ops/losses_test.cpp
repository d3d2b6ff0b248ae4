#include <limits>

#include "../../numeric.h"
#include "../../refused.h"
#include "ops/elementwise/abs.h"
#include "ops/elementwise/log.h"

using namespace adora;

// Expected numbers without a derivation are PyTorch's, in float64.

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(), not_a_number = std::nan("");
using Numbers = std::vector<double>;

Tensor row(const Numbers& values) { return tensor(values, {static_cast<std::int64_t>(values.size())}); }
Tensor rows(const Numbers& values, std::int64_t count) {
  return tensor(values, {count, static_cast<std::int64_t>(values.size()) / count});
}
Tensor classes(std::initializer_list<std::int64_t> values) { return tensor<std::int64_t>(values); }

/// Whether a loss has these values, infinities included.
void check_values(const Tensor& loss, const Numbers& expected, double tolerance = 1e-11) {
  const Numbers found = to_vector<double>(loss);
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO("element " << i);
    if (std::isfinite(expected[i])) CHECK(found[i] == Approx(expected[i]).epsilon(tolerance).margin(tolerance));
    else CHECK((found[i] == expected[i] || (std::isnan(found[i]) && std::isnan(expected[i]))));
  }
}

/// The gradient at x of the sum of f(x).
template <class F> Tensor slope(const Tensor& x, F&& f) {
  Tensor leaf = requires_grad(clone(x.detach()));
  return gradients({sum(f(leaf))}, {leaf})[0];
}

const Numbers some{.2, -1, .5, 1, 0, -.3}, probable{.5, .5, 0, 0, .1, .9};

}  // namespace

TEST_CASE("the binary cross-entropy of certain outputs is at most 100, and its slope at most 10^12") {
  const Tensor x = row({0, 1, 0, 1, .25}), t = row({0, 1, 1, 0, .5});
  auto loss = [&](const Tensor& p) { return binary_cross_entropy(p, t, {}, Reduction::none); };
  check_values(loss(x), {0, 0, 100, 100, .836988216786});
  check_values(slope(x, loss), {0, 0, -1e12, 1e12, -4. / 3}, 1e-8);
}

TEST_CASE("the binary cross-entropy of logits is exact however large they are") {
  const Tensor x = row({-1000, 1000, 0, 30, -40}), t = row({0, 1, .5, 0, 0});
  auto loss = [&](const Tensor& z) { return binary_cross_entropy_with_logits(z, t, {.reduction = Reduction::none}); };
  check_values(loss(x), {0, 0, std::log(2.), 30, std::exp(-40.)});
  CHECK(to_vector<double>(loss(x))[4] == Approx(std::exp(-40.)).epsilon(1e-12));
  check_values(slope(x, loss), {0, 0, 0, 1, std::exp(-40.)});
  // Weighted positives, by the formula.
  auto weighted = [&](const Tensor& z) {
    return binary_cross_entropy_with_logits(z, t, {.reduction = Reduction::none, .pos_weight = full({5}, 3, float64)});
  };
  check_values(weighted(x), {0, 0, 2 * std::log(2.), 30, std::exp(-40.)});
}

TEST_CASE("Huber's loss and its kin at their edges") {
  const Tensor x = row({0, .5, -.5, 2, -2, infinity, not_a_number}), t = zeros({7}, float64);
  auto huber = [&](const Tensor& z) { return huber_loss(z, t, Reduction::none, .5); };
  check_values(huber(x), {0, .125, .125, .875, .875, infinity, not_a_number});
  check_values(slope(x, huber), {0, .5, -.5, .5, -.5, .5, not_a_number});
  auto smooth = [&](const Tensor& z) { return smooth_l1_loss(z, t, Reduction::none, .5); };
  check_values(smooth(x), {0, .25, .25, 1.75, 1.75, infinity, not_a_number});
  check_values(slope(x, smooth), {0, 1, -1, 1, -1, 1, not_a_number});
  for (double beta : {0., 1e-310}) {
    check_values(smooth_l1_loss(slice(x, 0, 0, 6), slice(t, 0, 0, 6), Reduction::none, beta),
                 {0, .5, .5, 2, 2, infinity});
  }
  auto l1 = [&](const Tensor& z) { return l1_loss(z, zeros({5}, float64)); };
  check_values(slope(slice(x, 0, 0, 5), l1), {0, .2, -.2, .2, -.2});
}

TEST_CASE("the means of nothing are NaN, their sums 0") {
  const Tensor none = zeros({0, 3}, float64);
  CHECK(std::isnan(item(mse_loss(none, none))));
  CHECK(item(mse_loss(none, none, Reduction::sum)) == 0);
  CHECK(mse_loss(none, none, Reduction::none).shape() == Shape{0, 3});
}

TEST_CASE("the divergence of Kullback and Leibler is reduced as PyTorch reduces it") {
  const Tensor x = rows(some, 2), t = rows(probable, 2);
  check_values(kl_div(x, t), {-.058038358992});
  check_values(kl_div(x, t, Reduction::batchmean), {-.174115076976});
  check_values(kl_div(x, t, Reduction::sum), {-.348230153951});
  check_values(kl_div(x, log(t + .1), Reduction::none, true),
               {-.42649537426, .29350462574, -.280258509299, -.330258509299, -.321887582487, .3});
  // Probabilities of 0 have slopes, too.
  for (double g : to_vector<double>(slope(t, [&](const Tensor& p) { return kl_div(x, p, Reduction::sum); })))
    CHECK(std::isfinite(g));
}

TEST_CASE("the losses of Gaussian and Poisson variables") {
  const Tensor x = rows(some, 2), t = rows(probable, 2), counts = rows({0, 1, 2, 3, 1.5, .5}, 2);
  check_values(
      gaussian_nll_loss(x, t, rows({1e-9, .5}, 2), {.full = true, .reduction = Reduction::none}),
      {44994.011183254224, 1124994.0111832542, 124994.01118325422, 1.572364942925, .582364942925, 2.012364942925});
  check_values(poisson_nll_loss(x, counts, {.full = true, .reduction = Reduction::none}),
               {1.22140275816, 1.367879441171, 1.300527755305, 1.482363372002, 1.229868749421, .890818220682});
  check_values(poisson_nll_loss(abs(x), counts, {.log_input = false, .reduction = Reduction::sum}), {32.619301782545});
}

TEST_CASE("the losses of pairs and triplets of vectors") {
  const Tensor a = rows({1, 2, 0, 0, 3, -1}, 3), b = rows({2, 1, 1, 1, -3, 1}, 3);
  check_values(cosine_similarity(a, b), {.8, 0, -1});
  check_values(pairwise_distance(a, b, 3), {1.259921049896, 1.259919789974, 6.073178811348});
  check_values(cosine_embedding_loss(a, b, row({1, -1, -1}), -.5, Reduction::none), {.2, .5, 0});
  check_values(triplet_margin_loss(a, b, b + 1, {.margin = 1.5, .p = 1, .swap = true, .reduction = Reduction::none}),
               {1.500002, 1.5, 7.500002});
  check_values(hinge_embedding_loss(row({.5, .5, 3, .5}), row({1, -1, -1, 0}), 1, Reduction::none), {.5, .5, 0, 1});
  const Tensor ones_of_three = ones({3}, float64);
  check_values(margin_ranking_loss(row({.5, 1, 2}), row({.5, 2, 1}), ones_of_three, .1, Reduction::none), {.1, 1.1, 0});
  // Two equal numbers are pulled apart.
  check_values(slope(row({.5, 3}),
                     [](const Tensor& x) {
                       return margin_ranking_loss(x, row({.5, 1}), row({1, 1}));
                     }),
               {-.5, 0});
}

TEST_CASE("the distance of equal vectors has the gradient 0, whatever the norm") {
  const Tensor x = row({1, 2, 3});
  for (double p : {0., .5, 1., 2., 3., infinity}) {
    INFO("p = " << p);
    check_values(pairwise_distance(x, x, p, 0), {0});
    check_values(slope(x, [&](const Tensor& y) { return pairwise_distance(y, x, p, 0); }), {0, 0, 0});
  }
}

TEST_CASE("margins between classes") {
  const Tensor x = rows(some, 2), t = rows(probable, 2);
  check_values(multi_margin_loss(x, classes({2, 0}),
                                 {.p = 2, .margin = .5, .weight = row({1, 2, 3}), .reduction = Reduction::none}),
               {.04, 0});
  check_values(multilabel_soft_margin_loss(x, t, {}, Reduction::none), {.828492513693, .943588037516});
  check_values(soft_margin_loss(x, 2 * t - 1), {.864518363334});
}

TEST_CASE("the cross-entropy with weights of classes, smoothed labels, and probabilities") {
  const Tensor x = rows(some, 2), t = rows(probable, 2), w = row({1, 2, .5});
  check_values(cross_entropy(x, classes({2, -100}), {.weight = w, .label_smoothing = .3}), {1.604939697679});
  check_values(cross_entropy(x, t, {.weight = w, .label_smoothing = .3}), {1.821436001434});
  check_values(nll_loss(x, classes({2, 0}), {.weight = w}), {-5. / 6});
  // Probabilities of one class each are that class.
  const Tensor sure = rows({0, 0, 1, 1, 0, 0}, 2);
  CHECK(item(cross_entropy(x, sure)) == Approx(item(cross_entropy(x, classes({2, 0})))).epsilon(1e-14));
}

TEST_CASE("the losses of pixels are those of their rows") {
  Generator generator(4);
  const Tensor x = uniform({2, 3, 2, 2}, -2, 2, generator, float64);
  const Tensor targets = tensor<std::int64_t>({0, 2, 1, -100, 2, 0, 0, 1}), pixels = reshape(targets, {2, 2, 2});
  const Tensor flat = reshape(permute(x, {0, 2, 3, 1}), {8, 3});
  for (Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::none}) {
    const CrossEntropyOptions options{.reduction = reduction};
    const Tensor of_pixels = cross_entropy(x, pixels, options);
    CHECK(of_pixels.shape() == (reduction == Reduction::none ? pixels.shape() : Shape{}));
    check_values(of_pixels, to_vector<double>(cross_entropy(flat, targets, options)));
    check_values(nll_loss(log_softmax(x, 1), pixels, {.reduction = reduction}), to_vector<double>(of_pixels));
  }
}

TEST_CASE("where every place is ignored the losses are 0, and so are their gradients") {
  const Tensor x = rows(some, 2), none = classes({-100, -100});
  for (bool smoothed : {false, true}) {
    auto loss = [&](const Tensor& z) {
      return smoothed ? cross_entropy(z, none, {.weight = row({1, 2, 3}), .label_smoothing = .1}) : nll_loss(z, none);
    };
    check_values(loss(x), {0});
    check_values(slope(x, loss), Numbers(6, 0));
  }
}

TEST_CASE("an ignored place or a weight of nothing hides an infinite logarithm") {
  const Tensor x = rows({-infinity, 0, -1, -2}, 2);
  check_values(nll_loss(x, classes({-100, 1})), {2});
}

TEST_CASE("losses of half types are float32") {
  const Tensor x = to(rows(some, 2), bfloat16), t = to(rows(probable, 2), bfloat16);
  CHECK(mse_loss(x, t).dtype() == float32);
  CHECK(kl_div(x, t, Reduction::none).dtype() == float32);
  CHECK(cross_entropy(x, t).dtype() == float32);
  CHECK(nll_loss(x, classes({0, 1})).dtype() == float32);
  CHECK(cosine_similarity(x, t).dtype() == bfloat16);
}

TEST_CASE("alignments of labels in time: losses and gradients are PyTorch's") {
  Numbers numbers;
  for (int i = 0; i < 48; ++i) numbers.push_back(static_cast<double>(i * 7 % 11) / 4);
  const Tensor raw = tensor(numbers, {6, 2, 4}), targets = reshape(classes({1, 1, 2, 3, 2, 0}), {2, 3});
  const Tensor times = classes({6, 5}), labels = classes({3, 2});
  auto loss = [&](const Tensor& x) { return ctc_loss(log_softmax(x, 2), targets, times, labels); };
  check_values(ctc_loss(log_softmax(raw, 2), targets, times, labels, {.reduction = Reduction::none}),
               {4.176250445132, 4.06509189374});
  check_values(ctc_loss(log_softmax(raw, 2), classes({1, 1, 2, 3, 2}), times, labels, {.reduction = Reduction::none}),
               {4.176250445132, 4.06509189374});
  check_values(loss(raw), {1.71231471429});
  check_values(slope(raw, loss), {-.003100887549,
                                  -.110095562314,
                                  .016758417229,
                                  .096438032633,
                                  -.008689383336,
                                  .021570534162,
                                  .124129853614,
                                  -.13701100444,
                                  -.07593589913,
                                  .025924159432,
                                  .036561511339,
                                  .01345022836,
                                  .007440661698,
                                  .021570534162,
                                  -.004403473072,
                                  -.024607722788,
                                  -.060755257657,
                                  .010743517959,
                                  .036561511339,
                                  .01345022836,
                                  -.050902332667,
                                  .040302031249,
                                  -.025315574872,
                                  .03591587629,
                                  .001429270173,
                                  -.03463288692,
                                  .019753388386,
                                  .01345022836,
                                  -.07312134245,
                                  .040302031249,
                                  -.032189819257,
                                  .065009130458,
                                  .004783860349,
                                  -.003347091579,
                                  -.03187998289,
                                  .03044321412,
                                  -.077830401643,
                                  .040302031249,
                                  -.047791030429,
                                  .085319400823,
                                  .00010110571,
                                  .014380356108,
                                  -.044924675939,
                                  .03044321412,
                                  0,
                                  0,
                                  0,
                                  0});
}

TEST_CASE("the probabilities of all targets of two times add up to 1") {
  const Tensor logs = log_softmax(tensor(Numbers{.3, -1, .8, 0, .5, -.2}, {2, 3}), 1);
  double total = 0;
  const std::vector<std::vector<std::int64_t>> targets{{}, {1}, {2}, {1, 2}, {2, 1}, {1, 1}, {2, 2}};
  for (const auto& target : targets) {
    const auto count = static_cast<std::int64_t>(target.size());
    total += std::exp(
        -item(ctc_loss(logs, tensor(target, {count}), classes({2}), classes({count}), {.reduction = Reduction::sum})));
  }
  CHECK(total == Approx(1).epsilon(1e-14));
}

TEST_CASE("a target that no path gives has an infinite loss, or none where that is asked for, and the gradient 0") {
  const Tensor logs = log_softmax(tensor(some, {2, 1, 3}), 2);
  for (const Tensor& target : {classes({1, 1}), classes({1, 2, 1})}) {
    for (bool zero : {false, true}) {
      auto loss = [&](const Tensor& x) {
        return ctc_loss(x, reshape(target, {1, -1}), classes({2}), classes({target.numel()}), {.zero_infinity = zero});
      };
      check_values(loss(logs), {zero ? 0 : infinity});
      check_values(slope(logs, loss), Numbers(6, 0));
    }
  }
}

TEST_CASE("long sequences of sharp float32 outputs keep their gradients' sums") {
  // The probabilities of all states at a time add up to 1.
  constexpr std::int64_t times = 300, labels = 40, count = 5;
  Generator generator(3);
  const Tensor raw = uniform({times, 1, count}, -8, 8, generator);
  std::vector<std::int64_t> target;
  for (std::int64_t i = 0; i < labels; ++i) target.push_back(1 + i % (count - 1));
  Tensor logs = requires_grad(log_softmax(raw, 2).detach());
  const Tensor loss =
      ctc_loss(logs, tensor(target, {1, labels}), classes({times}), classes({labels}), {.reduction = Reduction::sum});
  CHECK(item(loss) > 100);
  const Tensor g = gradients({loss}, {logs})[0];
  for (double total : to_vector<double>(sum(g, {2}))) CHECK(total == Approx(-1).epsilon(1e-5));
}

TEST_CASE("losses refuse nonsense under their own names") {
  const Tensor x = zeros({2, 3}), wide = zeros({2, 3}, float64), column = zeros({2, 1}), whole = zeros({2, 3}, int64);
  const Tensor targets = zeros({2}, int64), logs = zeros({4, 2, 3}), labels = ones({2, 2}, int64),
               lengths = full({2}, 2, int64);
  const auto pairs = {
      std::pair{"mse_loss", +[](const Tensor& a, const Tensor& b) { return mse_loss(a, b); }},
      {"l1_loss", +[](const Tensor& a, const Tensor& b) { return l1_loss(a, b); }},
      {"huber_loss", +[](const Tensor& a, const Tensor& b) { return huber_loss(a, b); }},
      {"smooth_l1_loss", +[](const Tensor& a, const Tensor& b) { return smooth_l1_loss(a, b); }},
      {"poisson_nll_loss", +[](const Tensor& a, const Tensor& b) { return poisson_nll_loss(a, b); }},
      {"kl_div", +[](const Tensor& a, const Tensor& b) { return kl_div(a, b); }},
      {"soft_margin_loss", +[](const Tensor& a, const Tensor& b) { return soft_margin_loss(a, b); }},
      {"hinge_embedding_loss", +[](const Tensor& a, const Tensor& b) { return hinge_embedding_loss(a, b); }},
      {"binary_cross_entropy", +[](const Tensor& a, const Tensor& b) { return binary_cross_entropy(a, b); }},
      {"binary_cross_entropy_with_logits",
       +[](const Tensor& a, const Tensor& b) { return binary_cross_entropy_with_logits(a, b); }}};
  for (const auto& [name, loss] : pairs) {
    for (const Tensor& other : {wide, column, whole, Tensor()}) {
      check_refused({{name, [&, f = loss] { f(x, other); }}, {name, [&, f = loss] { f(other, x); }}});
    }
    check_refused({{name, [&, f = loss] { f(whole, whole); }}});
  }
  check_refused({
      {"huber_loss: delta", [=] { huber_loss(x, x, Reduction::mean, 0); }},
      {"huber_loss: delta", [=] { huber_loss(x, x, Reduction::mean, not_a_number); }},
      {"smooth_l1_loss: beta", [=] { smooth_l1_loss(x, x, Reduction::mean, -1); }},
      {"mse_loss: its reduction", [=] { mse_loss(x, x, Reduction::batchmean); }},
      {"cross_entropy: its reduction", [=] { cross_entropy(x, targets, {.reduction = Reduction::batchmean}); }},
      {"nll_loss: its reduction", [=] { nll_loss(x, targets, {.reduction = Reduction::batchmean}); }},
      {"gaussian_nll_loss: a variance is negative", [=] { gaussian_nll_loss(x, x, x - 1); }},
      {"gaussian_nll_loss: the variance", [=] { gaussian_nll_loss(x, x, zeros({3})); }},
      {"gaussian_nll_loss: eps", [=] { gaussian_nll_loss(x, x, x, {.eps = 0}); }},
      {"binary_cross_entropy: a probability", [=] { binary_cross_entropy(x + 2, x); }},
      {"binary_cross_entropy: a probability", [=] { binary_cross_entropy(x + not_a_number, x); }},
      {"binary_cross_entropy: the weight", [=] { binary_cross_entropy(x, x, wide); }},
      {"binary_cross_entropy",
       [=] {
         binary_cross_entropy(x, x, zeros({4, 2, 3}));
       }},
      {"binary_cross_entropy_with_logits: the pos_weight",
       [=] { binary_cross_entropy_with_logits(x, x, {.pos_weight = wide}); }},
      {"nll_loss: the target at position", [=] { nll_loss(x, targets + 3); }},
      {"nll_loss: float32 [2, 3]", [=] { nll_loss(x, slice(targets, 0, 0, 1)); }},
      {"nll_loss: the targets must be int64", [=] { nll_loss(x, zeros({2})); }},
      {"nll_loss: the weight", [=] { nll_loss(x, targets, {.weight = zeros({2})}); }},
      {"cross_entropy: the weight", [=] { cross_entropy(x, targets, {.weight = zeros({3}, float64)}); }},
      {"cross_entropy: label_smoothing", [=] { cross_entropy(x, targets, {.label_smoothing = 1.5}); }},
      {"cross_entropy: targets", [=] { cross_entropy(x, wide); }},
      {"linear_cross_entropy: takes no weights",
       [=] { linear_cross_entropy(x, x, targets, {.label_smoothing = 0.1}); }},
      {"multi_margin_loss: p", [=] { multi_margin_loss(x, targets, {.p = 3}); }},
      {"multi_margin_loss", [=] { multi_margin_loss(logs, targets); }},
      {"cosine_similarity", [=] { cosine_similarity(x, wide); }},
      {"cosine_similarity", [=] { cosine_similarity(x, x, 2); }},
      {"cosine_similarity: eps", [=] { cosine_similarity(x, x, 1, -1); }},
      {"pairwise_distance: p", [=] { pairwise_distance(x, x, -1); }},
      {"pairwise_distance", [=] { pairwise_distance(zeros({}), zeros({})); }},
      {"cosine_embedding_loss", [=] { cosine_embedding_loss(x, x, x); }},
      {"margin_ranking_loss", [=] { margin_ranking_loss(x, x, zeros({2})); }},
      {"triplet_margin_loss: the margin", [=] { triplet_margin_loss(x, x, x, {.margin = 0}); }},
      {"triplet_margin_loss", [=] { triplet_margin_loss(x, x, column); }},
      {"ctc_loss: the blank", [=] { ctc_loss(logs, labels, lengths, lengths, {.blank = 3}); }},
      {"ctc_loss: one of the input_lengths", [=] { ctc_loss(logs, labels, lengths + 3, lengths); }},
      {"ctc_loss: one of the target_lengths", [=] { ctc_loss(logs, labels, lengths, lengths + 1); }},
      {"ctc_loss: a target of sequence 0 is 0",
       [=] {
         ctc_loss(logs, zeros({2, 2}, int64), lengths, lengths);
       }},
      {"ctc_loss: a target of sequence 0 is 4", [=] { ctc_loss(logs, labels * 4, lengths, lengths); }},
      {"ctc_loss: targets",
       [=] {
         ctc_loss(logs, ones({3, 2}, int64), lengths, lengths);
       }},
      {"ctc_loss: target_lengths of 4", [=] { ctc_loss(logs, ones({5}, int64), lengths, lengths); }},
      {"ctc_loss: the targets",
       [=] {
         ctc_loss(logs, zeros({2, 2}), lengths, lengths);
       }},
      {"ctc_loss: log_probs", [=] { ctc_loss(zeros({3}), labels, lengths, lengths); }},
      {"ctc_loss: the input_lengths", [=] { ctc_loss(logs, labels, zeros({2}), lengths); }},
  });
}
