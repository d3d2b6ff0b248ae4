#pragma once
#include "../core/tensor.h"

namespace adora {

Tensor full(const Shape& shape, double value, DType dtype = float32, Device device = cpu);
Tensor zeros(const Shape& shape, DType dtype = float32, Device device = cpu);
Tensor ones(const Shape& shape, DType dtype = float32, Device device = cpu);
Tensor zeros_like(const Tensor& x);
Tensor ones_like(const Tensor& x);
/// 0, 1, …, n - 1
Tensor arange(std::int64_t n, DType dtype = int64, Device device = cpu);
/// Uniform in [low, high); element i depends on the generator's state and i alone, so the
/// numbers are the same on every device and with any number of threads.
Tensor uniform(const Shape& shape, double low, double high, Generator& generator, DType dtype = float32,
               Device device = cpu);
/// Normally distributed; reproducible as `uniform` is.
Tensor normal(const Shape& shape, double mean, double deviation, Generator& generator, DType dtype = float32,
              Device device = cpu);

/// The same numbers in new memory. Recorded.
Tensor clone(const Tensor& x);
/// x in row-major order: x itself where it is so already. Recorded.
Tensor contiguous(const Tensor& x);
/// x converted to a dtype; x itself where it has it. Recorded between floating dtypes.
Tensor to(const Tensor& x, DType dtype);
/// x on another device; x itself where it lies there. Recorded.
Tensor to(const Tensor& x, Device device);

/// Writes `from` over the numbers of `target` in place. Not recorded: an error where target or `from`
/// wants a gradient and recording is on.
void copy_(const Tensor& target, const Tensor& from);
/// Sets every number of `target` in place; as copy_.
void fill_(const Tensor& target, double value);

}  // namespace adora
