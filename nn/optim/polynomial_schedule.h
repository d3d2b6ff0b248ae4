#pragma once
#include "schedule.h"

namespace adora {

/// (1 - least) · (1 - step / steps)^power + least: from 1 to `least` at the end. `power` is a finite number above 0,
/// `least` lies in [0, 1]. "polynomial" by name, as in Hugging Face's transformers, where lr_end over the rate is
/// `least`.
Schedule polynomial_schedule(double power = 1, double least = 0);

}  // namespace adora
