#pragma once
#include <optional>
#include <string>
#include <vector>

#include "../io/gguf.h"
#include "../io/gguf_writer.h"
#include "../io/json_fields.h"

namespace adora {

/// What a tensor is called in a GGUF file and in a Hugging Face folder; "*" stands for the number of a layer.
struct GgufTensorName {
  std::string gguf, hugging_face;
  /// The field of config.json with the number of heads, where llama.cpp turns neighboring rows of a head and Hugging
  /// Face those that are half a head apart: the rows lie in another order then.
  std::string rotary_heads = {};
};

/// An architecture that GGUF files may name, which is a family of models (family.h) under llama.cpp's names. Its file
/// registers it:
///
///     const RegisterGgufArchitecture registered{{.name = "llama", .model_type = "llama", .config = read, ...}};
struct GgufArchitecture {
  std::string name;        ///< general.architecture
  std::string model_type;  ///< of its config.json
  /// The config.json of what a file's keys say. Throws `Error` naming the file and the key for what the family can't
  /// compute with; keys of the architecture that it has not asked for are refused after it.
  Json::Object (*config)(JsonFields& keys, const GgufReader& file) = nullptr;
  /// The keys that say what a config.json does.
  void (*write)(JsonFields& config, GgufWriter& file) = nullptr;
  std::vector<GgufTensorName> tensors = {};
  /// Whether positions may be scaled by a tensor of factors (gguf_rope.h), which is no tensor of the model.
  bool reads_rope_factors = false;
};

struct RegisterGgufArchitecture {
  explicit RegisterGgufArchitecture(GgufArchitecture architecture);
};

/// The number of the layer in a name that a pattern stands for, "12" in "blk.12.attn_q.weight" by
/// "blk.*.attn_q.weight"; empty where the name is the pattern itself, none where it is another.
std::optional<std::string> layer_in(const std::string& name, const std::string& pattern);
/// The pattern with that number.
std::string of_layer(std::string pattern, const std::string& layer);

/// By its name in GGUF files, or by the model_type of its config.json. Throws `Error` beginning with `where` and
/// listing those there are.
const GgufArchitecture& gguf_architecture(const std::string& name, const std::string& where);
const GgufArchitecture& gguf_architecture_of(const std::string& model_type, const std::string& where);

/// The config.json of a decoder of the kind that Llama is (decoder_config.h), from keys that begin with `name` and a
/// dot.
Json::Object read_gguf_decoder_config(JsonFields& keys, const GgufReader& file, const GgufArchitecture& architecture,
                                      const std::string& hugging_face_class);
/// And back, of a config.json that such a decoder's config_json() makes.
void write_gguf_decoder_config(JsonFields& config, GgufWriter& file, const GgufArchitecture& architecture);
/// The names of such a decoder's tensors. `interleaved`: whether llama.cpp turns neighboring rows.
std::vector<GgufTensorName> gguf_decoder_tensors(bool interleaved);

}  // namespace adora
