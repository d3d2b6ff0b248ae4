#include "tiny_model.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "../../autograd/backward.h"
#include "../../autograd/grad_mode.h"
#include "../../nn/checkpoint_file.h"
#include "../../nn/clip.h"
#include "../../nn/finite.h"
#include "../../nn/optimizer.h"
#include "../../ops/arithmetic.h"
#include "../../ops/creation.h"
#include "../../ops/reduce.h"
#include "../common/hash.h"
#include "../common/progress.h"
#include "../tiny_world/packing.h"
#include "../tiny_world/questions.h"
#include "word_tokenizer.h"

namespace adora::finetune {

namespace {

namespace fs = std::filesystem;
namespace tw = tiny_world;

// Of the seed's random numbers: for the text, and for the fresh weights.
constexpr std::uint64_t text_stream = 1, weights_stream = 2;

WordTokenizer tokenizer_of(const tw::Vocabulary& vocabulary) {
  std::vector<std::string> words;
  for (std::int64_t id = 0; id < vocabulary.size(); ++id) words.push_back(vocabulary.word(id));
  return WordTokenizer(std::move(words));
}

// One step's loss: the mean over the tokens, each counted with its weight.
Tensor weighted_loss(const Llama& model, const tw::Rows& rows) {
  const auto count = static_cast<std::int64_t>(rows.count), length = static_cast<std::int64_t>(rows.length);
  const Tensor tokens = tensor(rows.tokens, {count, length});
  std::vector<std::int64_t> targets(rows.tokens.size(), -100);
  std::vector<float> weights(rows.tokens.size(), 0.0f);
  double total = 0;
  for (std::size_t i = 0; i + 1 < rows.tokens.size(); ++i) {
    if ((i + 1) % rows.length == 0 || rows.weights[i + 1] == 0) continue;
    targets[i] = rows.tokens[i + 1];
    weights[i] = rows.weights[i + 1];
    total += weights[i];
  }
  for (float& weight : weights) weight = static_cast<float>(weight / total);
  const Tensor losses = model.loss(tokens, tensor(targets, {count, length}), {.reduction = Reduction::none});
  return sum(losses * to(tensor(weights, {count * length}), losses.device()));
}

void pretrain(Llama& model, const tw::World& world, const tw::Vocabulary& vocabulary, const tw::Recipe& recipe) {
  AdamW optimizer(model.trainable_parameters(),
                  {.lr = recipe.lr, .beta1 = recipe.beta1, .beta2 = recipe.beta2, .weight_decay = recipe.weight_decay});
  Generator generator(recipe.seed, text_stream);
  tw::Packer packer(world, vocabulary, generator);
  programs::Progress progress("pre-training", recipe.steps);
  double shown = 0;
  for (std::int64_t step = 0; step < recipe.steps; ++step) {
    const double share = static_cast<double>(step) / static_cast<double>(recipe.steps);
    const tw::Rows rows = packer.rows(recipe.rows, recipe.row_length, tw::mix_at(share));
    optimizer.zero_grad();
    const Tensor loss = weighted_loss(model, rows);
    backward(loss);
    clip_grad_norm(optimizer.parameters(), recipe.clip_grad_norm);
    optimizer.set_lr(tw::rate_at(recipe, step));
    optimizer.step();
    shown = step == 0 ? item(loss) : 0.95 * shown + 0.05 * item(loss);
    progress.update(step + 1, fmt::format("loss {:.3f}", shown));
  }
  progress.finish(fmt::format("loss {:.3f}", shown));
}

fs::path cache_folder() {
  if (const char* folder = std::getenv("ADORA_CACHE")) return folder;
  if (const char* folder = std::getenv("XDG_CACHE_HOME")) return fs::path(folder) / "adora";
  if (const char* home = std::getenv("HOME")) return fs::path(home) / ".cache" / "adora";
  return fs::temp_directory_path() / "adora";
}

// Counts up when what pre-training does changes and nothing in the recipe does.
constexpr std::uint64_t version = 1;

class TinyModel final : public ModelSource {
 public:
  explicit TinyModel(const tw::Recipe& recipe)
      : recipe_(recipe),
        world_(tw::make_world(recipe_.seed)),
        vocabulary_(world_),
        tokenizer_(tokenizer_of(vocabulary_)),
        config_(tw::config_of(recipe_, vocabulary_)) {}

  const LlamaConfig& config() const override { return config_; }
  const Tokenizer& tokenizer() const override { return tokenizer_; }
  std::string name() const override { return "tiny"; }

  std::unique_ptr<Llama> load(WeightOptions options) const override {
    if (weights_.empty()) find_weights(options.device);
    return make_model(config_, weights_, options);
  }

  void save(const Llama& model, const std::string& folder, const std::vector<std::string>& obsolete) const override {
    write_model(model, folder, {{vocabulary_file, tokenizer_.text()}}, {}, obsolete);
  }

  std::unique_ptr<Llama> load_as_stored() const override { return load({}); }
  void save_as_stored(const Llama& model, const std::string& folder) const override { save(model, folder, {}); }

 private:
  void find_weights(Device device) const {
    // One for all devices, since adapters are made for it: each device, which rounds differently, would make another.
    const fs::path folder = cache_folder(), file = folder / fmt::format("tiny-{:016x}.safetensors", key());
    std::error_code error;
    if (fs::exists(file, error)) {
      try {
        // In memory of its own: the file may be replaced while this runs. Any changed byte is noticed.
        StateDict weights = read_checkpoint(file.string()).tensors;
        check_finite(weights, file.string());
        weights_ = std::move(weights);
        return;
      } catch (const Error& damage) {
        std::fprintf(stderr, "the cached model is made anew: %s\n", damage.what());
      }
    }
    Llama model(config_, {.seed = recipe_.seed});
    Generator generator(recipe_.seed, weights_stream);
    tw::set_initial_weights(model, recipe_.initial, generator);
    model.to(device);
    pretrain(model, world_, vocabulary_, recipe_);
    model.to(cpu);
    StateDict weights;
    for (const auto& [name, tensor] : model.state_dict()) weights[name] = tensor.detach();
    check_finite(weights, "the pre-trained model");
    weights_ = std::move(weights);
    try {
      fs::create_directories(folder, error);
      write_checkpoint(file.string(), weights_, {{"model", "tiny"}});
    } catch (const Error& failure) {
      std::fprintf(stderr, "the pre-trained model could not be kept: %s\n", failure.what());
    }
  }

  std::uint64_t key() const {
    // All that pre-training depends on: the recipe, the words, and the text itself.
    programs::Hash hash;
    hash.add(&version, 1);
    const double numbers[] = {static_cast<double>(recipe_.seed),
                              static_cast<double>(recipe_.hidden_size),
                              static_cast<double>(recipe_.layers),
                              static_cast<double>(recipe_.heads),
                              static_cast<double>(recipe_.intermediate_size),
                              recipe_.rope_theta,
                              recipe_.initial.deviation,
                              recipe_.initial.common,
                              recipe_.initial.previous,
                              recipe_.initial.likeness,
                              recipe_.initial.writing,
                              recipe_.initial.sharpness,
                              static_cast<double>(recipe_.initial.turned),
                              recipe_.initial.copying,
                              static_cast<double>(recipe_.steps),
                              static_cast<double>(recipe_.rows),
                              static_cast<double>(recipe_.row_length),
                              recipe_.lr,
                              static_cast<double>(recipe_.warmup_steps),
                              recipe_.falling,
                              recipe_.beta1,
                              recipe_.beta2,
                              recipe_.weight_decay,
                              recipe_.clip_grad_norm};
    hash.add(numbers, std::size(numbers));
    const std::string words = tokenizer_.text();
    hash.add(words.data(), words.size());
    Generator generator(recipe_.seed);
    for (const double share : {0.0, 0.2, 0.5, 1.0}) {
      tw::Packer packer(world_, vocabulary_, generator);
      const tw::Rows rows = packer.rows(4, recipe_.row_length, tw::mix_at(share));
      hash.add(rows.tokens.data(), rows.tokens.size());
      hash.add(rows.weights.data(), rows.weights.size());
    }
    return hash.value();
  }

  tw::Recipe recipe_;
  tw::World world_;
  tw::Vocabulary vocabulary_;
  WordTokenizer tokenizer_;
  LlamaConfig config_;
  mutable StateDict weights_;
};

}  // namespace

std::unique_ptr<ModelSource> open_tiny_model(const tw::Recipe& recipe) { return std::make_unique<TinyModel>(recipe); }

BuiltInTasks built_in_tasks(const tw::Recipe& recipe) {
  const tw::World world = tw::make_world(recipe.seed);
  BuiltInTasks tasks;
  auto record = [](const tw::Question& question) {
    return Record{question.instruction, question.input, question.output, question.answer};
  };
  for (const tw::Task task : tw::all_tasks) {
    const auto set = tw::make_questions(world, task, recipe.train_questions, recipe.test_questions, recipe.seed);
    for (const auto& question : set.train) tasks.train.push_back(record(question));
    Task test{tw::name_of(task), {}};
    for (const auto& question : set.test) test.questions.push_back(record(question));
    tasks.test.push_back(std::move(test));
    tasks.chance.emplace_back(tw::name_of(task), tw::chance_level(task));
  }
  return tasks;
}

}  // namespace adora::finetune
