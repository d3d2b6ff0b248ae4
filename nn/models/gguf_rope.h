#pragma once
// Not in adora.h: the library's own.
#include "../io/gguf.h"
#include "../io/gguf_writer.h"
#include "gguf_keys.h"

namespace adora {

/// The tensor of a number for each pair of a head that is turned, which its frequency is divided by: what llama.cpp
/// keeps of Llama 3's scaling. Only of architectures that say so does it read one.
inline constexpr const char* gguf_rope_factors = "rope_freqs.weight";

/// The rope_scaling of config.json that a file means by its keys or its factors; null where positions are not scaled.
/// Throws `Error` naming what can't be computed. `head_dim` is the size of a head, `has_factors` whether the
/// architecture reads factors.
Json read_gguf_rope_scaling(const GgufKeys& keys, const GgufReader& file, std::int64_t head_dim, bool has_factors);

/// And back, of a config.json: keys, or the factors. Throws `Error` where a file can't say it.
void write_gguf_rope_scaling(JsonFields& config, GgufWriter& file, const std::string& architecture, bool has_factors);

}  // namespace adora
