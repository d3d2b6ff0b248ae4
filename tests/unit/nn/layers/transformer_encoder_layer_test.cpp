#include "../../../numeric.h"
#include "../../../refused.h"
#include "but_elementwise.h"
#include "ops/elementwise/gelu.h"

using namespace adora;

namespace {

using Numbers = std::vector<double>;

/// sin(0.7·i + phase) for element i.
Tensor wave(const Shape& shape, double phase) {
  Tensor x = empty(shape, float64, cpu);
  for (std::int64_t i = 0; i < x.numel(); ++i) x.data<double>()[i] = std::sin(0.7 * static_cast<double>(i) + phase);
  return to(x, default_device());
}

/// Weights of waves, another one for each in the order of their names; those of the norms around 1.
void set_waves(TransformerEncoderLayer& layer) {
  StateDict state = layer.state_dict();
  std::vector<std::string> names;
  for (const auto& entry : state) names.push_back(entry.first);
  std::sort(names.begin(), names.end());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool scale = names[i] == "norm1.weight" || names[i] == "norm2.weight";
    state[names[i]] = wave(state[names[i]].shape(), 0.1 * static_cast<double>(i)) + (scale ? 1.0 : 0.0);
  }
  layer.load_state_dict(state);
}

struct Expected {
  Numbers y, dx, dbias;
};

void check_layer(TransformerEncoderLayerOptions options, const Expected& expected) {
  Generator g(1);
  options.dim_feedforward = 5, options.dropout = 0, options.dtype = float64;
  TransformerEncoderLayer layer(4, 2, g, options);
  set_waves(layer);
  layer.requires_grad(true);
  Tensor x = requires_grad(wave({3, 2, 4}, 0.5));
  const Tensor y = layer(x, {.causal = true});
  CHECK(close(to_vector<double>(y), expected.y, 1e-12));
  backward(sum(y * wave(y.shape(), 0.6)));
  CHECK(close(to_vector<double>(grad(x)), expected.dx, 1e-12));
  CHECK(close(to_vector<double>(grad(layer.linear1.bias)), expected.dbias, 1e-12));
}

}  // namespace

// The numbers are those of PyTorch 2.13 in float64, with the same weights.

TEST_CASE("TransformerEncoderLayer gives what PyTorch's module gives, and its gradients") {
  check_layer({},
              {{1.55634927670773,   -0.701942793000995, 3.37432211806174,   -1.02414493870491, 2.24034798213688,
                -1.39472736024928,  2.69938017952856,   -0.630089484433343, 1.50960851571193,  -0.853827191298796,
                3.42087573308379,   -0.917425478443246, 2.29927160097701,   -1.13566975673382, 2.66381491326454,
                -0.826635443450523, 1.55128234363193,   -1.01823184660048,  3.38993688089947,  -0.818550654983716,
                2.14117662438687,   -0.934114956307076, 2.84594036113286,   -0.964288865449011},
               {-0.0232906565678356, 0.175166976581233,  0.039657600447441,   -0.0438045399743477, 0.0923149877654495,
                -0.217049063448408,  -0.511187782876995, -0.0177575135762997, -0.0984652313966869, 0.0632737614893213,
                0.111139303615004,   0.0494169786171551, 0.266391311447602,   0.181383611483003,   -0.444092119578655,
                -0.0549072447720381, -0.086057560189512, -0.0440670793965063, 0.0867118870547427,  0.0962695009855404,
                0.209602279531515,   0.146509529737334,  -0.553722569617468,  -0.345971613439927},
               {-0.429499001208302, -0.225747214876091, -0.424119787988514, -0.066935786212703, 0}});
}

TEST_CASE("TransformerEncoderLayer with norms first and another activation gives what PyTorch's gives") {
  check_layer(
      {.activation = gelu, .norm_first = true},
      {{4.49483783132427, -2.20915355911503, 8.86881449064773, -5.5139041450051,  3.78371555080809, -2.54563654278763,
        4.46168994546781, -3.53489152838598, 5.02908812444269, -3.30768528422453, 8.91288799570075, -4.52987225056551,
        4.21155609996858, -1.70304847276144, 4.43466230748493, -3.53481964882114, 4.74617263211561, -4.19273989489595,
        8.61165861769185, -4.54295668035549, 4.62556134911768, -1.17244291073203, 5.27563111796099, -3.67931088283855},
       {0.333335500706412, 0.826279362331541,  1.0043689917431,    0.700894111090685,  -0.390975561868129,
        1.37534008221072,  -0.388066062338816, -3.37182160550125,  0.527779828533644,  0.0154481648625172,
        0.372754114127147, 1.44945975983518,   0.119602679072164,  -0.260063985629747, -0.418100567874242,
        -1.123459324027,   -0.137820965974312, -0.118645951515083, 0.257062834299325,  0.803638117163943,
        0.201407316509934, 0.726653814351866,  0.459667418705475,  -1.22124189898097},
       {0.372670662067008, 0.806861304244137, 0.0922937931649674, 0.223796188525666, -0.0409628650012112}});
}

TEST_CASE("TransformerEncoderLayer names its tensors as PyTorch does") {
  Generator g(1);
  const TransformerEncoderLayer layer(4, 2, g, {.dim_feedforward = 3});
  std::vector<std::string> names;
  for (const NamedTensor& p : layer.named_parameters()) names.push_back(p.name);
  CHECK(names == std::vector<std::string>{"self_attn.in_proj_weight", "self_attn.in_proj_bias",
                                          "self_attn.out_proj.weight", "self_attn.out_proj.bias", "linear1.weight",
                                          "linear1.bias", "linear2.weight", "linear2.bias", "norm1.weight",
                                          "norm1.bias", "norm2.weight", "norm2.bias"});
}

TEST_CASE("dropout acts in training mode alone, and a checkpoint draws it again") {
  Generator g(1);
  TransformerEncoderLayer layer(4, 2, g, {.dim_feedforward = 5, .dropout = 0.5, .batch_first = true, .dtype = float64});
  const Tensor x = requires_grad(wave({2, 3, 4}, 0.5));
  CHECK(to_vector<double>(layer(x)) != to_vector<double>(layer(x)));
  layer.dropout_generator.set_offset(0), layer.self_attn.dropout_generator.set_offset(0);
  backward(sum(layer(x)));
  const Numbers expected = to_vector<double>(grad(x));
  clear_grad(x);
  layer.dropout_generator.set_offset(0), layer.self_attn.dropout_generator.set_offset(0);
  backward(sum(checkpoint([&](const Tensors& in) { return layer(in[0]); }, {x})));
  CHECK(to_vector<double>(grad(x)) == expected);
  layer.eval();
  CHECK(to_vector<double>(layer(x)) == to_vector<double>(layer(x)));
}

TEST_CASE("TransformerEncoderLayer refuses what does not fit") {
  Generator g(1);
  const TransformerEncoderLayer layer(4, 2, g, {.dim_feedforward = 3});
  check_refused({
      {"MultiheadAttention: 3 heads", [&] { TransformerEncoderLayer(4, 3, g); }},
      {"the activation is empty", [&] { TransformerEncoderLayer(4, 2, g, {.activation = {}}); }},
      {"TransformerEncoderLayer", [&] { layer(Tensor()); }},
      {"MultiheadAttention",
       [&] {
         layer(zeros({3, 5}));
       }},
  });
}
