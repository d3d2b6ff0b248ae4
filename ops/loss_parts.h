#pragma once
// Not in adora.h: the library's own.
#include "loss.h"

/// What the losses share.
namespace adora::detail {

/// The losses themselves, their sum or their mean (NaN of none); an error naming `op` for another reduction.
Tensor reduced_losses(const char* op, const Tensor& losses, Reduction reduction);

/// x as losses are taken of it: in float32 where it is of a half type, recorded. An error naming `op` where it is
/// undefined or not floating.
Tensor loss_input(const char* op, const Tensor& x);

/// An error naming `op` unless input and target have one shape, floating dtype and device: PyTorch broadcasts with a
/// warning, and [N, 1] against [N] then silently compares every pair.
void check_pair(const char* op, const Tensor& input, const Tensor& target);

/// As check_pair for the weights of elements, undefined or of a shape that broadcasts to the input's.
void check_weight(const char* op, const char* what, const Tensor& weight, const Tensor& input);

/// Inputs of classes as rows of them.
struct ClassRows {
  Tensor rows;     ///< [M, C], in float32 where the input is of a half type
  Tensor targets;  ///< [M], those that are ignored replaced by 0
  Tensor counted;  ///< [M] boolean: which are not ignored
  Tensor weights;  ///< [M]: of each row its class's weight, 0 where it is ignored
};
/// input [C], [N, C] or [N, C, d1, …] with targets [], [N] or [N, d1, …] and weights of the classes, [C] or undefined;
/// an error naming `op` where they are something else.
ClassRows class_rows(const char* op, const Tensor& input, const Tensor& targets, const Tensor& weight,
                     std::int64_t ignore_index);
/// An error naming `op` unless `weight` is undefined or one number of the input's dtype for each of the classes.
void check_class_weight(const char* op, const Tensor& weight, const Tensor& input, std::int64_t classes);
/// Losses [M] of rows, reduced: their mean is over the weights, and 0 where these are. `shape` is the targets'.
Tensor reduced_rows(const char* op, const Tensor& losses, const Tensor& weights, Reduction reduction,
                    const Shape& shape);

/// cross_entropy of what its kernel doesn't take.
Tensor cross_entropy_of_classes(const Tensor& logits, const Tensor& targets, const CrossEntropyOptions& options);

/// x, or `low` where it is below, as if it were x in the gradient: it keeps a divisor from 0.
Tensor kept_above(const Tensor& x, double low);

}  // namespace adora::detail
