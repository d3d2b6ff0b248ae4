#include "../triangle.h"

#include "device_code.h"

namespace adora::backends::cuda {
namespace {

/// out [rows of matrices, columns] from x of the same shape; `Word` is any type of the element's size: elements are
/// only moved. `height` rows make a matrix.
template <class Word>
__global__ void triangle_kernel(const Rows<const Word> x, const Rows<Word> out, std::int64_t height,
                                std::int64_t diagonal, bool upper) {
  const std::int64_t columns = x.length;
  for (std::int64_t k = global_thread(); k < x.count * columns; k += global_threads()) {
    const std::int64_t r = k / columns, j = k - r * columns, i = r % height;
    const bool kept = upper ? j - i >= diagonal : j - i <= diagonal;
    out.row(r)[j * out.stride] = kept ? x.row(r)[j * x.stride] : Word(0);
  }
}

template <class Word> void run(const Tensor& x, const Tensor& out, std::int64_t diagonal, bool upper) {
  launch(triangle_kernel<Word>, blocks_for(x.numel()), block_threads, 0, Rows<const Word>(x), Rows<Word>(out),
         x.size(-2), diagonal, upper);
}

void triangle_cuda(const Tensor& x, const Tensor& out, std::int64_t diagonal, bool upper) {
  if (x.numel() == 0) return;
  visit_word(x.dtype(), [&]<class Word>() { run<Word>(x, out, diagonal, upper); });
}

[[maybe_unused]] const bool registered = triangle.on(DeviceType::cuda, triangle_cuda);

}  // namespace
}  // namespace adora::backends::cuda
