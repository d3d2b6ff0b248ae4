#include "rope_config.h"

#include "../../core/error.h"
#include "config_keys.h"

namespace adora {
namespace {

/// The one kind of rope there is: `type` under its older or newer name.
void check_rope(JsonFields& rope) {
  for (const char* name : {"rope_type", "type"}) read_only(rope, name, "default");
  read_only(rope, "partial_rotary_factor", 1.0);
  rope.find("rope_theta");
  auto others = rope.unread();
  if (!others.empty()) fail("{}: {} is not supported", rope.where(), shortened(others.front()));
}

}  // namespace

double read_rope_theta(JsonFields& fields, double otherwise) {
  double theta = fields.number("rope_theta", 1e-3, 1e12, otherwise);
  for (const char* name : {"rope_scaling", "rope_parameters"}) {
    const Json* json = fields.find(name);
    if (!json) continue;
    JsonFields rope(*json, fields.where() + ": " + name);
    theta = rope.number("rope_theta", 1e-3, 1e12, theta);
    check_rope(rope);
  }
  read_only(fields, "partial_rotary_factor", 1.0);
  return theta;
}

}  // namespace adora
