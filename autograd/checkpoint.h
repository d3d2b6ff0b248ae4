#pragma once
#include <functional>

#include "../core/tensor.h"

namespace adora {

/// Computes f(inputs) without keeping anything that f's own backward pass would need: backward computes f once more.
/// Memory for time (Chen et al., "Training deep nets with sublinear memory cost", 2016). Gradients flow to the
/// inputs and to every tensor that f refers to itself, such as parameters. Random numbers that f draws from a
/// `Generator` are the same the second time, and drawing them again leaves the generator where it stood. f must
/// compute the same each time, and can put no hooks on tensors it computes, which the first time want no gradient; an
/// error where an input or parameter was changed in place in between, where f is empty or gives undefined tensors.
/// Within one another lie at most 64: each computes anew all those within it, and backward descends as deep.
Tensors checkpoint(std::function<Tensors(const Tensors&)> f, const Tensors& inputs);
Tensor checkpoint(std::function<Tensor(const Tensors&)> f, const Tensors& inputs);

}  // namespace adora
