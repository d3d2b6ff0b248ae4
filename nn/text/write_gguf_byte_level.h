#pragma once
// Not in adora.h: the library's own.
#include <cstdint>
#include <string>

#include "../io/json.h"

namespace adora {

class GgufWriter;

/// Writes the keys of a byte-level BPE tokenizer (tokenizer.ggml.model "gpt2") from the contents of a tokenizer.json
/// and a tokenizer_config.json; tokens that no one has are made up to vocab_size. Throws `Error` naming the file,
/// `path`, and the part of it that such a file has no words for: another model than a byte-level BPE, a pre-tokenizer
/// that has no name there, an added token that is found otherwise than as its text.
void write_gguf_byte_level(GgufWriter& file, const Json& tokenizer, const Json& config, std::int64_t vocab_size,
                           const std::string& path);

}  // namespace adora
