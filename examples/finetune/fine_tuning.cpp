#include "fine_tuning.h"

#include "../../nn/optim/undecayed.h"
#include "update_settings.h"

namespace adora::finetune {

namespace {

Generator* if_used(Generator* dropout, const Settings& s) { return s.dropout > 0 ? dropout : nullptr; }

TrainerOptions filled(TrainerOptions options, const Settings& s, std::size_t documents, Generator* dropout) {
  options.steps = steps_of(s, documents);
  options.schedule = schedule(s.scheduler, warmup_of(s, options.steps), schedule_settings(s));
  options.clip_grad_norm = s.clip_grad_norm;
  options.logs = s.logs;
  if (options.evaluate) {
    options.evaluate_every = s.eval_every.value_or(steps_of_epochs(documents, s.batch_size, 1));
    options.evaluation_name = "eval_loss";
    options.patience = s.patience;
    options.keep_best = s.keep_best;
  }
  if (dropout) options.generators = {dropout};
  return options;
}

}  // namespace

std::int64_t steps_of(const Settings& s, std::size_t documents) {
  return s.max_steps.value_or(steps_of_epochs(documents, s.batch_size, s.epochs));
}

FineTuning::FineTuning(CausalLm& model, const std::vector<Document>& documents, const Settings& s, Generator* dropout,
                       TrainerOptions options)
    : optimizer_(make_optimizer(s.optimizer, model.trainable_parameters(), optimizer_settings(s))),
      gradients_(model, *optimizer_, documents,
                 {.batch_size = s.batch_size,
                  .micro_batch_size = s.micro_batch_size,
                  .epochs = s.max_steps ? 0 : s.epochs,
                  .shuffle = !s.no_shuffle,
                  .group_by_length = s.group_by_length,
                  .seed = static_cast<std::uint64_t>(s.seed),
                  .packed = s.packing,
                  .cuda_graphs = s.cuda_graphs},
                 if_used(dropout, s)),
      trainer_(model, *optimizer_, gradients_, filled(std::move(options), s, documents.size(), dropout)) {
  optimizer_->scale_lr(s.lora_plus, [](const std::string& name) { return name.ends_with(".lora_B"); });
  const std::set<std::string> undecayed = undecayed_parameters(model);
  optimizer_->set_weight_decay(0, [&](const std::string& name) { return undecayed.contains(name); });
  model.set_gradient_checkpointing(s.gradient_checkpointing);
}

}  // namespace adora::finetune
