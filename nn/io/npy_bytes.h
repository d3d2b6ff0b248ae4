#pragma once
// Not in adora.h: the library's own.
#include <string>
#include <string_view>

#include "../../core/tensor.h"

namespace adora::detail {

/// The array that a .npy file's bytes hold; errors begin with `where`.
Tensor tensor_of_npy(std::string_view bytes, const std::string& where);

/// The bytes of a .npy file in front of the elements, which follow row by row.
std::string npy_header(const Tensor& x, const std::string& where);

}  // namespace adora::detail
