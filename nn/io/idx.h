#pragma once
#include <string>

#include "../../core/tensor.h"

namespace adora {

/// The array of a file in the idx format, which MNIST has ("train-images-idx3-ubyte"; its page at yann.lecun.com
/// describes it), as it is or compressed by gzip ("….gz"). Bytes become uint8, int16 int32; signed bytes int32. Throws
/// `Error` naming the file where it is of another form or its length is not that of its shape.
Tensor read_idx(const std::string& path);

}  // namespace adora
