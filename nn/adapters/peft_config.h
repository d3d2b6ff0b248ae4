#pragma once
#include <string>

#include "../io/json_fields.h"
#include "adapter_config.h"

namespace adora {

class AtomicFile;

/// Reads PEFT's adapter_config.json; `path` is the file or the folder it is in. The kinds of adapter that there are say
/// which words of PEFT's they mean; what `write_adapter_config` writes beyond them is read as well. Throws `Error`
/// naming the file and the field for any option that would change the result and is not supported: nothing is passed
/// over silently.
AdapterConfig read_adapter_config(const std::string& path);

/// Writes a config that PEFT reads. A magnitude trained alone is to PEFT a DoRA whose matrices are 0, with a field
/// "adora" beside it that says so; what it can't do at all (DVoRA, magnitudes beside LoRA) gets the peft_type ADORA,
/// which it refuses.
void write_adapter_config(const std::string& path, const AdapterConfig& config);
/// The same into a file that the caller commits.
void write_adapter_config(AtomicFile& file, const AdapterConfig& config);

/// Whether PEFT computes what the config says, and so reads its folder.
bool is_known_to_peft(const AdapterConfig& config);

inline constexpr std::int64_t largest_adapter_rank = 1 << 20;
/// An error naming the field where a pattern is too long.
void check_pattern_length(const JsonFields& fields, const std::string& name, const std::string& pattern);
/// 8 rather than 8.0, as PEFT writes alpha.
Json whole_number_if_it_is(double value);

}  // namespace adora
