#pragma once
#include <functional>

#include "decoder_config.h"

namespace adora {

/// Which of a model's layers see a window of tokens only.
struct WindowRule {
  /// The window where a config.json does not mention sliding_window; 0: none.
  std::int64_t usual_window = 0;
  /// Whether layer i sees the window where there are no layer_types.
  std::function<bool(std::int64_t layer)> slides = [](std::int64_t) { return true; };
  /// Whether layer_types may say otherwise.
  bool takes_layer_types = true;
};

/// The windows of a config.json's layers (DecoderConfig::windows), from sliding_window and layer_types. Throws `Error`
/// naming the field.
std::vector<std::int64_t> read_windows(JsonFields& fields, std::int64_t layers, const WindowRule& rule);
/// For families whose layers all see all: the same fields must say so, if they are there.
void read_no_windows(JsonFields& fields, std::int64_t layers);

/// For families that use their window only where use_sliding_window is true, in the layers from max_window_layers on
/// (Qwen2, Qwen3). One that is not used may have any size.
std::vector<std::int64_t> read_optional_windows(JsonFields& fields, std::int64_t layers);
void write_optional_windows(Json::Object& config_json, const DecoderConfig& config);

/// layer_types as a config.json has them.
Json layer_types_json(const DecoderConfig& config);
/// sliding_window: null where no layer has one.
Json sliding_window_json(const DecoderConfig& config);

}  // namespace adora
