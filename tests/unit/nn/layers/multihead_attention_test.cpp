#include "../../../numeric.h"
#include "../../../refused.h"
#include "but_elementwise.h"

using namespace adora;

namespace {

using Numbers = std::vector<double>;

/// sin(0.7·i + phase) for element i.
Tensor wave(const Shape& shape, double phase) {
  Tensor x = empty(shape, float64, cpu);
  for (std::int64_t i = 0; i < x.numel(); ++i) x.data<double>()[i] = std::sin(0.7 * static_cast<double>(i) + phase);
  return to(x, default_device());
}

/// Width 4, 2 heads, weights of waves.
struct Layer {
  Generator generator{1};
  MultiheadAttention attention;

  explicit Layer(bool batch_first = false, double dropout = 0)
      : attention(4, 2, generator, {.dropout = dropout, .batch_first = batch_first, .dtype = float64}) {
    StateDict state;
    state["in_proj_weight"] = wave({12, 4}, 0.1), state["in_proj_bias"] = wave({12}, 0.2);
    state["out_proj.weight"] = wave({4, 4}, 0.3), state["out_proj.bias"] = wave({4}, 0.4);
    attention.load_state_dict(state);
  }
};

/// The product of y with a wave, added up: a loss whose gradients are of one order.
Tensor weighed(const Tensor& y) { return sum(y * wave(y.shape(), 0.6)); }

constexpr double tolerance = 1e-12;

}  // namespace

// The numbers are those of PyTorch 2.13 in float64, with the same weights.

TEST_CASE("MultiheadAttention gives what PyTorch's module gives, and its gradients") {
  Layer layer;
  Tensor x = requires_grad(wave({3, 2, 4}, 0.5));
  const Tensor y = layer.attention(x);
  CHECK(y.shape() == x.shape());
  CHECK(close(to_vector<double>(y),
              Numbers{2.26789575798613,   -1.60935788096581, 3.80754708399147,   -2.24091247779657,  1.55059324257991,
                      -0.436120038359474, 2.31394778695452,  -0.599545069052466, 2.34905834155275,   -1.68307122518213,
                      3.86529321987688,   -2.2760185322173,  1.4833069277793,    -0.374537570247431, 2.26518534725776,
                      -0.569237417028932, 2.42378083319705,  -1.79226104019057,  3.99633289438145,   -2.41376573487317,
                      1.37601735583062,   -0.22490824739857, 2.09050673759181,   -0.38969456294938},
              tolerance));
  layer.attention.requires_grad(true);
  backward(weighed(layer.attention(x)));
  CHECK(close(
      to_vector<double>(grad(x)),
      Numbers{0.0128208636722746,  0.00122259240145377, -0.010950683179304, -0.0179736813516904, -0.0497459439067757,
              -0.0277020485073015, 0.00737055316160468, 0.0389766685105382, 0.156293348074657,   0.022787620698293,
              -0.121435480758874,  -0.208545578133413,  -0.309042463412232, -0.129132148256613,  0.111511033969566,
              0.299708834511889,   -0.0729268144257756, -0.365984265794608, -0.486913598298336,  -0.37883985728751,
              0.156319182079393,   0.558239300940103,   0.697610753838992,  0.508884968738687},
      tolerance));
  CHECK(close(to_vector<double>(sum(grad(layer.attention.in_proj_weight), {1})),
              Numbers{0.108795946436885, -0.156337795151168, 0.00720437999913257, -0.00705211240345049,
                      -0.482865751634529, 0.841404040154466, 0.0456656239489647, -0.124738725312122, 0.351807745325277,
                      -0.234842362275043, -0.0189080867936711, -0.152494153761276},
              tolerance));
}

TEST_CASE("MultiheadAttention takes PyTorch's masks, in which true hides a key, and gives the mean weights") {
  Layer layer(true);
  const Tensor x = wave({2, 3, 4}, 0.5), v = wave({2, 3, 4}, 0.9);
  Tensor k = requires_grad(wave({2, 3, 4}, 0.7));
  const std::vector<std::uint8_t> padding{0, 0, 1, 0, 0, 0};
  const Tensor key_padding_mask = to(tensor(padding, {2, 3}, default_device()), boolean);
  // For each of 2·2 heads; the first key is never hidden.
  const Tensor some = less(full({}, 0.5, float64), wave({4, 3, 3}, 1.0));
  const Tensor hidden = where(less(zeros({3}, int64), arange(3)), some, zeros({}, boolean));
  const AttentionMasks masks{.key_padding_mask = key_padding_mask, .attn_mask = hidden};
  const OutputAndWeights found = layer.attention.with_weights(x, k, v, masks);
  CHECK(close(to_vector<double>(found.output),
              Numbers{1.90415870606072,  -1.35527537173592,   3.69247970277777,  -2.2781568725029,   1.90333868077291,
                      -1.35215095522204, 3.68741193798373,    -2.27173136660437, 1.78754463732291,   -0.294627126774433,
                      1.81036082752815,  0.207943786644341,   1.51235090463182,  0.0127366090400816, 1.50634460302761,
                      0.473481808130116, 3.17535861014433,    -2.04913045987579, 3.72881132915817,   -1.65276672445991,
                      1.15549257861439,  -0.0776334752028753, 2.03350035364869,  -0.429543958121191},
              tolerance));
  CHECK(close(to_vector<double>(found.weights),
              Numbers{1, 0, 0, 0.997621851434905, 0.00237814856509486, 0, 0.0128429899781, 0.9871570100219, 0, 1, 0, 0,
                      0.384250081035878, 0.59764604743779, 0.0181038715263323, 0.111033810661709, 0.176529203954106,
                      0.712436985384185},
              tolerance));
  const Tensor y = layer.attention(x, k, v, masks);
  CHECK(close(to_vector<double>(y), to_vector<double>(found.output), tolerance));
  backward(weighed(y));
  CHECK(close(to_vector<double>(grad(k)),
              Numbers{0.0892558867997358,
                      0.0578949061771015,
                      -0.000694953453486795,
                      -0.0589579656159529,
                      -0.0892558867997362,
                      -0.0578949061771018,
                      0.000694953453486701,
                      0.0589579656159531,
                      0,
                      0,
                      0,
                      0,
                      -0.256075410648692,
                      -0.16957642123049,
                      -0.00332299120291584,
                      0.16449329351056,
                      0.312813079768592,
                      0.256679936964778,
                      0.079826209071779,
                      -0.134571032266601,
                      -0.0567376691198998,
                      -0.0871035157342878,
                      -0.076503217868863,
                      -0.0299222612439583},
              tolerance));
  CHECK(layer.attention.with_weights(x, k, v, masks, false).weights.shape() == Shape{2, 2, 3, 3});
}

TEST_CASE("a mask that is added says the same as a boolean one, and causal the same as its mask") {
  Layer layer;
  const Tensor x = wave({3, 2, 4}, 0.5);
  const Tensor later = less(reshape(arange(3), {3, 1}), arange(3));
  const double inf = std::numeric_limits<double>::infinity();
  const Tensor added = where(later, full({}, -inf, float64), zeros({}, float64));
  const std::vector<std::uint8_t> padding{0, 1, 0, 0, 0, 0};
  const Tensor padded = to(tensor(padding, {2, 3}, default_device()), boolean);
  const Numbers expected = to_vector<double>(layer.attention(x, {.causal = true}));
  CHECK(close(to_vector<double>(layer.attention(x, {.attn_mask = later})), expected, tolerance));
  CHECK(close(to_vector<double>(layer.attention(x, {.attn_mask = added})), expected, tolerance));
  const Numbers both = to_vector<double>(layer.attention(x, {.key_padding_mask = padded, .attn_mask = later}));
  CHECK(both != expected);
  CHECK(
      close(to_vector<double>(layer.attention(x, {.key_padding_mask = padded, .attn_mask = added})), both, tolerance));
  CHECK(close(to_vector<double>(layer.attention(x, {.key_padding_mask = padded, .causal = true})), both, tolerance));
}

TEST_CASE("a query that sees no key gets the bias of the last projection, and leaves no NaN in a gradient") {
  Layer layer(true);
  Tensor x = requires_grad(wave({1, 3, 4}, 0.5));
  const Tensor y = layer.attention(x, {.key_padding_mask = ones({1, 3}, boolean)});
  CHECK(close(to_vector<double>(slice(y, 1, 2, 3)), to_vector<double>(layer.attention.out_proj.bias), tolerance));
  backward(weighed(y));
  CHECK(to_vector<double>(grad(x)) == Numbers(12, 0));
}

TEST_CASE("the order of batch and tokens, several tensors of the same numbers, and no batch give the same") {
  Layer tokens_first, batch_first(true);
  const Tensor x = wave({3, 2, 4}, 0.5);
  const Numbers expected = to_vector<double>(tokens_first.attention(x));
  CHECK(close(to_vector<double>(tokens_first.attention(x, clone(x), clone(x))), expected, tolerance));
  const Tensor turned = transpose(x, 0, 1);
  CHECK(close(to_vector<double>(transpose(batch_first.attention(turned), 0, 1)), expected, tolerance));
  const Tensor one = select(x, 1, 1);
  const Tensor y = tokens_first.attention(one);
  CHECK(y.shape() == Shape{3, 4});
  CHECK(close(to_vector<double>(y), to_vector<double>(select(tokens_first.attention(x), 1, 1)), tolerance));
  CHECK(tokens_first.attention.with_weights(one, one, one).weights.shape() == Shape{3, 3});
}

TEST_CASE("dropout takes some of the weights in training mode alone") {
  Layer layer(false, 0.5), plain;
  const Tensor x = wave({3, 2, 4}, 0.5);
  const Numbers expected = to_vector<double>(plain.attention(x));
  CHECK(to_vector<double>(layer.attention(x)) != expected);
  bool dropped = false, doubled = false;
  const Numbers weights = to_vector<double>(plain.attention.with_weights(x, x, x, {}, false).weights);
  const Numbers thinned = to_vector<double>(layer.attention.with_weights(x, x, x, {}, false).weights);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    dropped = dropped || thinned[i] == 0, doubled = doubled || thinned[i] == Approx(2 * weights[i]);
    CHECK((thinned[i] == 0 || thinned[i] == Approx(2 * weights[i])));
  }
  CHECK((dropped && doubled));
  layer.attention.eval();
  CHECK(to_vector<double>(layer.attention(x)) == expected);
}

TEST_CASE("MultiheadAttention names its tensors as PyTorch does, and can have no biases") {
  Generator g(1);
  const MultiheadAttention with(4, 2, g), without(4, 2, g, {.bias = false});
  std::vector<std::string> names;
  for (const NamedTensor& p : with.named_parameters()) names.push_back(p.name);
  CHECK(names == std::vector<std::string>{"in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"});
  CHECK(without.named_parameters().size() == 2);
  CHECK(to_vector<float>(with.in_proj_bias) == std::vector<float>(12, 0));
  CHECK(to_vector<float>(with.out_proj.bias) == std::vector<float>(4, 0));
  CHECK(without(zeros({3, 2, 4})).shape() == Shape{3, 2, 4});
}

TEST_CASE("MultiheadAttention refuses what does not fit") {
  Generator g(1);
  const MultiheadAttention layer(4, 2, g);
  const Tensor x = zeros({3, 2, 4});
  check_refused({
      {"MultiheadAttention: 3 heads", [&] { MultiheadAttention(4, 3, g); }},
      {"MultiheadAttention: 0 heads", [&] { MultiheadAttention(4, 0, g); }},
      {"MultiheadAttention: dropout", [&] { MultiheadAttention(4, 2, g, {.dropout = 1.5}); }},
      {"MultiheadAttention",
       [&] {
         layer(zeros({3, 2, 5}));
       }},
      {"MultiheadAttention", [&] { layer(zeros({4})); }},
      {"MultiheadAttention",
       [&] {
         layer(x, zeros({3, 1, 4}), zeros({3, 1, 4}));
       }},
      {"MultiheadAttention",
       [&] {
         layer(x, x, zeros({2, 2, 4}));
       }},
      {"MultiheadAttention", [&] { layer(x, x, Tensor()); }},
      {"key_padding_mask",
       [&] {
         layer(x, {.key_padding_mask = ones({3, 2}, boolean)});
       }},
      {"attn_mask",
       [&] {
         layer(x, {.attn_mask = ones({3, 2}, boolean)});
       }},
      {"attn_mask",
       [&] {
         layer(x, {.attn_mask = ones({3, 3}, int64)});
       }},
  });
}
