#pragma once
#include <optional>
#include <string>

#include "../core/error.h"
#include "state_dict.h"

namespace adora {

/// A NaN or an infinity where there must be none.
class NotFinite : public Error {
 public:
  using Error::Error;
};

/// The name of the first tensor that has a NaN or an infinity; nothing where every number is finite. Integers and
/// tensors without memory are passed over. Takes one pass over the numbers, without copies in float32 and wider, and
/// one wait for the GPU.
std::optional<std::string> find_not_finite(const StateDict& tensors);

/// Throws `NotFinite` "`where`: NAME has a number that is not finite (NaN or infinite)" where there is one.
void check_finite(const StateDict& tensors, const std::string& where);

}  // namespace adora
