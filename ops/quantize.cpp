#include "quantize.h"

#include "../autograd/record.h"
#include "../backends/basic.h"
#include "../backends/low_rank.h"
#include "../backends/quantized.h"
#include "adapted_linear.h"
#include "adapter_check.h"
#include "creation.h"
#include "op.h"
#include "view.h"

namespace adora {

QuantizedMatrix quantize(const Tensor& matrix, QuantizedFormat format) {
  check(matrix.defined() && matrix.ndim() == 2 && is_floating(matrix.dtype()),
        "quantize: works on floating matrices, not on {}", describe(matrix));
  refuse_to_record("quantize", {matrix}, "call it under NoGrad, or quantize matrix.detach()");
  const Device device = matrix.device(), place = device.type == DeviceType::meta ? device : cpu;
  QuantizedMatrix result = empty_quantized(matrix.shape(), format, matrix.dtype(), place);
  backends::quantize(to(matrix.detach(), place), result);
  for (Tensor* part : {&result.codes, &result.scales, &result.group_scales}) *part = to(*part, device);
  return result;
}
const Op quantize_op{"quantize", {.recorded = false}};

Tensor dequantize(const FrozenMatrix& matrix) {
  check(matrix.defined(), "dequantize: the matrix is undefined; give it a value first");
  if (!matrix.is_quantized()) return matrix.plain();
  Tensor numbers = empty({matrix.size(0), matrix.size(1)}, matrix.dtype(), matrix.device());
  backends::for_wide_rows(matrix, [&](const Tensor& block, std::int64_t first) {
    backends::copy(block, numbers.with_layout(numbers.layout().sliced(0, first, first + block.size(0))));
  });
  return numbers;
}

Tensor dequantized_rows(const FrozenMatrix& matrix, std::int64_t begin, std::int64_t end) {
  check(matrix.defined() && matrix.ndim() == 2 && 0 <= begin && begin <= end && end <= matrix.size(0),
        "dequantized_rows: there are no rows {} … {} of {}", begin, end, describe(matrix));
  const DType compute = detail::compute_dtype(matrix.dtype());
  if (!matrix.is_quantized()) return to(slice(matrix.plain(), 0, begin, end), compute);
  Tensor rows = empty({end - begin, matrix.size(1)}, compute, matrix.device());
  backends::dequantize(matrix.quantized(), begin, 0, rows);
  return rows;
}

Tensor frozen_linear(const Tensor& x, const FrozenMatrix& given, const Tensor& bias) {
  const FrozenMatrix weight = detail::check_adapter("frozen_linear", x, given, bias, {}, {}, {}, true);
  return detail::adapted_linear({"frozen_linear", "linear of the dequantized weight", x, weight, bias});
}
const Op frozen_linear_op{"frozen_linear"};

}  // namespace adora
