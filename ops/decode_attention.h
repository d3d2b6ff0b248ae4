#pragma once
#include "attention.h"

namespace adora {

/// Attention of one new token in each of n texts over the keys and values of the tokens before it, which a cache holds:
/// q [n, H, d], k and v [n, H', d] of the new tokens, not yet rotated; rotations [capacity, r], r ≤ d, for each
/// position the cosines and then the sines of its r/2 rotary angles, in the type arithmetic is done in (numbers from r
/// on are not turned); keys and values [rows, H', capacity, d], row by row; rows and positions int64 [n], no row twice.
/// Token i's k (turned) and v are put in place at positions[i] of row rows[i], and q[i] looks at all positions up to
/// there, or at the last ones that the window shows, H/H' heads at one of the cache's. The result is [n, H, d]. It is
/// causal by nature, and takes no mask. Has no gradient, and refuses inputs that want one: for training use rope and
/// scaled_dot_product_attention.
Tensor decode_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& rotations, const Tensor& keys,
                        const Tensor& values, const Tensor& rows, const Tensor& positions,
                        const AttentionOptions& options = {});

namespace detail {
/// The same where the host knows that rows and positions lie in the cache: a GPU need not be waited for to look.
Tensor decode_attention_at(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& rotations,
                           const Tensor& keys, const Tensor& values, const Tensor& rows, const Tensor& positions,
                           const AttentionOptions& options);
}  // namespace detail

}  // namespace adora
