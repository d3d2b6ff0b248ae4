#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "../state_dict.h"
#include "llama_config.h"

namespace adora {

/// The tensors of a Hugging Face folder: model.safetensors, or the files that model.safetensors.index.json
/// names. They are views of the mapped files. Throws `Error` naming file and tensor where the index and the files don't
/// agree, the index leads out of the folder, or a number is not finite.
StateDict read_model_tensors(const std::string& folder);

/// The tensors of a Llama of this config, checked against it: buffers of older versions
/// (rotary_emb.inv_freq) are dropped, as is an lm_head.weight that is tied to the embedding. Throws `Error` naming
/// the folder and the tensors that are missing, surplus, of another shape or not floating.
StateDict read_llama_tensors(const std::string& folder, const LlamaConfig& config);

/// The names and shapes of a Llama's tensors, as Hugging Face has them; a tied lm_head.weight is not among them.
std::map<std::string, Shape> llama_tensor_shapes(const LlamaConfig& config);

/// Whether the weights in the folder are of write_model_folder, and not downloaded or of another program.
bool was_written_here(const std::string& folder);

/// Writes model.safetensors, the companions (such as tokenizer.model) by name, and config.json, all or none (see
/// FolderWriter), and removes files of an earlier model in that folder: an index of several files of weights, and those
/// named by `obsolete`. The folder is made where it isn't there. Tensors keep their dtype. Throws `NotFinite`, and
/// writes nothing, where a number is not finite.
void write_model_folder(const std::string& folder, const LlamaConfig& config, const StateDict& tensors,
                        const std::map<std::string, std::string>& companions = {},
                        const std::vector<std::string>& obsolete = {});

}  // namespace adora
