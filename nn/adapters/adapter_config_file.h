#pragma once
#include <string>

#include "adapter_config.h"

namespace adora {

class AtomicFile;

/// Reads PEFT's adapter_config.json; `path` is the file or the folder it is in. LORA (with or without use_dora)
/// and VERA are read, and what `write_adapter_config` writes beyond them. Throws `Error` naming the file and the
/// field for any option that would change the result and is not supported: nothing is passed over silently.
AdapterConfig read_adapter_config(const std::string& path);

/// Writes a config that PEFT reads. A magnitude trained alone is to PEFT a DoRA whose matrices are 0, with a field
/// "adora" beside it that says so; what it can't do at all (DVoRA, magnitudes beside LoRA) gets the peft_type ADORA,
/// which it refuses.
void write_adapter_config(const std::string& path, const AdapterConfig& config);
/// The same into a file that the caller commits.
void write_adapter_config(AtomicFile& file, const AdapterConfig& config);

}  // namespace adora
