#include "ops/view.h"
#include "sample.h"

namespace adora::suite {
namespace {

const Samples transpose_samples{
    "transpose", [](Generator& g) {
      const Shape drawn = sample_shape(g, 2);
      const std::int64_t a = sample_size(g, 0, drawn.size() - 1), b = sample_size(g, 0, drawn.size() - 1);
      return std::vector<Sample>{
          {"drawn sizes", {sample_tensor(g, drawn)}, [=](const Tensors& in) { return transpose(in[0], a, b); }},
          {"the last two", {sample_tensor(g, {2, 3, 4})}, [](const Tensors& in) { return transpose(in[0]); }},
          {"outer ones", {sample_tensor(g, {2, 3, 4})}, [](const Tensors& in) { return transpose(in[0], 0, -1); }}};
    }};

const Samples permute_samples{"permute", [](Generator& g) {
                                const Shape drawn = sample_shape(g, 4, 4);
                                auto turned = [](const Tensors& in) { return permute(in[0], {3, 1, 0, 2}); };
                                return std::vector<Sample>{
                                    {"drawn sizes", {sample_tensor(g, drawn)}, turned},
                                    {"three dimensions", {sample_tensor(g, {2, 3, 4})}, [](const Tensors& in) {
                                       return permute(in[0], {2, 0, 1});
                                     }}};
                              }};

const Samples reshape_samples{"reshape", [](Generator& g) {
                                auto run = [](const Tensors& in) { return reshape(in[0], {3, -1}); };
                                auto copied = [](const Tensors& in) { return reshape(transpose(in[0]), {6, 2}); };
                                const Shape drawn = sample_shape(g);
                                auto flat = [](const Tensors& in) { return reshape(in[0], {in[0].numel()}); };
                                return std::vector<Sample>{{"drawn sizes", {sample_tensor(g, drawn)}, flat},
                                                           {"a view", {sample_tensor(g, {2, 6})}, run},
                                                           {"a copy", {sample_tensor(g, {3, 4})}, copied},
                                                           {"nothing", {sample_tensor(g, {0, 6})}, run}};
                              }};

const Samples slice_samples{
    "slice", [](Generator& g) {
      const Shape drawn = sample_shape(g, 1);
      const std::int64_t dim = sample_size(g, 0, drawn.size() - 1), from = sample_size(g, -3, 2), step = sample_size(g);
      return std::vector<Sample>{
          {"drawn sizes",
           {sample_tensor(g, drawn)},
           [=](const Tensors& in) { return slice(in[0], dim, from, 4, step); }},
          {"rows", {sample_tensor(g, {4, 3})}, [](const Tensors& in) { return slice(in[0], 0, 1, 3); }},
          {"every other column",
           {sample_tensor(g, {2, 5})},
           [](const Tensors& in) { return slice(in[0], -1, 0, 5, 2); }},
          {"nothing", {sample_tensor(g, {2, 5})}, [](const Tensors& in) { return slice(in[0], 1, 3, 3); }}};
    }};

const Samples unslice_samples{
    "unslice", [](Generator& g) {
      return std::vector<Sample>{{"every other row", {sample_tensor(g, {2, 3})}, [](const Tensors& in) {
                                    return detail::unslice(in[0], {5, 3}, 0, 1, 5, 2);
                                  }}};
    }};

const Samples select_samples{
    "select", [](Generator& g) {
      const Shape drawn = {sample_size(g), sample_size(g), sample_size(g)};
      const std::int64_t dim = sample_size(g, -3, 2),
                         index = sample_size(g, 0, drawn[static_cast<int>(dim + 3) % 3] - 1);
      return std::vector<Sample>{
          {"drawn sizes", {sample_tensor(g, drawn)}, [=](const Tensors& in) { return select(in[0], dim, index); }},
          {"the last row", {sample_tensor(g, {3, 2})}, [](const Tensors& in) { return select(in[0], 0, -1); }}};
    }};

const Samples unsqueeze_samples{
    "unsqueeze", [](Generator& g) {
      const Shape drawn = sample_shape(g, 0, 3);
      const std::int64_t dim = sample_size(g, 0, drawn.size());
      return std::vector<Sample>{
          {"drawn sizes", {sample_tensor(g, drawn)}, [=](const Tensors& in) { return unsqueeze(in[0], dim); }}};
    }};

const Samples squeeze_samples{"squeeze", [](Generator& g) {
                                return std::vector<Sample>{{"drawn sizes",
                                                            {sample_tensor(g, {sample_size(g), 1, sample_size(g)})},
                                                            [](const Tensors& in) { return squeeze(in[0], 1); }}};
                              }};

}  // namespace
}  // namespace adora::suite
