#include "ops/indexing.h"

#include "ops/creation.h"
#include "ops/literal.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples index_samples{
    "index", [](Generator& g) {
      const Shape drawn = {sample_size(g), sample_size(g), sample_size(g)};
      auto rows = [&](Shape shape, std::int64_t size) { return sample_indices(g, shape, size); };
      return std::vector<Sample>{
          {"a view",
           {sample_tensor(g, {3, 5, 2})},
           [](const Tensors& in) {
             return index(in[0], {1, slice(none, none, 2), newaxis, -1});
           }},
          {"rows, drawn",
           {sample_tensor(g, drawn), rows({sample_size(g, 0)}, drawn[0])},
           [](const Tensors& in) { return index(in[0], {in[1]}); }},
          {"the middle, drawn",
           {sample_tensor(g, drawn), rows({2, 2}, drawn[1])},
           [](const Tensors& in) {
             return index(in[0], {slice(), in[1]});
           }},
          {"elements",
           {sample_tensor(g, {3, 4}), rows({5}, 3), rows({2, 5}, 4)},
           [](const Tensors& in) {
             return index(in[0], {in[1], in[2]});
           }},
          {"two dimensions apart",
           {sample_tensor(g, drawn), rows({3}, drawn[0]), rows({2, 1}, drawn[2])},
           [](const Tensors& in) {
             return index(in[0], {in[1], slice(), in[2]});
           }},
          {"the last two", {sample_tensor(g, {2, 3, 4}), rows({3}, 3), rows({3}, 4)}, [](const Tensors& in) {
             return index(in[0], {ellipsis, in[1], in[2]});
           }}};
    }};

const Samples index_put_samples{
    "index_put", [](Generator& g) {
      auto rows = [&](Shape shape, std::int64_t size) { return sample_indices(g, shape, size); };
      const Shape drawn = {sample_size(g), sample_size(g), sample_size(g)};
      auto written = [&](const char* what, bool accumulate) {
        return Sample{what,
                      {sample_tensor(g, {3, 4}), rows({5}, 3), rows({5}, 4), sample_tensor(g, {5})},
                      [=](const Tensors& in) {
                        return index_put(in[0], {in[1], in[2]}, in[3], accumulate);
                      }};
      };
      return std::vector<Sample>{{"a row",
                                  {sample_tensor(g, drawn), sample_tensor(g, {drawn[1], 1})},
                                  [](const Tensors& in) { return index_put(in[0], {-1}, in[1]); }},
                                 {"columns with gaps",
                                  {sample_tensor(g, {2, 5}), sample_tensor(g, {3})},
                                  [](const Tensors& in) {
                                    return index_put(in[0], {slice(), slice(none, none, 2)}, in[1]);
                                  }},
                                 {"rows apart, broadcast",
                                  {sample_tensor(g, {2, 3, 4}), rows({2}, 2), rows({2}, 4), sample_tensor(g, {3})},
                                  [](const Tensors& in) {
                                    return index_put(in[0], {in[1], slice(), in[2]}, in[3], true);
                                  }},
                                 written("the last of several", false),
                                 written("the sum of several", true),
                                 {"nowhere",
                                  {sample_tensor(g, {2, 3}), rows({0}, 2), sample_tensor(g, {1, 3})},
                                  [](const Tensors& in) { return index_put(in[0], {in[1]}, in[2]); }}};
    }};

}  // namespace
}  // namespace adora::suite
