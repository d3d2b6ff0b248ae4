#pragma once
#include <map>
#include <string>

#include "../io/gguf.h"

namespace adora {

class GgufWriter;

// The tokenizer in a GGUF file (`tokenizer.ggml.*`) as Hugging Face's files say the same. Each throws `Error` naming
// the file and the key for a kind of tokenizer that is not known, lists that don't go together, and tokens that are not
// there.

/// The content of tokenizer.json: of tokenizer.ggml.model "gpt2" a byte-level BPE, whose pre-tokenizer
/// tokenizer.ggml.pre names (gguf_pre_tokenizer.h); of "llama" a BPE on characters, whose merges are had from the
/// scores as transformers has them from a SentencePiece model's.
Json gguf_tokenizer_json(const GgufReader& file);

/// The content of tokenizer_config.json: special tokens, whether BOS and EOS are put to a text, and the chat template.
Json gguf_tokenizer_config(const GgufReader& file);

/// The same as files of a folder, by name; of "llama" a tokenizer.model too. None where the file has no tokenizer.
std::map<std::string, std::string> gguf_tokenizer_files(const GgufReader& file);

/// Writes the keys `tokenizer.*` as another file has them.
void write_gguf_tokenizer(GgufWriter& file, const GgufReader& source);
/// Or of a folder's files, by name: of a SentencePiece model that merges by scores (tokenizer.model), or of a
/// byte-level BPE (tokenizer.json); tokens that no one has are made up to vocab_size. Throws `Error` naming the folder,
/// `where`, where its tokenizer is another.
void write_gguf_tokenizer(GgufWriter& file, const std::map<std::string, std::string>& files, std::int64_t vocab_size,
                          const std::string& where);

}  // namespace adora
