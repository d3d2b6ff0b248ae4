#pragma once
#include "kernel.h"

/// Reading and adding at places that a tensor names. All work along the last dimension of `gather` and
/// `scatter_add`, and along the first of `index_select` and `index_add`; views bring another one there. Indices are
/// int64; one that is out of range is an error naming `op`.
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

}  // namespace adora::backends
