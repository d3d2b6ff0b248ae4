#pragma once
#include <map>
#include <string>

#include "../core/tensor.h"

namespace adora {

/// Tensors by name, as checkpoints and model files hold them.
using StateDict = std::map<std::string, Tensor>;

/// Whether two tensors on the CPU have one shape and dtype and are bit for bit the same, so that NaN equals itself.
bool same_bits(const Tensor& a, const Tensor& b);

/// The tensors that something takes over from a state dict.
struct StateDictTarget {
  StateDict tensors;                             ///< the names, shapes and dtypes; no number is looked at
  std::map<std::string, std::string> tied = {};  ///< further names of these tensors, and which tensor each names
  bool same_dtype = false;  ///< or a floating tensor may be converted, when another floating dtype is given
};

/// The tensors of `given` under the names of `target.tensors`, each of its shape. A tied tensor may be given under any
/// of its names, or under several if the numbers are the same. Throws `Error` beginning with `where` that lists the
/// tensors that are missing and those that nothing takes, or names the one of another shape or dtype.
StateDict match_state_dict(const StateDict& given, const StateDictTarget& target, const std::string& where);

}  // namespace adora
