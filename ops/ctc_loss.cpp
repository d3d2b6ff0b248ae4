#include "ctc_loss.h"

#include <algorithm>
#include <limits>

#include "../autograd/fused.h"
#include "../backends/ctc.h"
#include "arithmetic.h"
#include "broadcast.h"
#include "compare.h"
#include "creation.h"
#include "index.h"
#include "join.h"
#include "loss_parts.h"
#include "op.h"
#include "reduce.h"
#include "view.h"

namespace adora {
namespace {

constexpr const char* op = "ctc_loss";
constexpr double infinity = std::numeric_limits<double>::infinity();

/// The inputs of a batch, checked, with the targets in rows that are filled up with 0.
struct Batch {
  Tensor log_probs;  ///< [T, N, C]
  Tensor targets, input_lengths, target_lengths;
};

using Numbers = std::vector<std::int64_t>;

Numbers lengths_of(const char* what, const Tensor& lengths, std::int64_t count, std::int64_t most) {
  check(lengths.dtype() == int64 && lengths.ndim() <= 1 && lengths.numel() == count,
        "{}: the {} {} must be {} int64 numbers", op, what, describe(lengths), count);
  if (lengths.device().type == DeviceType::meta) return Numbers(static_cast<std::size_t>(count), 0);
  Numbers numbers = to_vector<std::int64_t>(lengths);
  for (std::int64_t length : numbers) {
    check(length >= 0 && length <= most, "{}: one of the {} is {}; it must lie in 0 … {}", op, what, length, most);
  }
  return numbers;
}

Tensor moved(const Numbers& numbers, const Shape& shape, Device device) {
  return device.type == DeviceType::meta ? empty(shape, int64, device) : to(tensor(numbers, shape, cpu), device);
}

Batch batch_of(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
               const Tensor& target_lengths, std::int64_t blank) {
  const bool single = log_probs.ndim() == 2;
  check(single || log_probs.ndim() == 3, "{}: log_probs {} must be [T, N, C], or [T, C] of one sequence", op,
        describe(log_probs));
  check(targets.dtype() == int64 && (targets.ndim() == 1 || (targets.ndim() == 2 && !single)),
        "{}: the targets {} must be int64, [N, S] or one after the other", op, describe(targets));
  Batch batch;
  batch.log_probs = single ? unsqueeze(log_probs, 1) : log_probs;
  const std::int64_t count = batch.log_probs.size(1), classes = batch.log_probs.size(2);
  check(blank >= 0 && blank < classes, "{}: the blank is {}; it must lie in 0 … {}", op, blank, classes - 1);
  const bool rows = targets.ndim() == 2;
  check(!rows || targets.size(0) == count, "{}: targets {} do not fit {}: one row for each sequence", op,
        describe(targets), describe(log_probs));
  const Device device = targets.device();
  const std::int64_t most = rows ? targets.size(1) : targets.numel();
  const Numbers inputs = lengths_of("input_lengths", input_lengths, count, log_probs.size(0));
  const Numbers lengths = lengths_of("target_lengths", target_lengths, count, most);
  if (device.type == DeviceType::meta) {
    batch.targets = empty({count, most}, int64, device);
  } else {
    const Numbers given = to_vector<std::int64_t>(targets);
    std::int64_t total = 0, longest = 0;
    for (std::int64_t length : lengths) total += length, longest = std::max(longest, length);
    check(rows || single || total == targets.numel(), "{}: target_lengths of {} in all do not fit the targets {}", op,
          total, describe(targets));
    Numbers padded(static_cast<std::size_t>(count * longest), 0);
    std::int64_t begin = 0;
    for (std::int64_t n = 0; n < count; ++n) {
      const std::int64_t length = lengths[static_cast<std::size_t>(n)], first = rows ? n * most : begin;
      for (std::int64_t i = 0; i < length; ++i) {
        const std::int64_t label = given[static_cast<std::size_t>(first + i)];
        check(label >= 0 && label < classes && label != blank,
              "{}: a target of sequence {} is {}; it must lie in 0 … {} and not be the blank {}", op, n, label,
              classes - 1, blank);
        padded[static_cast<std::size_t>(n * longest + i)] = label;
      }
      begin += length;
    }
    batch.targets = moved(padded, {count, longest}, device);
  }
  batch.input_lengths = moved(inputs, {count}, device);
  batch.target_lengths = moved(lengths, {count}, device);
  return batch;
}

/// The same losses from recorded operations, a time at once.
Tensor losses_step_by_step(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                           const Tensor& target_lengths, std::int64_t blank) {
  const std::int64_t times = log_probs.size(0), count = log_probs.size(1), labels = targets.size(1);
  const std::int64_t states = 2 * labels + 1;
  const Device device = log_probs.device();
  auto nothing = [&](const Shape& shape) { return full(shape, -infinity, log_probs.dtype(), device); };
  auto before = [&](const Tensor& alpha, std::int64_t by) {  // each state's predecessor
    const std::int64_t shift = std::min(by, states);
    return cat({nothing({count, shift}), slice(alpha, 1, 0, states - shift)}, 1);
  };
  auto number = [&](std::int64_t value) { return full({}, static_cast<double>(value), int64, device); };
  // Each state's label, blanks between them, and whether a path may skip the blank before it.
  Tensor blanks = full({count, labels + 1, 1}, static_cast<double>(blank), int64, device);
  Tensor pairs = cat({slice(blanks, 1, 0, labels), unsqueeze(targets, 2)}, 2);
  Tensor label = cat({reshape(pairs, {count, 2 * labels}), select(blanks, 1, 0)}, 1);
  Tensor other = cat({slice(label, 1, 0, std::min<std::int64_t>(2, states)),
                      slice(label, 1, 0, std::max<std::int64_t>(states - 2, 0))},
                     1);
  Tensor same = eq(label, slice(other, 1, 0, states));
  Tensor alpha = where(less(arange(states, int64, device), number(2)), zeros({}, log_probs.dtype(), device),
                       nothing({count, states}));
  for (std::int64_t t = 0; t < times; ++t) {
    Tensor emitted = gather(select(log_probs, 0, t), 1, label);
    Tensor ways = alpha;
    if (t > 0) {
      Tensor skipped = where(same, nothing({}), before(alpha, 2));
      ways = logsumexp(stack({alpha, before(alpha, 1), skipped}), 0);
    }
    alpha = where(unsqueeze(greater(input_lengths, number(t)), 1), ways + emitted, alpha);
  }
  // Of a sequence without times only the state of no labels is reached.
  Tensor last = unsqueeze(target_lengths, 1);
  Tensor place = cat({last, last}, 1);
  Tensor end = sub(add(place, place), tensor<std::int64_t>({0, 1}, device));
  Tensor reached = greater_equal(end, number(0));
  reached = where(unsqueeze(greater(input_lengths, number(0)), 1), reached, eq(end, number(0)));
  Tensor ends = where(reached, gather(alpha, 1, where(reached, end, number(0))), nothing({}));
  return neg(logsumexp(ends, 1));
}

Tensor losses_of(const Batch& batch, std::int64_t blank) {
  const Tensor& x = batch.log_probs;
  Tensor losses = empty_like(x, {x.size(1)});
  Tensor log_alpha = empty({x.size(1), x.size(0), 2 * batch.targets.size(1) + 1}, float64, x.device());
  Tensor plain = contiguous(x.detach());
  backends::ctc_loss(plain, batch.targets, batch.input_lengths, batch.target_lengths, blank, losses, log_alpha);
  auto gradient = [blank](const Tensors& g, const SavedTensors& saved) {
    Tensor x = contiguous(saved["log_probs"]), dx = empty_like(x);
    backends::ctc_loss_gradient(x, saved["targets"], saved["input_lengths"], saved["target_lengths"], blank,
                                saved["log_alpha"], contiguous(g[0]), dx);
    return Tensors{dx};
  };
  auto composed = [blank](const Tensors& g, const SavedTensors& saved) {
    auto twin = [&](const Tensors& in) {
      return Tensors{
          losses_step_by_step(in[0], saved["targets"], saved["input_lengths"], saved["target_lengths"], blank)};
    };
    return gradients_through(twin, {where_asked(0, saved["log_probs"])}, g);
  };
  record_fused(op, {losses}, {x},
               {{"log_probs", x},
                {"targets", batch.targets},
                {"input_lengths", batch.input_lengths},
                {"target_lengths", batch.target_lengths},
                {"log_alpha", log_alpha}},
               gradient, composed);
  return losses;
}

}  // namespace

Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                const Tensor& target_lengths, const CtcOptions& options) {
  check_inputs(op, {&log_probs, &targets, &input_lengths, &target_lengths});
  Batch batch = batch_of(detail::loss_input(op, log_probs), targets, input_lengths, target_lengths, options.blank);
  Tensor losses = losses_of(batch, options.blank);
  Tensor zero = zeros({}, losses.dtype(), losses.device());
  if (options.zero_infinity) {
    losses = where(eq(losses, full({}, infinity, losses.dtype(), losses.device())), zero, losses);
  }
  if (options.reduction == Reduction::mean) {
    Tensor lengths = to(batch.target_lengths, losses.dtype());
    losses = losses / where(eq(lengths, zero), zero + 1, lengths);
  }
  if (log_probs.ndim() == 2) losses = squeeze(losses, 0);
  return detail::reduced_losses(op, losses, options.reduction);
}
const Op ctc_loss_op{"ctc_loss"};

}  // namespace adora
