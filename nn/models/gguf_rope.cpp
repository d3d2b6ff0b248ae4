#include "gguf_rope.h"

#include <cmath>

#include "../../core/error.h"
#include "../../ops/creation.h"
#include "config_keys.h"
#include "rope_scaling.h"

namespace adora {
namespace {

/// As longrope has them: the same for long texts as for short ones.
Json of_factors(const Tensor& factors, const GgufReader& file, std::int64_t head_dim, std::int64_t original) {
  const std::string place = fmt::format("{}: tensor \"{}\"", file.path(), gguf_rope_factors);
  check(factors.shape() == Shape{head_dim / 2},
        "{} must have a number for each of the {} pairs of a head, not shape {}", place, head_dim / 2, factors.shape());
  Json::Array list;
  for (const double factor : to_vector<double>(to(factors, cpu))) {
    check(factor > 0 && std::isfinite(factor), "{} must have positive numbers, not {}", place, factor);
    list.push_back(shortest_float(factor));
  }
  return Json::Object{{"rope_type", "longrope"},
                      {"short_factor", list},
                      {"long_factor", list},
                      {"attention_factor", 1.0},
                      {"original_max_position_embeddings", original}};
}

/// What plain frequencies are divided by, in texts of every length.
std::vector<float> factors_of(const RotaryPositions::Settings& settings, const std::string& where) {
  const RotaryAngles plain = scaled_angles({settings.theta, settings.dims, settings.max_position_embeddings}, 1);
  const RotaryAngles scaled = scaled_angles(settings, 1), in_long = scaled_angles(settings, std::int64_t{1} << 40);
  check(scaled.frequencies == in_long.frequencies && scaled.amplitude == 1 && in_long.amplitude == 1,
        "{}: a GGUF file can't say rope_scaling of the type \"{}\" here", where, settings.scaling.rope_type);
  std::vector<float> factors;
  for (std::size_t i = 0; i < plain.frequencies.size(); ++i)
    factors.push_back(static_cast<float>(plain.frequencies[i] / scaled.frequencies[i]));
  return factors;
}

}  // namespace

Json read_gguf_rope_scaling(const GgufKeys& keys, const GgufReader& file, std::int64_t head_dim, bool has_factors) {
  const std::string type = keys.fields().text(keys["rope.scaling.type"], "none");
  const double factor = keys.number("rope.scaling.factor", 1e-6, 1e6, 1.0);
  const std::int64_t original = keys.size("rope.scaling.original_context_length", 0);
  // Whether the model was trained with it.
  ignore_keys(keys.fields(), {keys["rope.scaling.finetuned"].c_str()});
  keys.only("rope.scaling.attn_factor", 1.0);
  keys.only("rope.scale_linear", 1.0);
  const bool scaled = type != "none" && (type != "linear" || factor != 1.0);
  if (file.contains(gguf_rope_factors)) {
    check(has_factors, "{}: tensor \"{}\" scales positions, which this architecture does not", file.path(),
          gguf_rope_factors);
    check(!scaled, "{}: has both {} and the tensor \"{}\"; which one is meant?", file.path(), keys["rope.scaling.type"],
          gguf_rope_factors);
    return of_factors(file.tensor(gguf_rope_factors, float32), file, head_dim,
                      original > 0 ? original : keys.size("context_length"));
  }
  if (!scaled) return nullptr;
  Json::Object scaling{{"rope_type", type}, {"factor", factor}};
  if (original > 0 && type != "linear") scaling["original_max_position_embeddings"] = original;
  return scaling;
}

void write_gguf_rope_scaling(JsonFields& config, GgufWriter& file, const std::string& architecture, bool has_factors) {
  const std::int64_t longest = read_size(config, "max_position_embeddings"), dims = read_size(config, "head_dim");
  const RopeFields rope = read_rope(config, {.theta = 10000, .partial_rotary_factor = 1, .scaling = {}}, longest);
  file.f32(architecture + ".rope.freq_base", rope.theta);
  const RopeScaling& scaling = rope.scaling;
  if (scaling.rope_type == "default") return;
  if (scaling.rope_type == "linear") {
    const Json parameters = scaling.parameters;
    file.text(architecture + ".rope.scaling.type", "linear");
    file.f32(architecture + ".rope.scaling.factor", JsonFields(parameters, config.where()).number("factor", 1, 1e6));
    return;
  }
  check(has_factors, "{}: GGUF files of {} can't say rope_scaling of the type \"{}\"", config.where(), architecture,
        scaling.rope_type);
  const std::vector<float> factors = factors_of({rope.theta, dims, longest, scaling}, config.where());
  file.tensor(gguf_rope_factors, tensor(factors, {dims / 2}), "F32");
}

}  // namespace adora
