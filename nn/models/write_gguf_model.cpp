#include "../../autograd/grad_mode.h"
#include "../../core/error.h"
#include "../io/gguf_blocks.h"
#include "causal_lm.h"
#include "config_keys.h"
#include "gguf_architecture.h"
#include "gguf_model.h"

namespace adora {
namespace {

/// llama.cpp's number for a file whose matrices are mostly of a type.
std::int64_t file_type(const std::string& type) {
  if (type == "F32") return 0;
  if (type == "F16") return 1;
  if (type == "Q8_0") return 7;
  if (type == "BF16") return 32;
  fail("a model is written as F32, F16, BF16 or Q8_0, not as {}", shortened(type));
}

void add_tensor(GgufWriter& file, const GgufArchitecture& architecture, JsonFields& config, const std::string& name,
                const Tensor& x, const std::string& type) {
  for (const GgufTensorName& known : architecture.tensors) {
    const auto layer = layer_in(name, known.hugging_face);
    if (!layer) continue;
    const bool blocks = x.ndim() > 1 && x.shape().back() % find_gguf_type(type)->numbers == 0;
    const Tensor rows = known.rotary_heads.empty() ? x : to_interleaved_rows(x, read_size(config, known.rotary_heads));
    file.tensor(of_layer(known.gguf, *layer), rows, x.ndim() < 2 ? "F32" : blocks ? type : "F16");
    return;
  }
  fail("{}: the tensor {} has no name in GGUF files of {}", config.where(), shortened(name), architecture.name);
}

}  // namespace

void write_gguf_model(GgufWriter& file, const CausalLm& model, const std::string& name, const std::string& type,
                      const std::string& where) {
  NoGrad no_grad;
  const GgufArchitecture& architecture = gguf_architecture_of(model.config().model_type, where);
  const Json json = model.config_json();
  JsonFields config(json, where);
  file.text("general.architecture", architecture.name);
  file.text("general.type", "model");
  file.text("general.name", name);
  file.u32("general.file_type", file_type(type));
  file.u32("general.quantization_version", 2);
  architecture.write(config, file);
  // What is said otherwise: by the tensors there are, and by the tokenizer.
  ignore_keys(config, {"architectures", "model_type", "tie_word_embeddings", "initializer_range", "bos_token_id",
                       "eos_token_id", "attention_bias", "mlp_bias"});
  read_only(config, "hidden_act", "silu");
  refuse_unknown_keys(config);

  for (const auto& [own, x] : model.to_hugging_face(model.stored_weights()))
    add_tensor(file, architecture, config, own, x, type);
}

}  // namespace adora
