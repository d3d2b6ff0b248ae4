#include "gguf_model.h"

#include "../../autograd/grad_mode.h"
#include "../../core/listed.h"
#include "../../ops/creation.h"
#include "../../ops/view.h"
#include "../finite.h"
#include "gguf_architecture.h"
#include "gguf_rope.h"

namespace adora {
namespace {

/// [heads, a, b, ...] with its second and third dimension exchanged, as rows again.
Tensor exchanged(const Tensor& rows, std::int64_t heads, std::int64_t a, std::int64_t b) {
  NoGrad no_grad;
  Shape apart{heads, a, b};
  for (int i = 1; i < rows.ndim(); ++i) apart.push_back(rows.shape()[i]);
  return reshape(contiguous(transpose(reshape(rows, apart), 1, 2)), rows.shape());
}

/// Half the rows of a head.
std::int64_t half_of(const Tensor& rows, std::int64_t heads) {
  check(rows.ndim() > 0 && heads > 0 && rows.shape()[0] % (2 * heads) == 0,
        "the rows of a tensor of shape {} are not those of {} heads", rows.shape(), heads);
  return rows.shape()[0] / heads / 2;
}

/// The keys of a file that may say how the model computes.
Json::Object scalar_keys(const GgufReader& file, const std::string& architecture) {
  Json::Object keys;
  for (const std::string& key : file.keys())
    if (!file.kind(key).starts_with("array") || key.starts_with(architecture + ".")) keys[key] = file.value(key);
  return keys;
}

}  // namespace

Tensor from_interleaved_rows(const Tensor& rows, std::int64_t heads) {
  return exchanged(rows, heads, half_of(rows, heads), 2);
}
Tensor to_interleaved_rows(const Tensor& rows, std::int64_t heads) {
  return exchanged(rows, heads, 2, half_of(rows, heads));
}

GgufModel::GgufModel(const std::string& path) : file_(path) {
  check(file_.has("general.architecture"), "{}: general.architecture is missing", path);
  const Json name = file_.value("general.architecture");
  const auto* text = name.get<std::string>();
  check(text != nullptr, "{}: general.architecture must be a text", path);
  architecture_ = &gguf_architecture(*text, path);
  const Json keys = scalar_keys(file_, *text);
  JsonFields fields(keys, path);
  // An adapter's file, or one of several.
  for (const auto& [key, only] : {std::pair{"general.type", Json("model")}, {"split.count", Json(1)}})
    if (const Json* value = fields.find(key); value && *value != only && *value != Json(0))
      fields.refuse(key, fmt::format("{}: nothing else is read here", brief(only)));
  config_ = architecture_->config(fields, file_);
  // What others say of themselves (general., tokenizer., quantize.) is about no number that is computed.
  std::vector<std::string> unknown;
  for (const std::string& key : fields.unread())
    if (key.starts_with(*text + ".")) unknown.push_back(key);
  if (!unknown.empty())
    fail("{}: {} {} not known here, and may change what the model computes", path, listed(unknown),
         unknown.size() == 1 ? "is" : "are");
  names();
}

std::vector<GgufModel::Name> GgufModel::names() const {
  JsonFields config(config_, file_.path());
  std::vector<Name> result;
  std::vector<std::string> unknown;
  for (const std::string& name : file_.names()) {
    if (architecture_->reads_rope_factors && name == gguf_rope_factors) continue;  // the config has it
    const std::size_t before = result.size();
    for (const GgufTensorName& known : architecture_->tensors) {
      const auto layer = layer_in(name, known.gguf);
      if (!layer) continue;
      const std::int64_t heads =
          known.rotary_heads.empty() ? 0 : config.integer(known.rotary_heads, 1, std::int64_t{1} << 31);
      const Shape& shape = file_.shape(name);
      if (heads > 0 && (shape.empty() || shape[0] % (2 * heads) != 0))
        fail("{}: tensor \"{}\" has shape {}, whose rows are not those of {} heads", file_.path(), shortened(name),
             shape, heads);
      result.push_back({name, of_layer(known.hugging_face, *layer), heads});
      break;
    }
    if (result.size() == before) unknown.push_back(name);
  }
  if (!unknown.empty())
    fail("{}: there are tensors that nothing of {} takes: {}", file_.path(), architecture_->name, listed(unknown));
  return result;
}

StateDict GgufModel::shapes() const {
  StateDict result;
  for (const Name& name : names())
    result[name.hugging_face] = empty(file_.shape(name.gguf), file_.dtype(name.gguf), meta);
  return result;
}

StateDict GgufModel::tensors(DType decoded) const {
  StateDict result;
  for (const Name& name : names()) {
    Tensor& x = result[name.hugging_face] = file_.tensor(name.gguf, decoded);
    if (name.rotary_heads > 0) x = from_interleaved_rows(x, name.rotary_heads);
  }
  check_finite(result, file_.path());
  return result;
}

}  // namespace adora
