#include "fine_tuning.h"

namespace adora::finetune {

namespace {

AdamWOptions optimizer_options(const Settings& s) {
  return {.lr = s.lr, .beta1 = s.beta1, .beta2 = s.beta2, .eps = s.eps, .weight_decay = s.weight_decay};
}

Generator* if_used(Generator* dropout, const Settings& s) { return s.dropout > 0 ? dropout : nullptr; }

TrainerOptions filled(TrainerOptions options, const Settings& s, std::size_t documents, Generator* dropout) {
  options.steps = s.max_steps.value_or(steps_of_epochs(documents, s.batch_size, s.epochs));
  options.schedule = schedule(s.scheduler, s.warmup_steps);
  options.clip_grad_norm = s.clip_grad_norm;
  if (dropout) options.generators = {dropout};
  return options;
}

}  // namespace

FineTuning::FineTuning(CausalLm& model, const std::vector<Document>& documents, const Settings& s, Generator* dropout,
                       TrainerOptions options)
    : optimizer_(model.trainable_parameters(), optimizer_options(s)),
      gradients_(model, optimizer_, documents,
                 {.batch_size = s.batch_size,
                  .micro_batch_size = s.micro_batch_size,
                  .epochs = s.max_steps ? 0 : s.epochs,
                  .shuffle = !s.no_shuffle,
                  .seed = static_cast<std::uint64_t>(s.seed),
                  .cuda_graphs = s.cuda_graphs},
                 if_used(dropout, s)),
      trainer_(model, optimizer_, gradients_, filled(std::move(options), s, documents.size(), dropout)) {
  optimizer_.scale_lr(s.lora_plus, [](const std::string& name) { return name.ends_with(".lora_B"); });
}

}  // namespace adora::finetune
