#include "layer_windows.h"

#include <algorithm>

#include "config_keys.h"

namespace adora {
namespace {

constexpr const char *full = "full_attention", *sliding = "sliding_attention";

}  // namespace

std::vector<std::int64_t> read_windows(JsonFields& fields, std::int64_t layers, const WindowRule& rule) {
  const std::int64_t otherwise = fields.mentions("sliding_window") ? 0 : rule.usual_window;
  const std::int64_t window = fields.has("sliding_window") ? read_size(fields, "sliding_window") : otherwise;
  std::vector<bool> slides;
  for (std::int64_t i = 0; i < layers; ++i) slides.push_back(window > 0 && rule.slides(i));
  if (fields.has("layer_types")) {
    const std::vector<std::string> types = fields.strings("layer_types");
    std::vector<bool> given;
    for (const std::string& type : types)
      if (type == full || type == sliding) given.push_back(type == sliding);
    if (types.size() != given.size() || given.size() != slides.size())
      fields.refuse("layer_types", fmt::format("\"{}\" or \"{}\" for each of the {} layers", full, sliding, layers));
    if (!rule.takes_layer_types && given != slides)
      fields.refuse("layer_types",
                    fmt::format("\"{}\" for each of the {} layers", window > 0 ? sliding : full, layers));
    if (window == 0 && std::find(given.begin(), given.end(), true) != given.end())
      fields.refuse("layer_types", fmt::format("\"{}\" for each layer where there is no sliding_window", full));
    slides = given;
  }
  std::vector<std::int64_t> windows;
  for (const bool one : slides) windows.push_back(one ? window : 0);
  return windows;
}

void read_no_windows(JsonFields& fields, std::int64_t layers) {
  read_only(fields, "sliding_window", nullptr);
  read_windows(fields, layers, {.takes_layer_types = false});
}

std::vector<std::int64_t> read_optional_windows(JsonFields& fields, std::int64_t layers) {
  const std::int64_t first = fields.integer("max_window_layers", 0, std::int64_t{1} << 31, 28);
  if (fields.boolean("use_sliding_window", false))
    return read_windows(fields, layers, {.usual_window = 4096, .slides = [=](std::int64_t i) { return i >= first; }});
  ignore_keys(fields, {"sliding_window"});
  if (!fields.has("layer_types")) return {};
  const std::vector<std::string> wanted(static_cast<std::size_t>(layers), full);
  if (fields.strings("layer_types") != wanted)
    fields.refuse("layer_types",
                  fmt::format("\"{}\" for each of the {} layers, as use_sliding_window is false", full, layers));
  return {};
}

void write_optional_windows(Json::Object& config_json, const DecoderConfig& config) {
  const Json window = sliding_window_json(config);
  config_json["use_sliding_window"] = !window.is_null();
  if (window.is_null()) return;
  config_json["sliding_window"] = window;
  config_json["layer_types"] = layer_types_json(config);
}

Json layer_types_json(const DecoderConfig& config) {
  Json::Array types;
  for (const std::int64_t window : config.windows) types.push_back(window > 0 ? sliding : full);
  types.resize(static_cast<std::size_t>(config.num_hidden_layers), full);
  return types;
}

Json sliding_window_json(const DecoderConfig& config) {
  const auto found = std::find_if(config.windows.begin(), config.windows.end(), [](auto window) { return window > 0; });
  return found == config.windows.end() ? Json() : Json(*found);
}

}  // namespace adora
