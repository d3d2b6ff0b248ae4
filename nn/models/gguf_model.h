#pragma once
#include <memory>
#include <string>

#include "../io/gguf.h"
#include "../io/json.h"

namespace adora {

class CausalLm;
class GgufWriter;
struct GgufArchitecture;

/// The model in a GGUF file as a Hugging Face folder would have it. Opening it reads and checks what is in front of the
/// weights, which stay on disk.
class GgufModel {
 public:
  /// Throws `Error` naming the file and the key or the tensor: for an architecture that is not known
  /// (gguf_architecture.h), keys of it that are not known and may change the result, and tensors that nothing takes.
  explicit GgufModel(const std::string& path);

  const GgufReader& file() const { return file_; }
  /// The content of its config.json.
  const Json& config() const { return config_; }
  /// Its tensors under Hugging Face's names, with the dtypes of `tensors()`, on the shape-only device.
  StateDict shapes() const;
  /// Its tensors, those that are quantized as `decoded`. They are computed anew by each call. Throws `NotFinite` where
  /// a number is not finite.
  StateDict tensors(DType decoded = float32) const;

 private:
  struct Name {
    std::string gguf, hugging_face;
    std::int64_t rotary_heads;  // 0: rows lie as they are
  };
  std::vector<Name> names() const;

  GgufReader file_;
  const GgufArchitecture* architecture_;
  Json config_;
};

/// Gives a file the model's keys and its tensors under llama.cpp's names, but no tokenizer: matrices as `type` ("F16",
/// "Q8_0", "F32" or "BF16"), or as F16 where their rows are not made of its blocks; vectors as F32. Throws `Error`
/// beginning with `where` where the model's family or a setting of it has no such form.
void write_gguf_model(GgufWriter& file, const CausalLm& model, const std::string& name, const std::string& type,
                      const std::string& where);

/// Rows of heads whose neighbors are turned together, [heads · head_dim, ...], in the order in which those are that are
/// half a head apart; and back.
Tensor from_interleaved_rows(const Tensor& rows, std::int64_t heads);
Tensor to_interleaved_rows(const Tensor& rows, std::int64_t heads);

}  // namespace adora
