#include "ops/take.h"

#include "ops/arithmetic.h"
#include "ops/reduce.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples take_samples{"take", [](Generator& g) {
                             return std::vector<Sample>{
                                 {"some twice, from either end",
                                  {sample_tensor(g, {2, 3}), sample_indices(g, {2, 4}, 12)},
                                  [](const Tensors& in) { return take(in[0], in[1].defined() ? in[1] - 6 : in[1]); }},
                                 {"nothing",
                                  {sample_tensor(g, {2, 3}), sample_indices(g, {0}, 6)},
                                  [](const Tensors& in) { return take(in[0], in[1]); }}};
                           }};

const Samples take_along_dim_samples{"take_along_dim", [](Generator& g) {
                                       return std::vector<Sample>{
                                           {"both broadcast",
                                            {sample_tensor(g, {2, 3, 1}), sample_indices(g, {1, 4, 2}, 3)},
                                            [](const Tensors& in) { return take_along_dim(in[0], in[1], 1); }},
                                           {"all elements",
                                            {sample_tensor(g, {2, 3}), sample_indices(g, {4}, 6)},
                                            [](const Tensors& in) { return take_along_dim(in[0], in[1]); }}};
                                     }};

// Its classes are those of the largest numbers, so that there are floating inputs to draw and lay out.
const Samples one_hot_samples{
    "one_hot", [](Generator& g) {
      return std::vector<Sample>{
          {"drawn sizes", {sample_tensor(g, {sample_size(g), sample_size(g), sample_size(g)})}, [](const Tensors& in) {
             return one_hot(in[0].defined() ? argmax(in[0], -1) : in[0], 5);
           }}};
    }};

}  // namespace
}  // namespace adora::suite
