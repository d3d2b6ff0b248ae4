#include "step_costs.h"

#include <memory>

#include "../../core/allocator.h"
#include "../../nn/adapters/model_adapters.h"
#include "../../nn/io/json_fields.h"
#include "../../nn/io/json_file.h"
#include "../../nn/models/family.h"
#include "../../nn/train/progress.h"
#include "../finetune/adapters.h"
#include "../finetune/fine_tuning.h"

namespace adora::reproduce {

namespace {

using finetune::Settings;

constexpr std::int64_t warm_up = 2;

struct Method {
  std::string label, name;
  bool detach_norm = true;
};

const std::vector<Method>& methods() {
  static const std::vector<Method> methods = {
      {"Full", "full"}, {"LoRA", "lora"},   {"DoRA", "dora"}, {"DoRA, norm's gradient in full", "dora", false},
      {"VeRA", "vera"}, {"DVoRA", "dvora"},
  };
  return methods;
}

Json config_of(const TimedModel& timed) {
  Json::Object config = *published_config("llama-7b").get<Json::Object>();
  config["vocab_size"] = timed.vocabulary;
  config["hidden_size"] = timed.hidden_size;
  config["intermediate_size"] = timed.hidden_size * 43 / 16;  // 11,008 to 4,096 in the original
  config["num_hidden_layers"] = timed.layers;
  config["num_attention_heads"] = config["num_key_value_heads"] = 8;
  config["head_dim"] = timed.hidden_size / 8;
  config["max_position_embeddings"] = timed.tokens;
  config["rms_norm_eps"] = 1e-5;
  config["tie_word_embeddings"] = true;
  return config;
}

std::vector<Document> random_documents(const TimedModel& timed) {
  Generator generator(0);
  std::vector<Document> documents;
  for (std::int64_t i = 0; i < timed.documents; ++i) {
    std::vector<std::int64_t> tokens;
    for (std::int64_t t = 0; t <= timed.tokens; ++t)
      tokens.push_back(static_cast<std::int64_t>(generator.below(static_cast<std::uint64_t>(timed.vocabulary))));
    documents.push_back(whole_document(std::move(tokens)));
  }
  return documents;
}

/// A model with a method's adapter, and its training.
class Timed {
 public:
  Timed(const Method& method, const Setup& setup, const std::vector<Document>& documents) : label_(method.label) {
    const TimedModel& timed = setup.extent.timed;
    settings_.machine.device = setup.device;
    settings_.machine.dtype = setup.dtype;
    settings_.batch_size = timed.documents;
    settings_.max_steps = timed.rounds + warm_up;
    settings_.warmup_steps = 0;
    const WeightOptions weights = settings_.machine.weights();
    model_ = make_model(config_of(timed), "the timed model", {.dtype = weights.dtype, .device = weights.device});
    if (method.name != "full")
      add_adapter(*model_, finetune::adapter_config(settings_, method.name, ""), "default",
                  {.magnitude = {.detach_norm = method.detach_norm}});
    model_->train();
    training_ = std::make_unique<finetune::FineTuning>(
        *model_, documents, settings_, method.name == "full" ? nullptr : &adapter(*model_).dropout_generator);
  }

  double step() { return training_->trainer().step().seconds; }
  Device device() const { return model_->device(); }
  const std::string& label() const { return label_; }

 private:
  std::string label_;
  Settings settings_;
  std::unique_ptr<CausalLm> model_;
  std::unique_ptr<finetune::FineTuning> training_;
};

}  // namespace

std::vector<StepCost> measure_steps(const Setup& setup) {
  const std::vector<Document> documents = random_documents(setup.extent.timed);
  const std::int64_t rounds = setup.extent.timed.rounds;
  std::vector<StepCost> costs;
  Progress progress("overhead", (rounds + 2 * warm_up) * static_cast<std::int64_t>(methods().size()));
  std::int64_t done = 0;
  auto count = [&](const std::string& label) { progress.update(++done, label); };
  // Memory with one model at a time, time with all of them side by side.
  for (const Method& method : methods()) {
    Timed timed(method, setup, documents);
    for (std::int64_t i = 0; i < warm_up; ++i) {
      reset_peak_memory(timed.device());
      timed.step();
      count(method.label);
    }
    costs.push_back({method.label, static_cast<std::int64_t>(memory_stats(timed.device()).peak), {}});
  }
  std::vector<std::unique_ptr<Timed>> all;
  for (const Method& method : methods()) all.push_back(std::make_unique<Timed>(method, setup, documents));
  for (std::int64_t round = 0; round < rounds + warm_up; ++round)
    for (std::size_t turn = 0; turn < all.size(); ++turn) {
      // Another one begins each round: what comes first may find the caches otherwise.
      const std::size_t i = (turn + static_cast<std::size_t>(round)) % all.size();
      const double seconds = all[i]->step();
      if (round >= warm_up) costs[i].seconds.push_back(seconds);
      count(all[i]->label());
    }
  progress.finish();
  return costs;
}

void write_step_costs(const std::string& path, const std::vector<StepCost>& costs) {
  Json::Array list;
  for (const StepCost& cost : costs)
    list.push_back(Json::Object{{"method", cost.label},
                                {"peak_bytes", cost.peak_bytes},
                                {"seconds", Json::Array(cost.seconds.begin(), cost.seconds.end())}});
  write_json_file(path, Json::Object{{"steps", std::move(list)}});
}

std::vector<StepCost> read_step_costs(const std::string& path) {
  Json json;
  try {
    json = read_json_file(path);
  } catch (const Error& error) {
    fail("{}; remove it to have the steps measured anew", error.what());
  }
  const Json* steps = JsonFields(json, path).find("steps");
  const auto* list = steps ? steps->get<Json::Array>() : nullptr;
  check(list && list->size() == methods().size(), "{}: has not the steps of {} methods; remove it to measure them anew",
        path, methods().size());
  std::vector<StepCost> costs;
  for (const Json& one : *list) {
    JsonFields fields(one, path);
    StepCost cost{fields.text("method"), fields.integer("peak_bytes", 1, std::int64_t{1} << 50), {}};
    const Json* seconds = fields.find("seconds");
    const auto* values = seconds ? seconds->get<Json::Array>() : nullptr;
    check(values && !values->empty(), "{}: {} has no seconds; remove the file to measure anew", path, cost.label);
    for (const Json& value : *values) {
      const double* number = value.get<double>();
      check(number && *number > 0, "{}: {} has seconds that are none; remove the file to measure anew", path,
            cost.label);
      cost.seconds.push_back(*number);
    }
    check(costs.empty() || cost.seconds.size() == costs.front().seconds.size(),
          "{}: {} has another number of rounds; remove the file to measure anew", path, cost.label);
    costs.push_back(std::move(cost));
  }
  return costs;
}

}  // namespace adora::reproduce
