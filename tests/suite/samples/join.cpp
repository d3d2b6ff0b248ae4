#include "ops/join.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples cat_samples{
    "cat", [](Generator& g) {
      auto along = [](std::int64_t dim) { return [=](const Tensors& in) { return cat(in, dim); }; };
      const std::int64_t rows = sample_size(g);
      return std::vector<Sample>{
          {"rows", {sample_tensor(g, {2, 3}), sample_tensor(g, {1, 3}), sample_tensor(g, {0, 3})}, along(0)},
          {"columns", {sample_tensor(g, {2, 3}), sample_tensor(g, {2, 2})}, along(-1)},
          {"one", {sample_tensor(g, {3})}, along(0)},
          {"drawn sizes",
           {sample_tensor(g, {rows, sample_size(g, 0)}), sample_tensor(g, {rows, sample_size(g)})},
           along(1)}};
    }};

const Samples stack_samples{
    "stack", [](Generator& g) {
      auto along = [](std::int64_t dim) { return [=](const Tensors& in) { return stack(in, dim); }; };
      const Shape drawn = sample_shape(g, 1, 3);
      return std::vector<Sample>{
          {"drawn sizes", {sample_tensor(g, drawn), sample_tensor(g, drawn), sample_tensor(g, drawn)}, along(1)},
          {"in front", {sample_tensor(g, {2, 3}), sample_tensor(g, {2, 3})}, along(0)},
          {"at the end", {sample_tensor(g, {2, 3}), sample_tensor(g, {2, 3})}, along(-1)},
          {"numbers", {sample_tensor(g, {}), sample_tensor(g, {})}, along(0)}};
    }};

const Samples split_samples{"split", [](Generator& g) {
                              const std::int64_t a = sample_size(g, 0), b = sample_size(g);
                              return std::vector<Sample>{
                                  {"drawn sizes",
                                   {sample_tensor(g, {sample_size(g), a + b})},
                                   [=](const Tensors& in) {
                                     Tensors parts = split(in[0], {a, b}, 1);
                                     return cat({parts[1], parts[0], parts[1]}, 1);
                                   }},
                                  {"columns, one unused",
                                   {sample_tensor(g, {2, 6})},
                                   [](const Tensors& in) {
                                     Tensors parts = split(in[0], {1, 3, 2}, 1);
                                     return cat({parts[2], parts[0]}, 1);
                                   }},
                                  {"rows, one empty", {sample_tensor(g, {3, 2})}, [](const Tensors& in) {
                                     return cat(split(in[0], {1, 0, 2}), 0);
                                   }}};
                            }};

}  // namespace
}  // namespace adora::suite
