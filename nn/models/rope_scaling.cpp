#include "rope_scaling.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "../../core/error.h"
#include "../../core/listed.h"
#include "config_keys.h"

namespace adora {
namespace {

using Settings = RotaryPositions::Settings;

constexpr double largest_factor = 1e6;

double read_factor(JsonFields& p) { return p.number("factor", 1, largest_factor); }

double original_length(const Settings& s, JsonFields& p) {
  return static_cast<double>(read_size(p, "original_max_position_embeddings", s.max_position_embeddings));
}

std::vector<double> frequencies(double theta, std::int64_t dims) {
  std::vector<double> all;
  for (std::int64_t i = 0; i < dims; i += 2)
    all.push_back(std::pow(theta, -static_cast<double>(i) / static_cast<double>(dims)));
  return all;
}

RotaryAngles plain(const Settings& s, JsonFields&, std::int64_t) { return {frequencies(s.theta, s.dims)}; }

/// Positions divided by the factor (Chen et al., "Extending context window of large language models via positional
/// interpolation", 2023).
RotaryAngles linear(const Settings& s, JsonFields& p, std::int64_t) {
  std::vector<double> all = frequencies(s.theta, s.dims);
  const double factor = read_factor(p);
  for (double& one : all) one /= factor;
  return {all};
}

/// A larger theta for longer texts ("dynamic NTK"; Peng et al., "YaRN", 2023, appendix B.1).
RotaryAngles dynamic(const Settings& s, JsonFields& p, std::int64_t tokens) {
  const double factor = read_factor(p), longest = static_cast<double>(s.max_position_embeddings);
  const double length = std::max(static_cast<double>(tokens), longest), dims = static_cast<double>(s.dims);
  if (s.dims <= 2) return {frequencies(s.theta, s.dims)};
  const double stretched = factor * length / longest - (factor - 1);
  return {frequencies(s.theta * std::pow(stretched, dims / (dims - 2)), s.dims)};
}

/// Slow angles are divided by the factor, fast ones stay, and those between are mixed ("The Llama 3 herd of models",
/// 2024; the formula is that of Meta's code).
RotaryAngles llama3(const Settings& s, JsonFields& p, std::int64_t) {
  const double factor = read_factor(p), original = original_length(s, p);
  const double low = p.number("low_freq_factor", 1e-6, largest_factor);
  const double high = p.number("high_freq_factor", 1e-6, largest_factor);
  if (high <= low) p.refuse("high_freq_factor", fmt::format("more than low_freq_factor ({})", low));
  std::vector<double> all = frequencies(s.theta, s.dims);
  for (double& one : all) {
    const double turns = original * one / (2 * std::numbers::pi);  // in a text of the original length
    if (turns > high) continue;
    const double kept = turns < low ? 0 : (turns - low) / (high - low);
    one = (1 - kept) * one / factor + kept * one;
  }
  return {all};
}

/// Peng et al., "YaRN: efficient context window extension of large language models", 2023, sections 3.2 and 3.4.
RotaryAngles yarn(const Settings& s, JsonFields& p, std::int64_t) {
  const double original = original_length(s, p), dims = static_cast<double>(s.dims);
  const double factor =
      p.number("factor", 1, largest_factor, static_cast<double>(s.max_position_embeddings) / original);
  const double fast = p.number("beta_fast", 1e-3, largest_factor, 32);
  const double slow = p.number("beta_slow", 1e-3, largest_factor, 1);
  const bool truncate = p.boolean("truncate", true);
  const double mscale = p.number("mscale", 0, 100, 0), mscale_all = p.number("mscale_all_dim", 0, 100, 0);
  auto grown = [&](double times) { return factor <= 1 ? 1.0 : 0.1 * times * std::log(factor) + 1; };
  const double usual = mscale != 0 && mscale_all != 0 ? grown(mscale) / grown(mscale_all) : grown(1);
  const double amplitude = p.number("attention_factor", 0, 1e3, usual);
  // The pair that turns so many times in a text of the original length.
  auto pair_that_turns = [&](double times) {
    return dims * std::log(original / (times * 2 * std::numbers::pi)) / (2 * std::log(s.theta));
  };
  double first = pair_that_turns(fast), last = pair_that_turns(slow);
  if (truncate) first = std::floor(first), last = std::ceil(last);
  first = std::max(first, 0.0), last = std::min(last, dims - 1);
  if (first == last) last += 0.001;
  std::vector<double> all = frequencies(s.theta, s.dims);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double slowed = std::clamp((static_cast<double>(i) - first) / (last - first), 0.0, 1.0);
    all[i] = all[i] / factor * slowed + all[i] * (1 - slowed);
  }
  return {all, amplitude};
}

std::vector<double> read_factors(JsonFields& p, const char* name, std::size_t count) {
  const Json* found = p.find(name);
  const auto* list = found ? found->get<Json::Array>() : nullptr;
  std::vector<double> factors;
  for (const Json& one : list ? *list : Json::Array()) {
    const auto* number = one.get<double>();
    const auto* integer = one.get<std::int64_t>();
    const double factor = number ? *number : integer ? static_cast<double>(*integer) : 0;
    if (factor > 0 && std::isfinite(factor)) factors.push_back(factor);
  }
  if (factors.size() != count || !list || list->size() != count)
    p.refuse(name, fmt::format("a list of {} positive numbers, one for each pair that is turned", count));
  return factors;
}

/// Each pair has a factor of its own, one for short texts and one for long ones (Ding et al., "LongRoPE", 2024).
RotaryAngles longrope(const Settings& s, JsonFields& p, std::int64_t tokens) {
  std::vector<double> all = frequencies(s.theta, s.dims);
  const double original = original_length(s, p);
  const double factor =
      p.number("factor", 1e-6, largest_factor, static_cast<double>(s.max_position_embeddings) / original);
  const double usual = factor <= 1 ? 1.0 : std::sqrt(1 + std::log(factor) / std::log(original));
  const double amplitude = p.number("attention_factor", 0, 1e3, usual);
  const std::vector<double> for_long = read_factors(p, "long_factor", all.size()),
                            for_short = read_factors(p, "short_factor", all.size());
  const auto& factors = static_cast<double>(tokens) > original ? for_long : for_short;
  for (std::size_t i = 0; i < all.size(); ++i) all[i] /= factors[i];
  return {all, amplitude};
}

const std::map<std::string, RopeKind>& kinds() {
  static const std::map<std::string, RopeKind> all{
      {"default", {plain}}, {"linear", {linear}}, {"dynamic", {dynamic, true}},
      {"llama3", {llama3}}, {"yarn", {yarn}},     {"longrope", {longrope, true}}};
  return all;
}

std::string known_kinds() {
  std::vector<std::string> names;
  for (const auto& [name, kind] : kinds()) names.push_back(name);
  return listed(names);
}

RotaryAngles angles_of(const Settings& s, const Json& parameters, const std::string& where, std::int64_t tokens) {
  JsonFields fields(parameters, where);
  RotaryAngles angles = rope_kind(s.scaling.rope_type).angles(s, fields, tokens);
  const std::vector<std::string> others = fields.unread();
  if (!others.empty())
    fail("{}: {} is no parameter of rope_type \"{}\" that is known", where, shortened(others.front()),
         s.scaling.rope_type);
  return angles;
}

}  // namespace

const RopeKind& rope_kind(const std::string& rope_type) {
  const auto found = kinds().find(rope_type);
  if (found != kinds().end()) return found->second;
  fail("rope_type \"{}\" is not known; there are {}", shortened(rope_type), known_kinds());
}

RotaryAngles scaled_angles(const Settings& settings, std::int64_t tokens) {
  return angles_of(settings, settings.scaling.parameters, "rope_scaling", tokens);
}

RopeFields read_rope_object(const Json& json, const std::string& where, const RopeFields& otherwise,
                            std::int64_t max_position_embeddings) {
  JsonFields rope(json, where);
  RopeFields read = otherwise;
  read.theta = rope.number("rope_theta", 1e-3, 1e12, otherwise.theta);
  read.partial_rotary_factor = rope.number("partial_rotary_factor", 1e-3, 1, otherwise.partial_rotary_factor);
  read.scaling.rope_type = rope.text("rope_type", rope.text("type", "default"));
  rope.find("type");
  if (!kinds().contains(read.scaling.rope_type))
    rope.refuse(rope.has("rope_type") ? "rope_type" : "type", "one that is known: " + known_kinds());
  read.scaling.parameters = {};
  for (const auto& [name, value] : *json.get<Json::Object>())
    if (name != "rope_theta" && name != "partial_rotary_factor" && name != "rope_type" && name != "type" &&
        !value.is_null())
      read.scaling.parameters[name] = value;
  // With few pairs: which there are is not known yet, and longrope has a list of them.
  if (read.scaling.rope_type != "longrope")
    angles_of({read.theta, 4, max_position_embeddings, read.scaling}, read.scaling.parameters, where, 1);
  return read;
}

RopeFields read_partial_rope(JsonFields& fields, const RopeFields& otherwise, std::int64_t max_position_embeddings) {
  RopeFields read = otherwise;
  read.theta = fields.number("rope_theta", 1e-3, 1e12, otherwise.theta);
  read.partial_rotary_factor = fields.number("partial_rotary_factor", 1e-3, 1, otherwise.partial_rotary_factor);
  const Json *older = fields.find("rope_scaling"), *newer = fields.find("rope_parameters");
  if (older && newer && *older != *newer)
    fields.refuse("rope_scaling", "absent, or what rope_parameters is, which is its newer name");
  const char* name = older ? "rope_scaling" : "rope_parameters";
  const Json* json = older ? older : newer;
  return json ? read_rope_object(*json, fields.where() + ": " + name, read, max_position_embeddings) : read;
}

RopeFields read_rope(JsonFields& fields, const RopeFields& otherwise, std::int64_t max_position_embeddings) {
  const RopeFields read = read_partial_rope(fields, otherwise, max_position_embeddings);
  if (read.partial_rotary_factor != 1)
    fields.refuse("partial_rotary_factor", "1: heads of this family are turned whole");
  return read;
}

namespace {

Json::Object scaling_object(const RopeScaling& scaling) {
  Json::Object json = scaling.parameters;
  json["rope_type"] = scaling.rope_type;
  return json;
}

}  // namespace

Json rope_object_json(double theta, const RopeScaling& scaling) {
  Json::Object json = scaling_object(scaling);
  json["rope_theta"] = theta;
  return json;
}

Json rope_scaling_json(const RopeScaling& scaling) {
  return scaling.rope_type == "default" ? Json() : Json(scaling_object(scaling));
}

}  // namespace adora
