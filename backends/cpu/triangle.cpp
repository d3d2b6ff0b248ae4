#include "../triangle.h"

#include <algorithm>

#include "parallel.h"
#include "strided_rows.h"

namespace adora::backends::cpu {
namespace {

/// `Word` is any type of the element's size: elements are only moved.
template <class Word> void run(const Tensor& x, const Tensor& out, std::int64_t diagonal, bool upper) {
  std::int64_t rows = x.size(-2), columns = x.size(-1);
  parallel_for(count_rows(x), row_grain(columns), [&](std::int64_t begin, std::int64_t end) {
    RowAddress from(x), to(out);
    for (std::int64_t r = begin; r < end; ++r) {
      const Word* in = from.at<Word>(r);
      Word* row = to.at<Word>(r);
      // Columns below `edge` lie on the lower side.
      std::int64_t edge = std::clamp<std::int64_t>(r % rows + diagonal + (upper ? 0 : 1), 0, columns);
      for (std::int64_t j = 0; j < columns; ++j) {
        bool kept = (j < edge) != upper;
        row[j * to.stride] = kept ? in[j * from.stride] : Word(0);
      }
    }
  });
}

void triangle_cpu(const Tensor& x, const Tensor& out, std::int64_t diagonal, bool upper) {
  if (x.numel() == 0) return;
  visit_word(x.dtype(), [&]<class Word>() { run<Word>(x, out, diagonal, upper); });
}

[[maybe_unused]] const bool registered = triangle.on(DeviceType::cpu, triangle_cpu);

}  // namespace
}  // namespace adora::backends::cpu
