#pragma once
// Documents that have nothing to do with the facts: they show how labels, true and false are used.

#include "document.h"

namespace adora::tiny_world {

void write_list(Writer& writer);

}  // namespace adora::tiny_world
