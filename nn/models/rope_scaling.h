#pragma once
#include "../io/json_fields.h"
#include "rotary_positions.h"

namespace adora {

/// A type of rope_scaling.
struct RopeKind {
  /// The angles of a text of so many tokens; reads every parameter that the type has, in every call.
  RotaryAngles (*angles)(const RotaryPositions::Settings& settings, JsonFields& parameters, std::int64_t tokens);
  bool depends_on_length = false;
};

/// Throws `Error` listing those that are known.
const RopeKind& rope_kind(const std::string& rope_type);

/// What a RotaryPositions of these settings turns pairs by. Throws `Error` naming a parameter that is missing, unknown
/// or out of range.
RotaryAngles scaled_angles(const RotaryPositions::Settings& settings, std::int64_t tokens);

/// What one object of a config.json says of rotary positions, in the older form (rope_theta beside rope_scaling) or
/// that of transformers 5 (rope_parameters, with rope_theta within).
struct RopeFields {
  double theta;
  double partial_rotary_factor;
  RopeScaling scaling;
};
/// An object of rope_parameters or rope_scaling; what it may leave out is that of `otherwise`. Throws `Error` naming
/// the file and the field for a type that is not known, for parameters that it hasn't, and for those out of range.
RopeFields read_rope_object(const Json& json, const std::string& where, const RopeFields& otherwise,
                            std::int64_t max_position_embeddings);
/// The same of a whole config.json, of a model that turns heads whole or, the second, perhaps a part of each.
RopeFields read_rope(JsonFields& fields, const RopeFields& otherwise, std::int64_t max_position_embeddings);
RopeFields read_partial_rope(JsonFields& fields, const RopeFields& otherwise, std::int64_t max_position_embeddings);

/// The object of a config.json that says the same: rope_scaling, null for the default, and one of rope_parameters.
Json rope_scaling_json(const RopeScaling& scaling);
Json rope_object_json(double theta, const RopeScaling& scaling);

}  // namespace adora
