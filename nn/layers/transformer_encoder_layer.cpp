#include "transformer_encoder_layer.h"

#include "../../ops/arithmetic.h"
#include "../../ops/dropout.h"
#include "../noted_call.h"

namespace adora {
namespace {

constexpr std::uint64_t dropout_stream = 3;  // beside that of the attention

LinearOptions linear_options(const TransformerEncoderLayerOptions& options) {
  return {.dtype = options.dtype, .device = options.device};
}

}  // namespace

TransformerEncoderLayer::TransformerEncoderLayer(std::int64_t d_model, std::int64_t nhead, Generator& generator,
                                                 TransformerEncoderLayerOptions options)
    : self_attn(d_model, nhead, generator,
                {.dropout = options.dropout,
                 .batch_first = options.batch_first,
                 .dtype = options.dtype,
                 .device = options.device}),
      linear1(d_model, options.dim_feedforward, generator, linear_options(options)),
      linear2(options.dim_feedforward, d_model, generator, linear_options(options)),
      norm1(d_model, options.layer_norm_eps, {.dtype = options.dtype, .device = options.device}),
      norm2(d_model, options.layer_norm_eps, {.dtype = options.dtype, .device = options.device}),
      dropout(options.dropout),
      activation(std::move(options.activation)),
      norm_first(options.norm_first),
      dropout_generator(generator.next(), dropout_stream) {
  check(activation != nullptr, "TransformerEncoderLayer: the activation is empty");
  child("self_attn", self_attn);
  child("linear1", linear1);
  child("linear2", linear2);
  child("norm1", norm1);
  child("norm2", norm2);
}

Tensor TransformerEncoderLayer::attended(const Tensor& x, const AttentionMasks& masks) const {
  return adora::dropout(self_attn(x, masks), training() ? dropout : 0, dropout_generator);
}

Tensor TransformerEncoderLayer::fed_forward(const Tensor& x) const {
  const double p = training() ? dropout : 0;
  const Tensor hidden = adora::dropout(activation(linear1(x)), p, dropout_generator);
  return adora::dropout(linear2(hidden), p, dropout_generator);
}

Tensor TransformerEncoderLayer::operator()(const Tensor& x, const AttentionMasks& masks) const {
  return noted_call(*this, [&] {
    check_inputs("TransformerEncoderLayer", {&x});
    if (norm_first) {
      const Tensor seen = x + attended(norm1(x), masks);
      return seen + fed_forward(norm2(seen));
    }
    const Tensor seen = norm1(x + attended(x, masks));
    return norm2(seen + fed_forward(seen));
  });
}

}  // namespace adora
