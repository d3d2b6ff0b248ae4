#include "training.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "../../autograd/grad_mode.h"
#include "../../nn/finite.h"
#include "../../nn/optim/clip.h"
#include "../../nn/optim/schedule.h"
#include "../../ops/creation.h"

namespace adora::finetune {

Training::Training(CausalLm& model, std::vector<NamedTensor> parameters, const std::vector<Document>& documents,
                   const Settings& settings, Generator* dropout)
    : model_(model),
      documents_(documents),
      settings_(settings),
      dropout_(settings.dropout > 0 ? dropout : nullptr),
      optimizer_(std::move(parameters), {.lr = settings.lr,
                                         .beta1 = settings.beta1,
                                         .beta2 = settings.beta2,
                                         .eps = settings.eps,
                                         .weight_decay = settings.weight_decay}),
      passes_(settings.cuda_graphs ? recorded_passes(model, optimizer_, dropout_) : direct_passes(model, optimizer_)),
      order_(documents.size(), static_cast<std::size_t>(settings.batch_size), !settings.no_shuffle,
             static_cast<std::uint64_t>(settings.seed)),
      epochs_(settings.max_steps ? 0 : settings.epochs),
      total_(settings.max_steps ? *settings.max_steps : order_.steps(settings.epochs)) {
  optimizer_.scale_lr(settings.lora_plus, [](const std::string& name) { return name.ends_with(".lora_B"); });
}

StepRecord Training::step() {
  const auto start = std::chrono::steady_clock::now();
  const std::vector<std::size_t> chosen = order_.batch(done_, epochs_);
  const TokenCount count = count_tokens(documents_, chosen);
  const auto micro = static_cast<std::size_t>(micro_batch_size());
  StepRecord record;
  record.step = done_ + 1;
  record.tokens = count.tokens;
  record.lr = settings_.lr * lr_factor(schedule(settings_.scheduler), done_, settings_.warmup_steps, total_);

  passes_->begin_step();
  const std::uint64_t masks = dropout_ ? dropout_->offset() : 0;
  for (std::size_t at = 0; at < chosen.size(); at += micro) {
    const std::vector<std::size_t> part(
        chosen.begin() + static_cast<std::ptrdiff_t>(at),
        chosen.begin() + static_cast<std::ptrdiff_t>(std::min(at + micro, chosen.size())));
    // With dropout every part is as long as the whole, so that each document gets the masks it would have had there.
    const Batch batch = make_batch(documents_, part, dropout_ ? count.longest : 0);
    const Generator::Part place{.begin = at, .count = part.size(), .whole = chosen.size()};
    if (dropout_) {
      dropout_->set_offset(masks);
      dropout_->set_part(place);
    }
    // Shares of the whole batch's targets: the gradient is that of the batch, however it is cut.
    passes_->add(batch, 1.0 / static_cast<double>(count.targets), place);
  }
  if (dropout_) dropout_->set_part({});
  record.loss = passes_->loss();
  if (!std::isfinite(record.loss)) throw NotFinite(fmt::format("the loss of step {} is not finite", record.step));
  record.grad_norm = settings_.clip_grad_norm ? clip_grad_norm(optimizer_.parameters(), *settings_.clip_grad_norm)
                                              : grad_norm(optimizer_.parameters());
  if (!std::isfinite(record.grad_norm))
    throw NotFinite(fmt::format("the gradient of step {} is not finite", record.step));
  optimizer_.set_lr(record.lr);
  optimizer_.step();
  ++done_;
  record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return record;
}

void Training::check_state() {
  StateDict state = optimizer_.state_dict();
  for (const NamedTensor& one : optimizer_.parameters()) state["parameter." + one.name] = one.tensor;
  check_finite(state, fmt::format("after step {}", done_));
  if (total_ == 0) return;
  // Weights may be finite and too large to compute with.
  std::vector<std::size_t> chosen = order_.batch(std::min(done_, total_ - 1), epochs_);
  chosen.resize(std::min(chosen.size(), static_cast<std::size_t>(micro_batch_size())));
  const Batch batch = make_batch(documents_, chosen);
  NoGrad no_grad;
  model_.eval();
  const double loss = item(model_.loss(batch.tokens, batch.targets, {.reduction = Reduction::sum}));
  model_.train();
  if (!std::isfinite(loss))
    throw NotFinite(fmt::format("with the weights after step {} the loss is not finite", done_));
}

std::int64_t Training::micro_batch_size() const { return settings_.micro_batch_size.value_or(settings_.batch_size); }

}  // namespace adora::finetune
