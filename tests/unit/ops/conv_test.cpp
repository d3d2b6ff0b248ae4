#include <cmath>
#include <limits>

#include "../../refused.h"
#include "ops/elementwise/square.h"
#include "ops/elementwise/tanh.h"

using namespace adora;

namespace {

using Numbers = std::vector<double>;
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

Tensor random(Generator& g, const Shape& shape) { return uniform(shape, -1, 1, g, float64); }

/// A convolution of two axes in plain loops.
Numbers plain(const Tensor& x, const Tensor& weight, const Tensor& bias, std::int64_t stride, std::int64_t padding,
              std::int64_t dilation, std::int64_t groups) {
  const Numbers image = to_vector<double>(x), factors = to_vector<double>(weight), shift = to_vector<double>(bias);
  const std::int64_t C = x.size(1), H = x.size(2), W = x.size(3), O = weight.size(0), kH = weight.size(2),
                     kW = weight.size(3);
  const std::int64_t oH = (H + 2 * padding - dilation * (kH - 1) - 1) / stride + 1,
                     oW = (W + 2 * padding - dilation * (kW - 1) - 1) / stride + 1;
  Numbers result;
  for (std::int64_t n = 0; n < x.size(0); ++n)
    for (std::int64_t o = 0; o < O; ++o)
      for (std::int64_t p = 0; p < oH; ++p)
        for (std::int64_t q = 0; q < oW; ++q) {
          double sum = shift[static_cast<std::size_t>(o)];
          for (std::int64_t c = 0; c < C / groups; ++c)
            for (std::int64_t i = 0; i < kH; ++i)
              for (std::int64_t j = 0; j < kW; ++j) {
                const std::int64_t y = p * stride - padding + i * dilation, z = q * stride - padding + j * dilation;
                const std::int64_t channel = o / (O / groups) * (C / groups) + c;
                if (y < 0 || y >= H || z < 0 || z >= W) continue;
                sum += factors[static_cast<std::size_t>(((o * (C / groups) + c) * kH + i) * kW + j)] *
                       image[static_cast<std::size_t>(((n * C + channel) * H + y) * W + z)];
              }
          result.push_back(sum);
        }
  return result;
}

bool near(const Numbers& a, const Numbers& b, double tolerance) {
  bool all = a.size() == b.size();
  for (std::size_t i = 0; all && i < a.size(); ++i) all = std::abs(a[i] - b[i]) <= tolerance;
  return all;
}

}  // namespace

TEST_CASE("a convolution is what plain loops give, of few windows and of many, with groups and without") {
  Generator g(1);
  struct Sizes {
    Shape x, weight;
    std::int64_t stride, padding, dilation, groups;
  };
  // Images that share a product, that have one each, and that are cut into strips; depthwise; one tap; one window.
  for (const Sizes& s : std::vector<Sizes>{{{9, 3, 4, 5}, {4, 3, 3, 3}, 1, 1, 1, 1},
                                           {{11, 2, 7, 6}, {4, 1, 2, 3}, 2, 1, 2, 2},
                                           {{2, 5, 40, 37}, {3, 5, 3, 3}, 1, 1, 1, 1},
                                           {{1, 90, 34, 33}, {3, 90, 3, 2}, 1, 0, 1, 1},
                                           {{2, 6, 9, 21}, {6, 1, 3, 3}, 1, 1, 1, 6},
                                           {{2, 3, 9, 21}, {6, 1, 3, 2}, 2, 2, 2, 3},
                                           {{3, 4, 12, 13}, {5, 4, 1, 1}, 1, 0, 1, 1},
                                           {{3, 4, 6, 5}, {6, 2, 6, 5}, 1, 0, 1, 2}}) {
    const Tensor x = random(g, s.x), weight = random(g, s.weight), bias = random(g, {s.weight[0]});
    const ConvOptions options{
        .stride = {s.stride}, .padding = {s.padding}, .dilation = {s.dilation}, .groups = s.groups};
    const Numbers expected = plain(x, weight, bias, s.stride, s.padding, s.dilation, s.groups);
    INFO(to_string(s.x) << " with " << to_string(s.weight));
    CHECK(near(to_vector<double>(conv2d(x, weight, bias, options)), expected, 1e-12));
    const double terms = static_cast<double>(s.weight[1] * s.weight[2] * s.weight[3] + 1);
    CHECK(near(to_vector<double>(conv2d(to(x, float32), to(weight, float32), to(bias, float32), options)), expected,
               terms * 0x1p-22));
    CHECK(near(to_vector<double>(conv2d(transpose(contiguous(transpose(x))), transpose(contiguous(transpose(weight))),
                                        bias, options)),
               expected, 1e-12));
  }
}

TEST_CASE("the gradients of a convolution's two sides are what its linearity says") {
  // Σ g·conv(x, w) = Σ dx·x = Σ dw·w, of sizes that take every way through the kernels.
  Generator g(2);
  struct Sizes {
    Shape x, weight;
    ConvOptions options;
  };
  for (const Sizes& s :
       std::vector<Sizes>{{{9, 3, 4, 5}, {4, 3, 3, 3}, {.padding = {1}}},
                          {{9, 3, 20, 19}, {4, 3, 3, 3}, {.stride = {2, 1}}},
                          {{1, 90, 34, 33}, {3, 90, 3, 2}, {}},
                          {{2, 6, 9, 21}, {6, 1, 3, 3}, {.padding = {1}, .groups = 6}},
                          {{2, 6, 9, 21}, {6, 1, 3, 3}, {.stride = {2}, .padding = {2}, .dilation = {2}, .groups = 6}},
                          {{3, 4, 12, 13}, {5, 4, 1, 1}, {}},
                          {{3, 4, 6, 5}, {6, 2, 6, 5}, {.groups = 2}}}) {
    const Tensor x = requires_grad(random(g, s.x)), weight = requires_grad(random(g, s.weight));
    const Tensor y = conv2d(x, weight, {}, s.options), upstream = random(g, y.shape());
    const Tensors grads = gradients({y}, {x, weight}, {.gradients = {upstream}});
    const double form = item(sum(upstream * y.detach()));
    const double scale = static_cast<double>(y.numel());
    INFO(to_string(s.x) << " with " << to_string(s.weight));
    CHECK(item(sum(grads[0] * x.detach())) == Approx(form).margin(1e-12 * scale));
    CHECK(item(sum(grads[1] * weight.detach())) == Approx(form).margin(1e-12 * scale));
    // The gradient is linear in x, so that another x shows the places to be right.
    const Tensor other = random(g, s.x);
    CHECK(item(sum(grads[0] * other)) ==
          Approx(item(sum(upstream * conv2d(other, weight.detach(), {}, s.options)))).margin(1e-12 * scale));
    const Tensor another = random(g, s.weight);
    CHECK(item(sum(grads[1] * another)) ==
          Approx(item(sum(upstream * conv2d(x.detach(), another, {}, s.options)))).margin(1e-12 * scale));
  }
}

TEST_CASE("a convolution and its gradients are the same bits in every run", "[cpu]") {
  Generator g(3);
  const Tensor x = requires_grad(uniform({9, 8, 14, 14}, -1, 1, g)),
               weight = requires_grad(uniform({8, 8, 3, 3}, -1, 1, g));
  auto once = [&] {
    const Tensor y = conv2d(x, weight);
    const Tensors grads = gradients({y}, {x, weight}, {.gradients = {ones(y.shape())}});
    std::vector<float> all = to_vector<float>(y);
    for (const Tensor& grad : grads) {
      const auto more = to_vector<float>(grad);
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  };
  CHECK(once() == once());
}

TEST_CASE("a number of padding is for every axis") {
  CHECK(conv2d(zeros({1, 3, 4}), zeros({1, 1, 1, 1}), {}, {.padding = 2}).shape() == Shape{1, 7, 8});
}

TEST_CASE("padding same keeps an image's size, with the odd place behind") {
  const Tensor x = tensor<double>({1, 2, 3, 4}), one = reshape(tensor<double>({1, 10}), {1, 1, 2});
  CHECK(to_vector<double>(conv1d(reshape(x, {1, 4}), one, {}, {.padding = ConvPadding::same()})) ==
        Numbers{21, 32, 43, 4});
  CHECK(to_vector<double>(conv1d(reshape(x, {1, 4}), one, {}, {.padding = ConvPadding::valid()})) ==
        Numbers{21, 32, 43});
  CHECK(conv3d(zeros({2, 5, 6, 7}), zeros({3, 2, 2, 3, 4}), {}, {.padding = ConvPadding::same(), .dilation = {1, 2, 1}})
            .shape() == Shape{3, 5, 6, 7});
}

TEST_CASE("a transposed convolution puts a kernel down for each number, a stride apart") {
  const Tensor x = reshape(tensor<double>({1, 2}), {1, 2}), weight = reshape(tensor<double>({1, 10, 100}), {1, 1, 3});
  CHECK(to_vector<double>(conv_transpose1d(x, weight, {}, {.stride = {2}})) == Numbers{1, 10, 102, 20, 200});
  CHECK(to_vector<double>(conv_transpose1d(x, weight, {}, {.stride = {2}, .padding = {1}, .output_padding = {1}})) ==
        Numbers{10, 102, 20, 200});
  CHECK(to_vector<double>(conv_transpose1d(x, weight, tensor<double>({5}), {.stride = {4}, .output_padding = {2}})) ==
        Numbers{6, 15, 105, 5, 7, 25, 205, 5, 5});
}

TEST_CASE("a penalty on the gradient of a network of convolutions has a gradient") {
  // As WGAN-GP asks for it (Gulrajani et al. 2017): d/dw of Σ (dy/dx)².
  Generator g(4);
  const Tensor x = requires_grad(random(g, {2, 1, 5, 5}));
  const Tensor first = random(g, {2, 1, 3, 3}), second = random(g, {1, 2, 3, 3});
  auto penalty = [&](const Tensor& a, const Tensor& b, bool create) {
    const Tensor y = conv2d(tanh(conv2d(x, a)), b);
    return sum(square(gradients({sum(y)}, {x}, {.create_graph = create})[0]));
  };
  const Tensor a = requires_grad(clone(first)), b = requires_grad(clone(second));
  backward(penalty(a, b, true));
  for (int which = 0; which < 2; ++which) {
    const Numbers found = to_vector<double>(grad(which ? b : a));
    for (std::int64_t i = 0; i < 9; ++i) {
      auto moved = [&](double by) {
        std::vector<double> numbers = to_vector<double>(which ? second : first);
        numbers[static_cast<std::size_t>(i)] += by;
        const Tensor w = tensor(numbers, (which ? second : first).shape());
        return item(which ? penalty(first, w, false) : penalty(w, second, false));
      };
      CHECK(found[static_cast<std::size_t>(i)] ==
            Approx((moved(1e-5) - moved(-1e-5)) / 2e-5).epsilon(1e-6).margin(1e-6));
    }
  }
}

TEST_CASE("unfold lays what windows see side by side, and fold adds it up again") {
  const Tensor x = reshape(arange(9, float64), {1, 3, 3});
  CHECK(to_vector<double>(unfold(x, {2})) == Numbers{0, 1, 3, 4, 1, 2, 4, 5, 3, 4, 6, 7, 4, 5, 7, 8});
  CHECK(to_vector<double>(unfold(x, {1, 2}, {.dilation = {1, 2}, .padding = {0, 1}, .stride = {3, 1}})) ==
        Numbers{0, 0, 1, 1, 2, 0});
  CHECK(to_vector<double>(fold(ones({4, 4}, float64), {3}, {2})) == Numbers{1, 2, 1, 2, 4, 2, 1, 2, 1});
  CHECK(unfold(zeros({0, 2, 3, 3}), {2}).shape() == Shape{0, 8, 4});
}

TEST_CASE("convolutions refuse what does not fit, by name") {
  const Tensor x = zeros({2, 4, 5, 5}), weight = zeros({6, 4, 3, 3});
  check_refused({
      {"conv2d", [=] { conv2d(Tensor(), weight); }},
      {"conv2d", [=] { conv2d(x, Tensor()); }},
      {"dimensions",
       [=] {
         conv2d(zeros({5, 5}), weight);
       }},
      {"dimensions", [=] { conv1d(x, weight); }},
      {"channels",
       [=] {
         conv2d(zeros({2, 3, 5, 5}), weight);
       }},
      {"groups", [=] { conv2d(x, weight, {}, {.groups = 2}); }},
      {"groups", [=] { conv2d(x, weight, {}, {.groups = 0}); }},
      {"groups",
       [=] {
         conv2d(x, zeros({6, 1, 3, 3}), {}, {.groups = 4});
       }},
      {"bias", [=] { conv2d(x, weight, zeros({4})); }},
      {"dtype", [=] { conv2d(x, to(weight, float64)); }},
      {"dtype", [=] { conv2d(to(x, int64), to(weight, int64)); }},
      {"stride", [=] { conv2d(x, weight, {}, {.stride = {0}}); }},
      {"stride",
       [=] {
         conv2d(x, weight, {}, {.stride = {1, 1, 1}});
       }},
      {"stride", [=] { conv2d(x, weight, {}, {.stride = {}}); }},
      {"stride", [=] { conv2d(x, weight, {}, {.stride = {2}, .padding = ConvPadding::same()}); }},
      {"padding", [=] { conv2d(x, weight, {}, {.padding = {-1}}); }},
      {"padding", [=] { conv2d(x, weight, {}, {.padding = {most}}); }},
      {"dilation", [=] { conv2d(x, weight, {}, {.dilation = {most}}); }},
      {"larger than the image", [=] { conv2d(x, weight, {}, {.dilation = {3}}); }},
      {"larger than the image", [=] { conv2d(x, weight, {}, {.dilation = {0x7fffffff}}); }},
      {"spatial sizes",
       [=] {
         conv2d(zeros({2, 4, 0, 5}), weight, {}, {.padding = {2}});
       }},
      {"kernel sizes",
       [=] {
         conv2d(x, zeros({6, 4, 0, 3}));
       }},
      // 2^32 by 2^32 windows.
      {"conv2d", [=] { conv2d(x, weight, {}, {.padding = {0x7fffffff}}); }},
      {"conv_transpose2d", [=] { conv_transpose2d(x, weight); }},
      {"output_padding",
       [=] {
         conv_transpose2d(x, zeros({4, 2, 3, 3}), {}, {.output_padding = {1}});
       }},
      {"nothing is left",
       [=] {
         conv_transpose2d(x, zeros({4, 2, 3, 3}), {}, {.padding = {4}});
       }},
      {"conv_transpose2d",
       [=] {
         conv_transpose2d(x, zeros({4, 2, 3, 3}), {}, {.stride = {0x7fffffff}});
       }},
      {"conv_transpose2d",
       [=] {
         conv_transpose2d(x, zeros({4, 2, 3, 3}), zeros({4}), {.groups = 4});
       }},
      {"unfold", [=] { unfold(x, {6}); }},
      {"unfold", [=] { unfold(x, {0}); }},
      {"unfold", [=] { unfold(x, {0x7fffffff}, {.padding = {0x7fffffff}}); }},
      {"fold",
       [=] {
         fold(zeros({2, 8, 15}), {5}, {2});
       }},
      {"fold",
       [=] {
         fold(zeros({2, 7, 16}), {5}, {2});
       }},
      {"fold",
       [=] {
         fold(zeros({2, 8, 16}, int64), {5}, {2});
       }},
  });
}

TEST_CASE("a convolution's padding is a number, several, or a word") {
  Generator g(3);
  const Tensor x = normal({1, 2, 5, 4}, 0, 1, g, float64), weight = normal({3, 2, 3, 3}, 0, 1, g, float64);
  const Tensor expected = conv2d(x, weight, {}, {.padding = Shape{1, 1}});
  CHECK(equal(conv2d(x, weight, {}, {.padding = 1}), expected));
  CHECK(equal(conv2d(x, weight, {}, {.padding = {1, 1}}), expected));
  CHECK(equal(conv2d(x, weight, {}, {.padding = "same"}), expected));
  CHECK(equal(conv2d(x, weight, {}, {.padding = "valid"}), conv2d(x, weight)));
  CHECK_THROWS_WITH(conv2d(x, weight, {}, {.padding = "some"}), ContainsSubstring("not \"some\""));
}
