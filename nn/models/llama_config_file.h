#pragma once
#include <string>
#include <vector>

#include "llama_config.h"

namespace adora {

class AtomicFile;

/// Reads Hugging Face's config.json of a Llama: `path` is the file or the folder it is in. The form of
/// transformers 5 (rope_parameters, dtype) is read as well as the older one. Throws `Error` naming the file and the
/// field for another architecture, for what a Llama here can't do (rope scaling, other activations, quantized
/// weights), and for sizes that are missing, negative, absurd or don't fit one another.
LlamaConfig read_llama_config(const std::string& path);

/// Writes a config.json that `read_llama_config` and transformers read; `dtype` names that of the weights
/// ("float32", "bfloat16", …).
void write_llama_config(const std::string& path, const LlamaConfig& config, const std::string& dtype = "float32");
/// The same into a file that the caller commits.
void write_llama_config(AtomicFile& file, const LlamaConfig& config, const std::string& dtype = "float32");

/// The published sizes of a model: llama-7b, llama-13b, llama2-7b, llama3-8b. Throws `Error` listing the names there
/// are.
LlamaConfig named_llama_config(const std::string& name);
std::vector<std::string> llama_config_names();

}  // namespace adora
