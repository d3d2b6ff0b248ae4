#include "../../../../nn/models/gpt2.h"

#include "../../../files.h"
#include "../../../refused.h"
#include "sine_weights.h"

using namespace adora;
using namespace adora::test;

namespace {

Gpt2Config small_config() {
  return {.vocab_size = 11,
          .n_positions = 16,
          .n_embd = 12,
          .n_layer = 2,
          .n_head = 3,
          .n_inner = 20,
          .bos_token_id = 1,
          .eos_token_id = {2}};
}

struct SmallGpt2 : Gpt2 {
  explicit SmallGpt2(DType dtype = float64) : Gpt2(small_config(), {.dtype = dtype}) {
    std::vector<std::string> names{"transformer.wte.weight", "transformer.wpe.weight"};
    for (int layer = 0; layer < 2; ++layer)
      for (const char* part : {"ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"})
        for (const char* kind : {".weight", ".bias"})
          names.push_back("transformer.h." + std::to_string(layer) + "." + part + kind);
    for (const char* kind : {".weight", ".bias"}) names.push_back(std::string("transformer.ln_f") + kind);
    set_sine_weights(*this, names);
  }
};

// transformers' GPT2LMHeadModel with the same weights, made to compute everything in float64.
const std::vector<double> last_of_first{1.23495927474759,  1.0520465761506,   -2.3275909759422, 1.36533659431174,
                                        0.909583370989402, -2.31000924336775, 1.48953981098168, 0.763006995971955,
                                        -2.28198156302146, 1.60700727318905,  0.612980274921328};
const std::vector<double> fourth_of_second{
    1.48039218305559, 0.0889492623063688, -1.57277286847108, 1.5444969498928, -0.0313066163232336, -1.51198260858192,
    1.60161744403992, -0.151420925268663, -1.44435510706419, 1.6514953644965, -0.27085050315448};
const double loss = 2.96972254977002;
const std::vector<Gradient> expected_gradients = {
    {"transformer.wte.weight", 1.63429436837318, -0.157569027110365},
    {"transformer.wpe.weight", 1.40074344824131, 0.0397003206487369},
    {"transformer.h.0.ln_1.weight", 0.0949300935813119, -0.0124419765097196},
    {"transformer.h.0.ln_1.bias", 0.00268772693967122, -0.000626528265486516},
    {"transformer.h.0.attn.c_attn.weight", 0.699544168907043, -0.000517312962980142},
    {"transformer.h.0.attn.c_attn.bias", 0.0326631690588492, -0.0026108960872393},
    {"transformer.h.0.attn.c_proj.weight", 1.77974840548347, -0.0794939411265407},
    {"transformer.h.0.attn.c_proj.bias", 0.354807398651619, 0.123933335566991},
    {"transformer.h.0.ln_2.weight", 0.0350671270781737, 0.00236726066515651},
    {"transformer.h.0.ln_2.bias", 0.0205775439574399, 0.00751115574715991},
    {"transformer.h.0.mlp.c_fc.weight", 0.911949745574503, -0.00073896167762894},
    {"transformer.h.0.mlp.c_fc.bias", 0.338945999422914, 0.0487752258873011},
    {"transformer.h.0.mlp.c_proj.weight", 0.924798757520079, 0.00758539556329615},
    {"transformer.h.0.mlp.c_proj.bias", 0.327238443056484, 0.115082393423079},
    {"transformer.h.1.ln_1.weight", 0.0392657046903617, 0.00833842907401103},
    {"transformer.h.1.ln_1.bias", 0.00418618750679017, -7.96710808716513e-05},
    {"transformer.h.1.attn.c_attn.weight", 0.412194557246093, 0.00024435469289979},
    {"transformer.h.1.attn.c_attn.bias", 0.0654024036199987, -0.00149782308633233},
    {"transformer.h.1.attn.c_proj.weight", 1.57340765655289, 0.0132545466127481},
    {"transformer.h.1.attn.c_proj.bias", 0.328703185188234, 0.120547757077785},
    {"transformer.h.1.ln_2.weight", 0.0318766247450463, 0.00126627619207405},
    {"transformer.h.1.ln_2.bias", 0.0269658528623436, 0.00893367015693894},
    {"transformer.h.1.mlp.c_fc.weight", 0.969419759242013, -0.0101804902382613},
    {"transformer.h.1.mlp.c_fc.bias", 0.339671203461899, 0.00863651681617327},
    {"transformer.h.1.mlp.c_proj.weight", 1.40128288384403, -0.000659118802818138},
    {"transformer.h.1.mlp.c_proj.bias", 0.326406162680185, 0.111146558967643},
    {"transformer.ln_f.weight", 0.481944772127748, 0.0421961868664309},
    {"transformer.ln_f.bias", 0.450267615695448, 0.146350684613458},
};

}  // namespace

TEST_CASE("logits of a small GPT-2 are those of transformers") {
  const Tensor logits = SmallGpt2().logits(two_texts());
  compare(select(select(logits, 0, 0), 0, -1), last_of_first, 1e-11);
  compare(select(select(logits, 0, 1), 0, 3), fourth_of_second, 1e-11);
}

TEST_CASE("the loss of a small GPT-2 and its gradients in every weight are those of transformers") {
  SmallGpt2 model;
  check_loss(model, loss, expected_gradients);
}

TEST_CASE("a GPT-2's logits from the cache are those of the whole texts, and end with its positions") {
  const SmallGpt2 model;
  check_cache(model, 16);
  NoGrad no_grad;
  const Tensor long_text = zeros({1, 17}, int64);
  check_refused({{"16", [&] { model.logits(long_text); }},
                 {"16", [&] { model.make_cache(1, 17); }},
                 {"16", [&] {
                    generate(model, {{1, 2}}, 15);
                  }}});
  CHECK(generate(model, {{1, 5}}, 14).front().size() <= 16);
}

TEST_CASE("a GPT-2 is saved as Hugging Face stores it, and read in that form and in the published one") {
  const SmallGpt2 model(float32);
  const auto expected = to_vector<float>(model.logits(two_texts()));
  TemporaryFolder folder;
  save_model(model, folder.path());
  StateDict stored = read_safetensors(folder / "model.safetensors");
  // [in, out], and the tied output layer left out.
  CHECK(stored.at("transformer.h.0.attn.c_attn.weight").shape() == Shape{12, 36});
  CHECK(stored.at("transformer.h.1.mlp.c_proj.weight").shape() == Shape{20, 12});
  CHECK_FALSE(stored.contains("lm_head.weight"));
  CHECK(to_vector<float>(load_model(folder.path())->logits(two_texts())) == expected);

  // Without the prefix, and with the masks of older versions.
  StateDict bare;
  for (const auto& [name, x] : stored) bare[name.substr(std::string("transformer.").size())] = x;
  bare["h.0.attn.bias"] = zeros({1, 1, 16, 16});
  write_safetensors(folder / "model.safetensors", bare);
  CHECK(to_vector<float>(load_model(folder.path())->logits(two_texts())) == expected);
}

TEST_CASE("a GPT-2's config that can't be computed with is refused by field") {
  const Json::Object right = small_config().to_json();
  auto refused = [&](const std::string& field, const Json& value) {
    INFO(field);
    Json::Object wrong = right;
    wrong[field] = value;
    const std::string error = error_of([&] { make_model(wrong, "config.json", {.device = meta}); });
    CHECK_THAT(error, ContainsSubstring(field) && ContainsSubstring("config.json"));
  };
  CHECK_NOTHROW(make_model(right, "config.json", {.device = meta}));
  refused("n_embd", 13);
  refused("n_embd", nullptr);
  refused("n_head", 0);
  refused("n_layer", std::int64_t{1} << 40);
  refused("n_inner", -1);
  refused("n_positions", 0);
  refused("vocab_size", 1.5);
  refused("eos_token_id", 11);
  refused("activation_function", "relu");
  refused("layer_norm_epsilon", 0);
  refused("scale_attn_weights", false);
  refused("scale_attn_by_inverse_layer_idx", true);
  refused("add_cross_attention", true);
  refused("tie_word_embeddings", "yes");
  refused("architectures", Json::Array{"GPT2Model"});
  refused("model_type", "gpt3");
}
