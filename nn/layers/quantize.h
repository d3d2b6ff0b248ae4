#pragma once
#include "linear.h"

namespace adora {

/// Keeps the weights of all Linear modules in a format of fewer bits (ops/quantize.h), but for output layers, called
/// "lm_head", and weights that are an embedding's too: QLoRA's way, for a frozen base under adapters. Each weight's
/// numbers are freed before the next is begun. An error naming the weight where one has an adapter already, or numbers
/// that are not finite; where there is no Linear to quantize.
void quantize_linears(Module& model, QuantizedFormat format);

/// Of how many numbers the model's parameters are: a quantized weight [out, in] is out·in of them.
std::int64_t count_parameters(Module& model);

}  // namespace adora
