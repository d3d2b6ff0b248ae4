#include "ops/ctc_loss.h"

#include "ops/arithmetic.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples ctc_loss_samples{
    "ctc_loss", [](Generator& g) {
      using Numbers = std::vector<std::int64_t>;
      auto of = [&](const char* what, std::int64_t times, std::int64_t classes, const Shape& shape,
                    const Numbers& labels, const Numbers& inputs, const Numbers& lengths, const CtcOptions& options) {
        const auto count = static_cast<std::int64_t>(inputs.size());
        auto numbers = [](const Numbers& all, const Shape& as) { return to(tensor(all, as, cpu), default_device()); };
        return Sample{what,
                      {sample_tensor(g, {times, count, classes}, -3, 0), numbers(labels, shape),
                       numbers(inputs, {count}), numbers(lengths, {count})},
                      [=](const Tensors& in) { return ctc_loss(in[0], in[1], in[2], in[3], options); }};
      };
      const std::int64_t times = sample_size(g, 4, 6);
      Sample single{"one sequence",
                    {sample_tensor(g, {3, 4}, -3, 0), to(tensor(Numbers{1, 3}, {2}, cpu), default_device()),
                     full({}, 3, int64), full({}, 2, int64)},
                    [](const Tensors& in) { return ctc_loss(in[0], in[1], in[2], in[3]); }};
      return std::vector<Sample>{
          of("two sequences", 4, 3, {2, 2}, {1, 2, 2, 0}, {4, 3}, {2, 1}, {}),
          of("a label twice", 4, 3, {1, 2}, {1, 1}, {4}, {2}, {.reduction = Reduction::sum}),
          of("one after the other, with the last class as the blank", 4, 3, {4}, {1, 0, 0, 1}, {4, 4, 2}, {2, 1, 1},
             {.blank = 2, .reduction = Reduction::none}),
          of("no labels", 3, 2, {2, 1}, {1, 1}, {3, 2}, {0, 0}, {.reduction = Reduction::none}),
          of("one that is too short", 3, 3, {2, 2}, {1, 1, 1, 2}, {2, 3}, {2, 2}, {.zero_infinity = true}),
          of("no times", 2, 2, {2, 1}, {1, 1}, {0, 2}, {0, 1}, {.reduction = Reduction::none}),
          of("nothing", 2, 3, {0, 2}, {}, {}, {}, {.reduction = Reduction::sum}),
          single,
          of("drawn", times, 4, {2, 3}, to_vector<std::int64_t>(affine(sample_indices(g, {6}, 3), 1, 1)),
             {times, times - 1}, {2, 1}, {.reduction = Reduction::none})};
    }};

}  // namespace
}  // namespace adora::suite
