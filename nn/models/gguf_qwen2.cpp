#include "gguf_architecture.h"

namespace adora {
namespace {

extern const GgufArchitecture qwen2;

Json::Object read(JsonFields& keys, const GgufReader& file) {
  return read_gguf_decoder_config(keys, file, qwen2, "Qwen2ForCausalLM");
}

void write(JsonFields& config, GgufWriter& file) { write_gguf_decoder_config(config, file, qwen2); }

const GgufArchitecture qwen2{
    .name = "qwen2", .model_type = "qwen2", .config = read, .write = write, .tensors = gguf_decoder_tensors(false)};
const RegisterGgufArchitecture registered{qwen2};

}  // namespace
}  // namespace adora
