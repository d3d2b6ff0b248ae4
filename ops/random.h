#pragma once
#include "../core/random.h"
#include "../core/tensor.h"

/// Random tensors. Without a generator they are drawn from this thread's `default_generator()`, which `manual_seed`
/// sets and which starts from the same seed in every program and on every thread. Element i depends on the generator's
/// state and i alone, so that the numbers are the same on every device and with any number of threads. `uniform` and
/// `normal`, with bounds or a deviation, are in creation.h.
namespace adora {

Generator& default_generator();
void manual_seed(std::uint64_t seed);

/// Uniform in [0, 1).
Tensor rand(const Shape& shape, DType dtype = float32, Device device = default_device());
Tensor rand(const Shape& shape, Generator& generator, DType dtype = float32, Device device = default_device());
/// Normally distributed, with mean 0 and deviation 1.
Tensor randn(const Shape& shape, DType dtype = float32, Device device = default_device());
Tensor randn(const Shape& shape, Generator& generator, DType dtype = float32, Device device = default_device());
/// Whole numbers of low … high - 1, from 0 where no low is given; at most 2^53 of them. An error where there is none,
/// or where a dtype of whole numbers has not all of them.
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, DType dtype = int64,
               Device device = default_device());
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, Generator& generator, DType dtype = int64,
               Device device = default_device());
Tensor randint(std::int64_t high, const Shape& shape, DType dtype = int64, Device device = default_device());
Tensor randint(std::int64_t high, const Shape& shape, Generator& generator, DType dtype = int64,
               Device device = default_device());
/// 0, …, n - 1 in random order, each order as likely. Drawn on the CPU.
Tensor randperm(std::int64_t n, DType dtype = int64, Device device = default_device());
Tensor randperm(std::int64_t n, Generator& generator, DType dtype = int64, Device device = default_device());

/// With another tensor's shape, dtype and device.
Tensor rand_like(const Tensor& x);
Tensor rand_like(const Tensor& x, Generator& generator);
Tensor randn_like(const Tensor& x);
Tensor randn_like(const Tensor& x, Generator& generator);
Tensor randint_like(const Tensor& x, std::int64_t low, std::int64_t high);
Tensor randint_like(const Tensor& x, std::int64_t low, std::int64_t high, Generator& generator);

/// 1 with the probability that each element of p is, otherwise 0, in p's dtype. An error where one is not in [0, 1].
/// No gradient flows.
Tensor bernoulli(const Tensor& p);
Tensor bernoulli(const Tensor& p, Generator& generator);

/// `count` places (int64) for each row of weights, of which each is drawn with a probability proportional to its
/// weight: weights [categories] or [rows, categories], result [count] or [rows, count]. Without replacement a place is
/// drawn once at most. Drawn on the CPU. An error where a weight is negative or not finite, where all of a row are 0,
/// and where fewer places than are to be drawn have a weight.
Tensor multinomial(const Tensor& weights, std::int64_t count, bool replacement = false);
Tensor multinomial(const Tensor& weights, std::int64_t count, bool replacement, Generator& generator);

}  // namespace adora
