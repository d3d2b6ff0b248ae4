#pragma once
#include "kernel.h"

/// Reading, adding and writing at places that a tensor names. All work along the last dimension of `gather`,
/// `scatter_add` and `scatter`, and along the first of `index_select`, `index_add` and `index_copy`; views bring
/// another one there. Indices are int64; one that is out of range is an error naming `op`.
namespace adora::backends {

/// out[…, j] = x[…, index[…, j]]; out has index's shape and x's dtype, x at least its size in the other dimensions.
inline constinit Kernel<const char* /*op*/, const Tensor& /*x*/, const Tensor& /*index*/, const Tensor& /*out*/> gather{
    "gather"};

/// out[…, index[…, j]] += from[…, j], in the order of j; shapes as for gather with `from` in the place of its result.
inline constinit Kernel<const char* /*op*/, const Tensor& /*index*/, const Tensor& /*from*/, const Tensor& /*out*/>
    scatter_add{"scatter_add"};

/// out[i, …] = x[index[i], …]; index [n].
inline constinit Kernel<const char* /*op*/, const Tensor& /*x*/, const Tensor& /*index*/, const Tensor& /*out*/>
    index_select{"index_select"};

/// out[index[i], …] += from[i, …], in the order of i whatever the number of threads; index [n].
inline constinit Kernel<const char* /*op*/, const Tensor& /*index*/, const Tensor& /*from*/, const Tensor& /*out*/>
    index_add{"index_add"};

/// out[…, index[…, j]] = from[…, j], of several for one place the one of the largest j; shapes as for scatter_add.
inline constinit Kernel<const char* /*op*/, const Tensor& /*index*/, const Tensor& /*from*/, const Tensor& /*out*/>
    scatter{"scatter"};

/// out[index[i], …] = from[i, …], of several for one place the one of the largest i; index [n], out contiguous.
inline constinit Kernel<const char* /*op*/, const Tensor& /*index*/, const Tensor& /*from*/, const Tensor& /*out*/>
    index_copy{"index_copy"};

/// out[…] = index[…], or where that is negative index[…] + size: places of x, of which there are `size`. Of index's
/// shape, contiguous.
inline constinit Kernel<const char* /*op*/, const Tensor& /*index*/, std::int64_t /*size*/, const Tensor& /*x*/,
                        const Tensor& /*out*/>
    wrap_index{"wrap_index"};

}  // namespace adora::backends
