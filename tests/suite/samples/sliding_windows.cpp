#include "ops/sliding_windows.h"

#include "sample.h"

namespace adora::suite {
namespace {

const Samples sliding_windows_samples{
    "sliding_windows", [](Generator& g) {
      auto along = [&](const char* what, const Shape& shape, std::int64_t dim, std::int64_t size, std::int64_t step) {
        return Sample{what, {sample_tensor(g, shape)}, [=](const Tensors& in) {
                        return sliding_windows(in[0], dim, size, step);
                      }};
      };
      const std::int64_t size = sample_size(g, 0, 4);
      return std::vector<Sample>{along("drawn sizes", {size + sample_size(g, 0, 4), 2}, 0, size, sample_size(g, 1, 5)),
                                 along("windows that overlap", {2, 7}, -1, 3, 1), along("a rest", {2, 7, 2}, 1, 3, 2),
                                 along("gaps", {9}, 0, 2, 4), along("one window", {4}, 0, 4, 1000)};
    }};

const Samples add_windows_samples{
    "add_windows", [](Generator& g) {
      return std::vector<Sample>{{"a rest", {sample_tensor(g, {3, 2, 3})}, [](const Tensors& in) {
                                    return detail::add_windows(in[0], {8, 2}, 0, 3, 2);
                                  }}};
    }};

}  // namespace
}  // namespace adora::suite
