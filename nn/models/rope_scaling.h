#pragma once
#include "../io/json_fields.h"

namespace adora {

/// The base of rotary angles in a config.json: rope_theta, alone or in rope_parameters (transformers 5) or
/// rope_scaling; `otherwise` where there is none. Throws `Error` naming the field where positions are scaled or only a
/// part of each head is turned.
double read_rope_theta(JsonFields& fields, double otherwise = 10000);

}  // namespace adora
