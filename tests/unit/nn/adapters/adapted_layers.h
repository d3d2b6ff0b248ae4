#pragma once
// A small model with a layer of each kind that can carry adapters, which files/make.py has in PyTorch.
#include "../../../files.h"
#include "../../../numeric.h"
#include "adapted_llama.h"
#include "ops/elementwise/tanh.h"

namespace adora::test {

inline const std::string peft_files = std::string(ADORA_SOURCE_ROOT) + "/tests/unit/nn/adapters/files/";

inline Tensor net_ids() { return tensor<std::int64_t>({1, 5, 3, 8, 0, 2, 7, 4, 4, 6, 1, 1, 8, 3}, {2, 7}); }

struct Net : Module {
  explicit Net(DType dtype = float64) : Net(Generator(5), dtype) {}
  Net(Generator g, DType dtype)
      : table(9, 6, g, {.dtype = dtype}),
        line(6, 8, {3}, g, {.stride = {2}, .padding = {1}, .dtype = dtype}),
        groups(8, 8, {2}, g, {.groups = 2, .dtype = dtype}),
        image(2, 4, {3, 2}, g, {.padding = {{1, 0}}, .dtype = dtype}),
        body(4, 2, {1, 2, 1}, g, {.bias = false, .dtype = dtype}),
        head(12, 3, g, {.dtype = dtype}) {
    child("table", table), child("line", line), child("groups", groups), child("image", image), child("body", body);
    child("head", head);
  }
  Tensor operator()(const Tensor& ids) const {
    Tensor x = tanh(line(transpose(table(ids), 1, 2)));
    x = reshape(tanh(groups(x)), {2, 2, 4, 3});
    return head(reshape(body(unsqueeze(tanh(image(x)), 2)), {2, 12}));
  }

  Embedding table;
  Conv1d line, groups;
  Conv2d image;
  Conv3d body;
  Linear head;
};

/// All layers but the convolution in groups, which has no magnitude.
inline const std::vector<std::string> net_layers{"table", "line", "image", "body", "head"};

/// Gives every tensor of an adapter numbers that are neither 0 nor 1.
inline void disturb_adapter(Module& model, std::uint64_t seed, const std::string& name = "default") {
  NoGrad no_grad;
  Generator g(seed, 77);
  for (auto& [key, x] : adapter_state_dict(model, name)) copy_(x, x + uniform(x.shape(), -0.4, 0.4, g, x.dtype()));
}

}  // namespace adora::test
