#include "head_norm_attention.h"

#include "../../ops/view.h"
#include "../noted_call.h"

namespace adora {

HeadNormAttention::HeadNormAttention(const DecoderConfig& c, std::size_t layer, Generator& g, WeightOptions options)
    : RotaryAttention(c, layer, g, options), q_norm(c.norm(c.head_dim, options)), k_norm(c.norm(c.head_dim, options)) {
  child("q_norm", q_norm);
  child("k_norm", k_norm);
}

Tensor HeadNormAttention::operator()(const Tensor& x, const AttentionContext& context) const {
  return noted_call(*this, [&] {
    auto by_head = [&](const Tensor& y, std::int64_t heads) {  // [..., heads, head_dim]
      Shape shape = y.shape();
      shape[shape.size() - 1] = heads;
      shape.push_back(settings_.head_dim);
      return reshape(y, shape);
    };
    const Tensor q = q_norm(by_head(q_proj(x), settings_.heads)), k = k_norm(by_head(k_proj(x), settings_.key_heads));
    return o_proj(attend(q, k, v_proj(x), settings_, context));
  });
}

}  // namespace adora
