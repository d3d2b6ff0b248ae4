#include "../../../../nn/models/gguf_model.h"

#include "../../../../nn/io/gguf_writer.h"
#include "../../../../nn/io/json_file.h"
#include "../../../../nn/models/gguf_rope.h"
#include "../../../../nn/models/model_folder.h"
#include "../../../files.h"
#include "../io/gguf_bytes.h"
#include "small_llama.h"

using namespace adora;
using namespace adora::test;

namespace {

const std::string small = std::string(ADORA_SOURCE_ROOT) + "/tests/unit/nn/io/files/small_llama.gguf";

// transformers' LlamaForCausalLM with the same weights (llama_test.cpp).
const std::vector<double> last_of_first{0.226823449448976,  0.300367443784054,  -0.538778260695155, 0.259195431943379,
                                        0.269583766681017,  -0.539179014686362, 0.290395323047865,  0.237581021751754,
                                        -0.537141581106126, 0.320282035693664,  0.204503926599892};

void check_logits(const CausalLm& model, double tolerance) {
  compare(select(select(model.logits(two_texts()), 0, 0), 0, -1), last_of_first, tolerance);
}

/// A Llama's file by hand, with some keys left out or changed and tensors added. What each tensor holds is zeros.
struct Made {
  std::map<std::string, std::string> keys{{"general.architecture", text_value("llama")},
                                          {"llama.context_length", u32_value(64)},
                                          {"llama.embedding_length", u32_value(12)},
                                          {"llama.block_count", u32_value(1)},
                                          {"llama.feed_forward_length", u32_value(20)},
                                          {"llama.attention.head_count", u32_value(3)},
                                          {"llama.attention.head_count_kv", u32_value(1)},
                                          {"llama.attention.layer_norm_rms_epsilon", le(6, 4) + le(0x3727c5ac, 4)}};
  std::map<std::string, std::vector<std::uint64_t>> tensors{
      {"token_embd.weight", {12, 11}},   {"output_norm.weight", {12}},           {"blk.0.attn_norm.weight", {12}},
      {"blk.0.ffn_norm.weight", {12}},   {"blk.0.attn_q.weight", {12, 12}},      {"blk.0.attn_k.weight", {12, 4}},
      {"blk.0.attn_v.weight", {12, 4}},  {"blk.0.attn_output.weight", {12, 12}}, {"blk.0.ffn_gate.weight", {12, 20}},
      {"blk.0.ffn_up.weight", {12, 20}}, {"blk.0.ffn_down.weight", {20, 12}}};

  std::string put_at(const std::string& path) const {
    GgufBytes bytes;
    for (const auto& [name, value] : keys) bytes.key(name, value);
    for (const auto& [name, dims] : tensors) {
      std::uint64_t size = 4;
      for (const std::uint64_t dim : dims) size *= dim;
      bytes.tensor(name, dims, 0, std::string(size, '\0'));
    }
    put(path, bytes.bytes());
    return path;
  }
};

}  // namespace

TEST_CASE("GGUF model: a Llama that Python's gguf package wrote computes what transformers computes") {
  const ModelFolder folder(small);
  check_logits(*folder.load({.dtype = float64}), 1e-11);
  check_logits(*load_model(small, {.dtype = float32}), 2e-5);
  CHECK(folder.config().model_type == "llama");
  CHECK(folder.config().max_position_embeddings == 64);
  CHECK(folder.config().bos_token_id == 1);
  CHECK(folder.config().eos_token_id == std::vector<std::int64_t>{2});
  CHECK(folder.widest_dtype() == float64);
  CHECK(folder.dtypes().at("model.layers.1.mlp.up_proj.weight") == float64);
  const Json config = read_model_config(small);
  const auto& fields = *config.get<Json::Object>();
  CHECK(fields.at("rms_norm_eps") == Json(1e-5));
  CHECK(fields.at("rope_theta") == Json(10000.0));
  CHECK(fields.at("tie_word_embeddings") == Json(false));
  Llama expected(small_llama_config(), {.dtype = float64});
  set_small_llama_weights(expected);
  const StateDict tensors = read_model_tensors(small);
  for (const auto& [name, x] : expected.state_dict()) {
    INFO(name);
    compare(tensors.at(name), to_vector<double>(x), 1e-12);
  }
}

TEST_CASE("GGUF model: what is written of a model is read back, and as a folder too") {
  TemporaryFolder folder;
  const std::string path = folder / "small.gguf";
  const auto model = load_model(small, {.dtype = float64});
  for (const char* type : {"F32", "F16", "BF16", "Q8_0"}) {
    INFO(type);
    GgufWriter writer;
    write_gguf_model(writer, *model, "small", type, "small");
    writer.write(path);
    const GgufReader file(path);
    CHECK(file.value("general.architecture") == Json("llama"));
    CHECK(file.type("output_norm.weight") == "F32");
    // No row of this model has a whole block.
    CHECK(file.type("blk.0.attn_q.weight") == (std::string(type) == "Q8_0" ? "F16" : type));
    const bool half = std::string(type) != "F32";
    check_logits(*load_model(path, {.dtype = float64}), half ? 0.3 : 1e-5);
  }
  const ModelFolder source(small);
  save_model(*source.load({.dtype = float64}), folder / "out", {.companions = source.companions()});
  check_logits(*load_model(folder / "out", {.dtype = float64}), 1e-11);
  for (const char* name : {"tokenizer.json", "tokenizer_config.json", "tokenizer.model"})
    CHECK(std::filesystem::exists(folder / ("out/" + std::string(name))));
}

TEST_CASE("GGUF model: rows are put in the other order and back") {
  const Tensor rows = tensor(std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, {12});
  const Tensor turned = to_interleaved_rows(rows, 2);
  CHECK(to_vector<float>(turned) == std::vector<float>{0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11});
  CHECK(to_vector<float>(from_interleaved_rows(turned, 2)) == to_vector<float>(rows));
  CHECK_THAT(error_of([&] { to_interleaved_rows(rows, 4); }), ContainsSubstring("4 heads"));
}

TEST_CASE("GGUF model: defaults, ties and biases are read") {
  TemporaryFolder folder;
  Made made;
  const std::string path = folder / "x.gguf";
  auto field = [&](const char* name) { return read_model_config(made.put_at(path)).get<Json::Object>()->at(name); };
  CHECK(field("tie_word_embeddings") == Json(true));
  CHECK(field("rope_theta") == Json(10000.0));
  CHECK(field("rope_scaling").is_null());
  CHECK(field("head_dim") == Json(4));
  CHECK(field("rms_norm_eps") == Json(1e-5));
  CHECK(ModelFolder(path).load()->is_tied());
  made.tensors["output.weight"] = {12, 11};
  CHECK(field("tie_word_embeddings") == Json(false));
  CHECK(field("attention_bias") == Json(false));
  made.tensors["blk.0.attn_q.bias"] = {12};
  made.tensors["blk.0.attn_k.bias"] = {4};
  made.tensors["blk.0.attn_v.bias"] = {4};
  CHECK_THAT(error_of([&] { ModelFolder(made.put_at(path)); }), ContainsSubstring("o_proj.bias"));
  made.tensors["blk.0.attn_output.bias"] = {12};
  CHECK_NOTHROW(ModelFolder(made.put_at(path)).load());
  made.keys["llama.expert_count"] = u32_value(0);
  made.keys["llama.tensor_data_layout"] = text_value("Meta AI original pth");
  made.keys["quantize.imatrix.file"] = text_value("x");
  made.keys["llama.rope.scaling.type"] = text_value("none");
  CHECK_NOTHROW(ModelFolder(made.put_at(path)));
}

TEST_CASE("GGUF model: what would change the result and is not understood is refused by name") {
  TemporaryFolder folder;
  const std::string path = folder / "x.gguf";
  auto refused = [&](const std::string& key, const std::string& value, const std::string& why) {
    INFO(key);
    Made made;
    made.keys[key] = value;
    const std::string error = error_of([&] { ModelFolder(made.put_at(path)); });
    CHECK_THAT(error, ContainsSubstring(path) && ContainsSubstring(why));
  };
  const std::string half = le(6, 4) + le(0x3f000000, 4);
  refused("general.architecture", text_value("mamba"), "\"mamba\"");
  refused("general.type", text_value("adapter"), "general.type");
  refused("split.count", u32_value(3), "split.count");
  refused("llama.expert_count", u32_value(8), "llama.expert_count");
  refused("llama.attention.sliding_window", u32_value(4096), "llama.attention.sliding_window");
  refused("llama.logit_scale", half, "llama.logit_scale");
  refused("llama.attention.scale", half, "llama.attention.scale");
  refused("llama.attention.value_length", u32_value(8), "llama.attention.value_length");
  refused("llama.rope.dimension_count", u32_value(2), "llama.rope.dimension_count");
  refused("llama.vocab_size", u32_value(12), "llama.vocab_size");
  refused("llama.rope.scaling.type", text_value("longrope"), "long_factor");
  refused("llama.rope.scaling.attn_factor", half, "attn_factor");
  refused("llama.block_count", u32_value(0), "llama.block_count");
  refused("llama.block_count", u32_value(2), "model.layers.1.");
  refused("llama.block_count", text_value("1"), "llama.block_count");
  refused("llama.attention.head_count", u32_value(5), "llama.attention.head_count");
  refused("llama.attention.head_count_kv", array_value(4, {le(1, 4)}), "llama.attention.head_count_kv");
  refused("tokenizer.ggml.bos_token_id", u32_value(11), "bos_token_id");
  for (const char* key : {"llama.embedding_length", "llama.context_length", "llama.feed_forward_length",
                          "llama.attention.layer_norm_rms_epsilon"}) {
    Made made;
    made.keys.erase(key);
    CHECK_THAT(error_of([&] { ModelFolder(made.put_at(path)); }), ContainsSubstring(key));
  }
  for (const char* name :
       {"rope_freqs.weight", "blk.0.ffn_gate_exps.weight", "blk.00.attn_q.weight", "blk..attn_q.weight"}) {
    Made made;
    made.tensors[name] = {2};
    CHECK_THAT(error_of([&] { ModelFolder(made.put_at(path)); }), ContainsSubstring(name));
  }
  {
    Made made;
    made.tensors[gguf_rope_factors] = {2};
    CHECK_THAT(error_of([&] { ModelFolder(made.put_at(path)); }), ContainsSubstring("positive"));
    made.tensors[gguf_rope_factors] = {3};
    CHECK_THAT(error_of([&] { ModelFolder(made.put_at(path)); }), ContainsSubstring("2 pairs"));
    made.keys["llama.rope.scaling.type"] = text_value("yarn");
    CHECK_THAT(error_of([&] { ModelFolder(made.put_at(path)); }), ContainsSubstring("which one is meant"));
  }
  Made made;
  made.tensors["blk.0.attn_k.weight"] = {12, 3};
  CHECK_THAT(error_of([&] { ModelFolder(made.put_at(path)); }), ContainsSubstring("blk.0.attn_k.weight"));
  made = Made();
  made.tensors.erase("blk.0.attn_k.weight");
  CHECK_THAT(error_of([&] { ModelFolder(made.put_at(path)); }), ContainsSubstring("k_proj.weight"));
}

TEST_CASE("GGUF model: a number that is not finite is refused") {
  TemporaryFolder folder;
  const std::string path = folder / "x.gguf";
  std::string bytes = bytes_of(small);
  bytes.replace(bytes.size() - 40, 8, le(0x7ff0000000000000, 8));
  put(path, bytes);
  CHECK_THAT(error_of([&] { load_model(path); }), ContainsSubstring("not finite") && ContainsSubstring(path));
}
