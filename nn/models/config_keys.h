#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "../io/json_fields.h"

// How the keys of a config.json are read.

namespace adora {

/// A size: an integer of 1 or more, whose product with another is still one; without `otherwise` it must be there.
std::int64_t read_size(JsonFields& config, const std::string& name, std::optional<std::int64_t> otherwise = {});
/// A token's number, or a list of them, all below vocab_size; `otherwise` where the field is absent, none where it is
/// null or an empty list.
std::vector<std::int64_t> read_token_ids(JsonFields& config, const std::string& name, std::int64_t vocab_size,
                                         std::vector<std::int64_t> otherwise);
/// The same as a config.json has them: one alone, a list, or null.
Json token_ids_json(const std::vector<std::int64_t>& ids);
/// Refuses a field unless it is absent or has the only value that the family computes with.
void read_only(JsonFields& config, const std::string& name, const Json& wanted);

/// Counts keys of a config.json as understood, whatever they say: those of a family that change nothing it computes.
void ignore_keys(JsonFields& config, std::initializer_list<const char*> names);

/// Throws `Error` naming the keys that nobody has read and that may change what a model computes: all but those that
/// transformers writes for any model and that change no logit, and those that are null or false, which say that there
/// is no such thing.
void refuse_unknown_keys(JsonFields& config);

}  // namespace adora
